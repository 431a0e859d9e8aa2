//! `pgo create|update|show|delete pgouser`: who may use the API server.

use k8s_openapi::api::core::v1::Secret;
use pgo_api::{
    CreatePgouserRequest, CreatePgouserResponse, DeletePgouserRequest, DeletePgouserResponse,
    ShowPgouserDetail, ShowPgouserRequest, ShowPgouserResponse, UpdatePgouserRequest, UpdatePgouserResponse,
};
use pgo_plan::names::is_dns_label;
use pgo_plan::valid::check_password;
use secrecy::SecretString;
use tracing::info;

use super::pgorole::{absent, changed_meanwhile, confirm, invalid_name, made_meanwhile, names};
use super::{App, reach};
use crate::auth::account::{entry, list, set};
use crate::auth::store::{self, Kind};
use crate::auth::verifier::Finding;
use crate::auth::{Account, Accounts as _, Caller, bootstrap};
use crate::refusal::{Outcome, Partial, Refusal};

/// Makes a user. One that is there and is the same is as good as a new one; scripts for 4.2 rely on that.
pub(crate) async fn create(
    app: &App,
    caller: &Caller,
    request: CreatePgouserRequest,
) -> Outcome<CreatePgouserResponse> {
    let CreatePgouserRequest {
        pgouser_name: name,
        pgouser_password: password,
        pgouser_roles: roles,
        all_namespaces,
        pgouser_namespaces: namespaces,
        ..
    } = &request;
    if !is_dns_label(name) {
        return Err(invalid_name(Kind::User, name).into());
    }
    let password = checked_password(password.reveal())?;
    let roles = checked_roles(app, roles)?;
    let namespaces = checked_namespaces(app, *all_namespaces, namespaces)?;
    let Some(namespaces) = namespaces else {
        return Err(Refusal::asked(
            "no namespace is given: say which with --pgouser-namespaces, or --all-namespaces",
        )
        .into());
    };
    reach::check_account(caller, name, &list(&namespaces))?;
    if let Some(there) = store::look_up(&app.office, Kind::User, name).await? {
        same(app, &there, &password, &roles, &namespaces).await?;
        return Ok(CreatePgouserResponse {});
    }
    let hash = app.verifier.hash(password).await?;
    let data = [
        ("password", hash.as_str()),
        ("roles", &roles),
        ("namespaces", &namespaces),
    ];
    let account = store::new(&app.office, Kind::User, name, &caller.user, &data);
    app.office
        .create_secret(&account)
        .await
        .map_err(|error| made_meanwhile(Kind::User, name, error))?;
    info!(
        pgouser = name,
        roles,
        namespaces,
        user = caller.user,
        "user created"
    );
    confirm(app, caller, name, &roles).await?;
    Ok(CreatePgouserResponse {})
}

/// Changes of a user what is not empty. A new password counts from the answer on, and the old one no longer.
pub(crate) async fn update(
    app: &App,
    caller: &Caller,
    request: UpdatePgouserRequest,
) -> Outcome<UpdatePgouserResponse> {
    let UpdatePgouserRequest {
        pgouser_name: name,
        pgouser_password: password,
        pgouser_roles: roles,
        all_namespaces,
        pgouser_namespaces: namespaces,
        ..
    } = &request;
    let found = store::look_up(&app.office, Kind::User, name).await?;
    let there = found.ok_or_else(|| absent(Kind::User, name))?;
    reach::check_account(caller, name, &Account::read(&there).namespaces)?;
    let mut data = Vec::new();
    if !roles.is_empty() {
        data.push(("roles", checked_roles(app, roles)?));
    }
    if let Some(namespaces) = checked_namespaces(app, *all_namespaces, namespaces)? {
        reach::check_account(caller, name, &list(&namespaces))?;
        data.push(("namespaces", namespaces));
    }
    let changes_password = !password.reveal().is_empty();
    if changes_password {
        let password = checked_password(password.reveal())?;
        data.push(("password", app.verifier.hash(password).await?));
    }
    if data.is_empty() {
        return Ok(UpdatePgouserResponse {});
    }
    let borrowed: Vec<_> = data.iter().map(|(key, value)| (*key, value.as_str())).collect();
    store::change(&app.office, &there, &caller.user, &borrowed)
        .await
        .map_err(changed_meanwhile)?;
    if changes_password && name == bootstrap::ADMIN {
        bootstrap::forget(&app.office).await?;
    }
    let changed: Vec<_> = data.iter().map(|(key, _)| *key).collect();
    info!(
        pgouser = name,
        changed = changed.join(","),
        user = caller.user,
        "user changed"
    );
    if let Some((_, roles)) = data.iter().find(|(key, _)| *key == "roles") {
        confirm(app, caller, name, roles).await?;
    }
    Ok(UpdatePgouserResponse {})
}

