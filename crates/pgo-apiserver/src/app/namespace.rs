//! `pgo create|update|show|delete namespace`.
//!
//! This door only marks namespaces. The accounts and rights in one are given by the operator as soon as it carries our
//! labels; a request waits until they are there, because a namespace without them cannot be used.
//!
//! Nothing is ever done to a namespace that does not say it is ours, whatever the caller may do: taking over a
//! namespace means rights to everything in it, and that is an administrator's to give.

use std::time::Duration;

use k8s_openapi::api::core::v1::Namespace;
use kube::ResourceExt as _;
use pgo_api::{
    CreateNamespaceRequest, CreateNamespaceResponse, DeleteNamespaceRequest, DeleteNamespaceResponse,
    ShowNamespaceRequest, ShowNamespaceResponse, ShowNamespaceResult, UpdateNamespaceRequest,
    UpdateNamespaceResponse,
};
use pgo_plan::desired::namespace::Installation;
use pgo_plan::{labels, names};
use serde_json::json;

use super::App;
use crate::auth::Caller;
use crate::refusal::{Outcome, Partial, Refusal};

/// How long the operator may take to give a namespace its rights, and we to hear of what is in it.
const PATIENCE: Duration = Duration::from_secs(30);
/// What the annotation of the rights says until the operator has given them.
const WANTED: &str = "wanted";

/// Lists namespaces, also those that the caller may not use.
pub(crate) async fn show(
    app: &App,
    caller: &Caller,
    request: ShowNamespaceRequest,
) -> Outcome<ShowNamespaceResponse> {
    let result = |namespace: &Namespace| ShowNamespaceResult {
        installation_access: app.installation.owns(&namespace.metadata),
        user_access: caller.may_use(&namespace.name_any()),
        namespace: namespace.name_any(),
    };
    let mut reply = ShowNamespaceResponse {
        username: caller.user.clone(),
        results: Vec::new(),
    };
    if request.all_flag {
        reply.results = app.office.namespaces().iter().map(|it| result(it)).collect();
        return Ok(reply);
    }
    for name in some(&request.args)? {
        // A request that follows a creation sees what was created.
        let found = match app.office.namespace(name) {
            Some(known) => Some(result(&known)),
            None => find(app, name).await?.as_ref().map(result),
        };
        match found {
            Some(found) => reply.results.push(found),
            None => return Err(partly(reply, absent(name))),
        }
    }
    Ok(reply)
}

/// Creates namespaces.
pub(crate) async fn create(
    app: &App,
    caller: &Caller,
    request: CreateNamespaceRequest,
) -> Outcome<CreateNamespaceResponse> {
    let mut reply = CreateNamespaceResponse::default();
    for name in some(&request.args)? {
        match create_one(app, caller, name).await {
            Ok(()) => reply.results.push(format!("created namespace {name}")),
            Err(refusal) => return Err(partly(reply, refusal)),
        }
    }
    Ok(reply)
}

async fn create_one(app: &App, caller: &Caller, name: &str) -> Result<(), Refusal> {
    if !names::is_dns_label(name) {
        return Err(Refusal::Asked(format!(
            "{name:?} cannot be the name of a namespace: use lower-case letters, digits and \"-\", a letter first, and \
             at most 63 characters"
        )));
    }
    check_access(caller, name)?;
    let wanted = app.installation.namespace(name, &caller.user);
    match app.kube.create_namespace(&wanted).await {
        Err(error) if error.is_already_exists() => {
            return Err(taken(name, find(app, name).await?.as_ref()));
        }
        answer => answer?,
    };
    served(app, caller, name, "was created").await
}

/// Has the accounts and rights in namespaces of ours given again.
pub(crate) async fn update(
    app: &App,
    caller: &Caller,
    request: UpdateNamespaceRequest,
) -> Outcome<UpdateNamespaceResponse> {
    let mut reply = UpdateNamespaceResponse::default();
    for name in some(&request.args)? {
        match update_one(app, caller, name).await {
            Ok(()) => reply.results.push(format!("updated namespace {name}")),
            Err(refusal) => return Err(partly(reply, refusal)),
        }
    }
    Ok(reply)
}

async fn update_one(app: &App, caller: &Caller, name: &str) -> Result<(), Refusal> {
    let namespace = own(app, caller, name).await?;
    let annotation = json!({ "annotations": { (labels::RIGHTS): WANTED } });
    let marked = unchanged(name, app.kube.mark_namespace(&namespace, &annotation).await)?;
    tokio::time::timeout(PATIENCE, renewed(app, &marked))
        .await
        .unwrap_or_else(|_| Err(unanswered(name, "was marked")))?;
    served(app, caller, name, "was updated").await
}

