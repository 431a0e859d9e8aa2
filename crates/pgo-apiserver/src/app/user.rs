//! Users of PostgreSQL.

use std::collections::BTreeMap;

use k8s_openapi::api::core::v1::Secret;
use kube::core::{Expression, Selector};
use pgo_api::{
    CreateUserRequest, DeleteUserRequest, ShowUserDetail, ShowUserRequest, ShowUserResponse, ShowUserSecret,
    UpdateUserRequest,
};
use pgo_plan::labels;
use pgo_plan::valid::{check_password, check_role, check_user};

use super::App;
use super::cluster::{chosen, name_of, named, shown};
use super::later::Later;
use super::questions::Questions;
use crate::auth::Caller;
use crate::refusal::{Outcome, Refusal};
use crate::selector;

/// For how many days a password may be valid: a hundred years, or -1, which is for ever.
const VALID_DAYS: std::ops::RangeInclusive<i64> = -1..=36_525;
/// How long a generated password may be; 0 leaves that to the server.
const LENGTH: std::ops::RangeInclusive<i64> = 0..=1024;

/// Shows the users of clusters who have a Secret, with their passwords: that is what the permission is for.
pub(crate) async fn show(app: &App, _: &Caller, request: ShowUserRequest) -> Outcome<ShowUserResponse> {
    check_show(app, &request)?;
    let ShowUserRequest {
        clusters,
        selector,
        namespace,
        all_flag,
        ..
    } = &request;
    let clusters = if *all_flag || !selector.is_empty() {
        let selector = if *all_flag { "" } else { selector };
        chosen(app, namespace, selector, *all_flag, "")?
    } else {
        named(app, namespace, clusters)?
    };
    let mut known = secrets(app, namespace).await?;
    let results = clusters.iter().map(|cluster| ShowUserDetail {
        secrets: known.remove(name_of(cluster)).unwrap_or_default(),
        cluster: shown(cluster),
        ..ShowUserDetail::default()
    });
    Ok(ShowUserResponse {
        results: results.collect(),
    })
}

fn check_show(app: &App, request: &ShowUserRequest) -> Result<(), Refusal> {
    let mut questions = Questions::new(app, &request.namespace);
    questions.all_or_clusters(request.all_flag, &request.clusters, &request.selector);
    if !request.expired.is_empty() {
        questions.number_in_text("--expired", &request.expired, 1..=*VALID_DAYS.end());
        questions.about::<()>("--expired", Err("is not available yet: leave it out".to_owned()));
    }
    questions.answer()
}

/// The users of every cluster of a namespace, by the cluster's name. Caches hold no passwords, so the server is asked,
/// once for all of them. Secrets of the repository and of pgBouncer are nobody's to log in with.
async fn secrets(app: &App, namespace: &str) -> Result<BTreeMap<String, Vec<ShowUserSecret>>, Refusal> {
    let of_users = Selector::from_iter([
        Expression::Exists(labels::CLUSTER.to_owned()),
        Expression::DoesNotExist(labels::BACKREST_REPO.to_owned()),
        Expression::NotEqual(labels::PGBOUNCER.to_owned(), "true".to_owned()),
    ]);
    let mut found = BTreeMap::<String, Vec<ShowUserSecret>>::new();
    for secret in app.kube.list::<Secret>(namespace, &of_users).await? {
        let cluster = selector::value(&secret.metadata, labels::CLUSTER).to_owned();
        let text = |key: &str| {
            let value = secret.data.as_ref()?.get(key)?;
            Some(String::from_utf8_lossy(&value.0).into_owned())
        };
        if let (Some(username), Some(password)) = (text("username"), text("password")) {
            found.entry(cluster).or_default().push(ShowUserSecret {
                name: secret.metadata.name.clone().unwrap_or_default(),
                username,
                password: password.into(),
            });
        }
    }
    for secrets in found.values_mut() {
        secrets.sort_by(|one, other| one.name.cmp(&other.name));
    }
    Ok(found)
}

impl Later for CreateUserRequest {
    const COMMAND: &'static str = "pgo create user";

    fn check(&self, app: &App) -> Result<(), Refusal> {
        let mut questions = Questions::new(app, &self.namespace);
        questions.all_or_clusters(self.all_flag, &self.clusters, &self.selector);
        questions.about("--username", check_user(&self.username));
        questions.about("--password", check_password(self.password.reveal()));
        questions.number("--valid-days", self.password_age_days, VALID_DAYS);
        questions.number("--password-length", self.password_length, LENGTH);
        questions.answer()
    }
}

impl Later for UpdateUserRequest {
    const COMMAND: &'static str = "pgo update user";

    fn check(&self, app: &App) -> Result<(), Refusal> {
        let mut questions = Questions::new(app, &self.namespace);
        questions.all_or_clusters(self.all_flag, &self.clusters, &self.selector);
        if self.username.is_empty() == self.expired.is_empty() {
            let sentence = "give either --username or --expired".to_owned();
            questions.about::<()>("--username", Err(sentence));
        }
        questions.unless_empty("--username", &self.username, check_role);
        if !self.expired.is_empty() {
            questions.number_in_text("--expired", &self.expired, 1..=*VALID_DAYS.end());
        }
        questions.about("--password", check_password(self.password.reveal()));
        questions.number("--valid-days", self.password_age_days, VALID_DAYS);
        questions.number("--password-length", self.password_length, LENGTH);
        questions.answer()
    }
}

impl Later for DeleteUserRequest {
    const COMMAND: &'static str = "pgo delete user";

    fn check(&self, app: &App) -> Result<(), Refusal> {
        let mut questions = Questions::new(app, &self.namespace);
        questions.all_or_clusters(self.all_flag, &self.clusters, &self.selector);
        questions.about("--username", check_user(&self.username));
        questions.answer()
    }
}

#[cfg(test)]
mod tests;
