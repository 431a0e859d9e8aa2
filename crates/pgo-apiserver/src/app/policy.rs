//! SQL policies. They are objects that wait until somebody applies them.

use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;
use kube::core::Selector;
use pgo_api::{
    ALL_POLICIES, ApplyPolicyRequest, CreatePolicyRequest, CreatePolicyResponse, DeletePolicyRequest,
    DeletePolicyResponse, List, ShowPolicyRequest, ShowPolicyResponse,
};
use pgo_crd::{Pgpolicy, PgpolicySpec};
use pgo_plan::labels;
use pgo_plan::valid::{check_label, check_url};
use tracing::info;

use super::App;
use super::later::Later;
use super::questions::Questions;
use crate::auth::Caller;
use crate::refusal::{Outcome, Partial, Refusal};

/// Creates a policy.
pub(crate) async fn create(
    app: &App,
    caller: &Caller,
    request: CreatePolicyRequest,
) -> Outcome<CreatePolicyResponse> {
    check(app, &request)?;
    let CreatePolicyRequest {
        name,
        url,
        sql,
        namespace,
        ..
    } = request;
    let policy = Pgpolicy {
        metadata: ObjectMeta {
            name: Some(name.clone()),
            namespace: Some(namespace.clone()),
            labels: Some([(labels::PGOUSER.to_owned(), caller.user.clone())].into()),
            ..ObjectMeta::default()
        },
        spec: PgpolicySpec {
            namespace: namespace.clone(),
            name: name.clone(),
            url,
            sql,
            status: String::new(),
        },
        status: None,
    };
    match app.kube.create(&policy).await {
        Ok(_) => {
            info!(namespace, policy = name, user = caller.user, "policy created");
            Ok(CreatePolicyResponse {})
        }
        Err(error) if error.is_already_exists() => Err(exists(&name).into()),
        Err(error) => Err(error.into()),
    }
}

fn check(app: &App, request: &CreatePolicyRequest) -> Result<(), Refusal> {
    let mut questions = Questions::new(app, &request.namespace);
    let name = &request.name;
    // Scripts look for the first words.
    let format = |sentence| format!("invalid policy name format: {sentence}");
    questions.about("name", check_label(name).map_err(format));
    if name == ALL_POLICIES {
        let sentence = "\"all\" means every policy and cannot be the name of one: choose another name";
        questions.about::<()>("name", Err(sentence.to_owned()));
    }
    if request.url.is_empty() && request.sql.is_empty() {
        questions.about::<()>(
            "--in-file",
            Err("there is no SQL: give --in-file or --url".to_owned()),
        );
    }
    questions.unless_empty("--url", &request.url, check_url);
    if request.sql.contains('\0') {
        questions.about::<()>("--in-file", Err("has zero bytes: it is no text".to_owned()));
    }
    questions.answer()?;
    if app.kube.caches.policies.get(&request.namespace, name).is_some() {
        return Err(exists(name));
    }
    Ok(())
}

/// Scripts look for these words.
fn exists(name: &str) -> Refusal {
    Refusal::Asked(format!("policy already exists with that name: {name:?}"))
}

/// Shows policies. None that fits is no error.
pub(crate) async fn show(app: &App, _: &Caller, request: ShowPolicyRequest) -> Outcome<ShowPolicyResponse> {
    let policies = &app.kube.caches.policies;
    let found = if request.all_flag {
        policies.list(&request.namespace, &Selector::default())
    } else {
        policies
            .get(&request.namespace, &request.policyname)
            .into_iter()
            .collect()
    };
    let shown = |policy: &Pgpolicy| Pgpolicy {
        status: Some(policy.status.clone().unwrap_or_default()),
        ..policy.clone()
    };
    let items = found.iter().map(|policy| shown(policy)).collect();
    Ok(ShowPolicyResponse {
        policy_list: List {
            items,
            ..List::default()
        },
    })
}

/// Removes policies, one after the other; the first that cannot be removed ends it. Clusters keep what was applied.
pub(crate) async fn delete(
    app: &App,
    caller: &Caller,
    request: DeletePolicyRequest,
) -> Outcome<DeletePolicyResponse> {
    let DeletePolicyRequest {
        policy_name,
        namespace,
        ..
    } = &request;
    let policies = &app.kube.caches.policies;
    let found = if policy_name == ALL_POLICIES {
        policies.list(namespace, &Selector::default())
    } else {
        policies.get(namespace, policy_name).into_iter().collect()
    };
    if found.is_empty() {
        return Err(Refusal::Asked(format!(
            "policy {policy_name:?} not found in namespace {namespace:?}"
        ))
        .into());
    }
    let mut done = DeletePolicyResponse::default();
    for policy in found {
        let name = policy.metadata.name.as_deref().unwrap_or_default();
        let uid = policy.metadata.uid.as_deref();
        if let Err(error) = app.kube.delete::<Pgpolicy>(namespace, name, uid).await {
            return Err(Partial {
                done,
                refusal: error.into(),
            });
        }
        info!(namespace, policy = name, user = caller.user, "policy removed");
        done.results.push(format!("deleted policy {name}"));
    }
    Ok(done)
}

impl Later for ApplyPolicyRequest {
    const COMMAND: &'static str = "pgo apply";

    fn check(&self, app: &App) -> Result<(), Refusal> {
        let mut questions = Questions::new(app, &self.namespace);
        questions.policy("name", &self.name);
        questions.unless_selected(&self.selector);
        questions.answer()
    }
}

#[cfg(test)]
mod tests;