/// Waits until the operator has answered the mark. What the watch knew before it says nothing.
async fn renewed(app: &App, marked: &Namespace) -> Result<(), Refusal> {
    let name = marked.name_any();
    let version = |namespace: &Namespace| namespace.resource_version().and_then(|it| it.parse::<u64>().ok());
    let mut heard = false;
    app.until(|| match app.office.namespace(&name) {
        Some(known) if version(&known) >= version(marked) => {
            heard = true;
            let digest = known.annotations().get(labels::RIGHTS);
            digest.is_some_and(|digest| digest != WANTED).then_some(Ok(()))
        }
        None if heard => Some(Err(absent(&name))),
        _ => None,
    })
    .await
}

/// Deletes namespaces of ours with everything in them.
pub(crate) async fn delete(
    app: &App,
    caller: &Caller,
    request: DeleteNamespaceRequest,
) -> Outcome<DeleteNamespaceResponse> {
    let mut reply = DeleteNamespaceResponse::default();
    for name in some(&request.args)? {
        match delete_one(app, caller, name).await {
            Ok(()) => reply.results.push(format!("deleted namespace {name}")),
            Err(refusal) => return Err(partly(reply, refusal)),
        }
    }
    Ok(reply)
}

async fn delete_one(app: &App, caller: &Caller, name: &str) -> Result<(), Refusal> {
    let namespace = own(app, caller, name).await?;
    unchanged(name, app.kube.delete_namespace(&namespace).await)
}

/// The namespace as it is now, if it is ours and the caller may use it. A caller learns nothing about others.
async fn own(app: &App, caller: &Caller, name: &str) -> Result<Namespace, Refusal> {
    check_access(caller, name)?;
    let namespace = find(app, name).await?.ok_or_else(|| absent(name))?;
    if app.installation.owns(&namespace.metadata) && name != app.installation.namespace {
        return Ok(namespace);
    }
    let labels: Vec<_> = app
        .installation
        .labels()
        .iter()
        .map(|(key, value)| format!("{key}={value}"))
        .collect();
    Err(Refusal::Asked(match Installation::owner(&namespace.metadata) {
        Some(owner) if *owner != app.installation.name => {
            format!(
                "namespace {name:?} belongs to another pgo installation, {owner:?}: nothing was done to it"
            )
        }
        _ => format!(
            "namespace {name:?} does not belong to this pgo installation: nothing was done to it; an administrator \
             takes it in with kubectl label namespace {name} {}",
            labels.join(" ")
        ),
    }))
}

/// Reads a namespace; a name that no namespace can have is that of none.
async fn find(app: &App, name: &str) -> Result<Option<Namespace>, Refusal> {
    if !names::is_dns_subdomain(name) {
        return Ok(None);
    }
    Ok(app.kube.find_namespace(name).await?)
}

fn check_access(caller: &Caller, name: &str) -> Result<(), Refusal> {
    if caller.may_use(name) {
        return Ok(());
    }
    Err(Refusal::Asked(format!(
        "user {:?} has no access to namespace {name:?}",
        caller.user
    )))
}

/// Waits until requests to a namespace can be answered.
async fn served(app: &App, caller: &Caller, name: &str, done: &str) -> Result<(), Refusal> {
    let served = app.until(|| app.check_namespace(caller, name).ok());
    tokio::time::timeout(PATIENCE, served)
        .await
        .map_err(|_| unanswered(name, done))
}

fn unanswered(name: &str, done: &str) -> Refusal {
    Refusal::Asked(format!(
        "namespace {name:?} {done}, but the operator has not given it its accounts and rights within {} s: look whether \
         it runs and may do so; it goes on trying",
        PATIENCE.as_secs()
    ))
}

/// Why a name is not free: of the namespace that was found under it there may be little left, or nothing.
fn taken(name: &str, found: Option<&Namespace>) -> Refusal {
    let stays = found.is_some_and(|namespace| namespace.metadata.deletion_timestamp.is_none());
    Refusal::Asked(if stays {
        format!("namespace {name:?} exists already")
    } else {
        format!("namespace {name:?} is being deleted: try again when it has gone")
    })
}

fn unchanged<T>(name: &str, answer: Result<T, pgo_kube::Error>) -> Result<T, Refusal> {
    match answer {
        Err(error) if error.is_conflict() => Err(Refusal::Asked(format!(
            "namespace {name:?} was changed by somebody else at the same time: look at it and try again"
        ))),
        answer => Ok(answer?),
    }
}

fn absent(name: &str) -> Refusal {
    Refusal::Asked(format!("namespace {name:?} not found"))
}

fn some(names: &[String]) -> Result<&[String], Refusal> {
    if names.is_empty() {
        return Err(Refusal::asked("no namespace was named: name at least one"));
    }
    Ok(names)
}

fn partly<R>(done: R, refusal: Refusal) -> Partial<R> {
    Partial { done, refusal }
}

#[cfg(test)]
mod tests;