/// Lists users, all or those that were named.
pub(crate) async fn show(app: &App, _: &Caller, request: ShowPgouserRequest) -> Outcome<ShowPgouserResponse> {
    let detail = |name: &str, secret: &Secret| ShowPgouserDetail {
        username: name.to_owned(),
        role: vec![entry(secret, "roles")],
        namespace: vec![entry(secret, "namespaces")],
    };
    let user_info = if request.all_flag {
        let all = store::all(&app.office, Kind::User);
        all.iter()
            .map(|secret| detail(store::name_of(Kind::User, secret), secret))
            .collect()
    } else {
        let each = |name: &String| match store::find(&app.office, Kind::User, name) {
            Some(secret) => detail(name, &secret),
            None => ShowPgouserDetail {
                username: format!("{name} was not found"),
                ..ShowPgouserDetail::default()
            },
        };
        request.pgouser_name.iter().map(each).collect()
    };
    Ok(ShowPgouserResponse { user_info })
}

/// Removes users. Without names, `--all` means all but the caller.
pub(crate) async fn delete(
    app: &App,
    caller: &Caller,
    request: DeletePgouserRequest,
) -> Outcome<DeletePgouserResponse> {
    let mut done = DeletePgouserResponse::default();
    let names = if request.pgouser_name.is_empty() && request.all_flag {
        names(app, Kind::User, &[&caller.user])
    } else {
        request.pgouser_name
    };
    for name in names {
        match remove(app, caller, &name).await {
            Ok(line) => done.results.push(line),
            Err(refusal) => return Err(Partial { done, refusal }),
        }
    }
    Ok(done)
}

async fn remove(app: &App, caller: &Caller, name: &str) -> Result<String, Refusal> {
    let Some(there) = store::look_up(&app.office, Kind::User, name).await? else {
        return Ok(format!("{} not found", Kind::User.secret(name)));
    };
    reach::check_account(caller, name, &Account::read(&there).namespaces)?;
    app.office.delete_secret(&there).await?;
    if name == bootstrap::ADMIN {
        bootstrap::forget(&app.office).await?;
    }
    info!(pgouser = name, user = caller.user, "user deleted");
    Ok(format!("deleted pgouser {name}"))
}

/// Refuses if a user who is there differs from the one that is asked for.
async fn same(
    app: &App,
    there: &Secret,
    password: &SecretString,
    roles: &str,
    namespaces: &str,
) -> Result<(), Refusal> {
    let account = Account::read(there);
    let name = store::name_of(Kind::User, there);
    let differs = |what: &str| {
        Refusal::Asked(format!(
            "pgouser {name:?} exists already, with {what}: change it with pgo update pgouser {name}"
        ))
    };
    if set(&account.roles) != set(roles) {
        return Err(differs("other roles"));
    }
    if set(&entry(there, "namespaces")) != set(namespaces) {
        return Err(differs("other namespaces"));
    }
    match app.verifier.compare(&account.password, password).await {
        Finding::Wrong => Err(differs("another password")),
        Finding::Busy => Err(Refusal::asked("too many logins at once: try again in a moment")),
        _ => Ok(()),
    }
}

fn checked_password(password: &str) -> Result<SecretString, Refusal> {
    if password.is_empty() {
        return Err(Refusal::asked("a password is needed: give --pgouser-password"));
    }
    check_password(password).map_err(|wrong| Refusal::Asked(format!("--pgouser-password {wrong}")))?;
    Ok(password.into())
}

/// A list of roles that exist, without the blanks that would keep them from being found.
fn checked_roles(app: &App, roles: &str) -> Result<String, Refusal> {
    let names: Vec<_> = roles.split(',').map(str::trim).collect();
    match names.iter().find(|name| app.office.role(name).is_none()) {
        Some(name) => Err(Refusal::Asked(format!(
            "{name} pgorole was not found: pgo show pgorole --all lists those that exist"
        ))),
        None => Ok(names.join(",")),
    }
}

/// A list of namespaces of this installation, empty for all of them; none if nothing was said.
fn checked_namespaces(app: &App, all: bool, namespaces: &str) -> Result<Option<String>, Refusal> {
    if all {
        return if namespaces.is_empty() {
            Ok(Some(String::new()))
        } else {
            Err(Refusal::asked(
                "--all-namespaces and --pgouser-namespaces exclude each other: give one of them",
            ))
        };
    }
    if namespaces.is_empty() {
        return Ok(None);
    }
    let names: Vec<_> = namespaces.split(',').map(str::trim).collect();
    let is_foreign = |name: &&&str| {
        let namespace = app.office.namespace(name);
        namespace.is_none_or(|namespace| !app.installation.owns(&namespace.metadata))
    };
    match names.iter().find(is_foreign) {
        Some(name) => Err(Refusal::Asked(format!(
            "{name} was not found among the namespaces of the pgo installation {:?}",
            app.installation.name
        ))),
        None => Ok(Some(names.join(","))),
    }
}

#[cfg(test)]
mod tests;
