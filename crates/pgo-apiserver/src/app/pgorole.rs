//! `pgo create|update|show|delete pgorole`: what users of the API server may do.

use k8s_openapi::api::core::v1::Secret;
use kube::ResourceExt as _;
use pgo_api::{
    CreatePgoroleRequest, CreatePgoroleResponse, DeletePgoroleRequest, DeletePgoroleResponse, Permission,
    ShowPgoroleDetail, ShowPgoroleRequest, ShowPgoroleResponse, UpdatePgoroleRequest, UpdatePgoroleResponse,
};
use pgo_plan::names::is_dns_label;
use tracing::info;

use super::{App, reach};
use crate::auth::account::{entry, list, set};
use crate::auth::store::{self, Kind};
use crate::auth::{Accounts as _, Caller};
use crate::refusal::{Outcome, Partial, Refusal};

/// Makes a role. One that is there and says the same is as good as a new one; scripts for 4.2 rely on that.
pub(crate) async fn create(
    app: &App,
    caller: &Caller,
    request: CreatePgoroleRequest,
) -> Outcome<CreatePgoroleResponse> {
    let CreatePgoroleRequest {
        pgorole_name: name,
        pgorole_permissions: permissions,
        ..
    } = &request;
    if !is_dns_label(name) {
        return Err(invalid_name(Kind::Role, name).into());
    }
    check(permissions)?;
    if let Some(there) = store::look_up(&app.office, Kind::Role, name).await? {
        return if set(&entry(&there, "permissions")) == set(permissions) {
            Ok(CreatePgoroleResponse {})
        } else {
            Err(Refusal::Asked(format!(
                "pgorole {name:?} exists already, with other permissions: change it with pgo update pgorole {name}"
            ))
            .into())
        };
    }
    reach::check_role(caller, name, &store::all_now(&app.office, Kind::User).await?)?;
    let role = store::new(
        &app.office,
        Kind::Role,
        name,
        &caller.user,
        &[("permissions", permissions)],
    );
    app.office
        .create_secret(&role)
        .await
        .map_err(|error| made_meanwhile(Kind::Role, name, error))?;
    info!(role = name, permissions, user = caller.user, "role created");
    Ok(CreatePgoroleResponse {})
}

/// Gives a role other permissions, which count from the answer on.
pub(crate) async fn update(
    app: &App,
    caller: &Caller,
    request: UpdatePgoroleRequest,
) -> Outcome<UpdatePgoroleResponse> {
    let UpdatePgoroleRequest {
        pgorole_name: name,
        pgorole_permissions: permissions,
        ..
    } = &request;
    check(permissions)?;
    let found = store::look_up(&app.office, Kind::Role, name).await?;
    let there = found.ok_or_else(|| absent(Kind::Role, name))?;
    reach::check_role(caller, name, &store::all_now(&app.office, Kind::User).await?)?;
    store::change(&app.office, &there, &caller.user, &[("permissions", permissions)])
        .await
        .map_err(changed_meanwhile)?;
    info!(role = name, permissions, user = caller.user, "role changed");
    Ok(UpdatePgoroleResponse {})
}

/// Lists roles, all or those that were named.
pub(crate) async fn show(app: &App, _: &Caller, request: ShowPgoroleRequest) -> Outcome<ShowPgoroleResponse> {
    let detail = |name: &str, permissions| ShowPgoroleDetail {
        name: name.to_owned(),
        permissions,
    };
    let role_info = if request.all_flag {
        let all = store::all(&app.office, Kind::Role);
        let each = |secret| detail(store::name_of(Kind::Role, secret), entry(secret, "permissions"));
        all.iter().map(|secret| each(secret)).collect()
    } else {
        let each = |name: &String| match store::find(&app.office, Kind::Role, name) {
            Some(secret) => detail(name, entry(&secret, "permissions")),
            None => detail(&format!("{name} was not found"), String::new()),
        };
        request.pgorole_name.iter().map(each).collect()
    };
    Ok(ShowPgoroleResponse { role_info })
}

/// Removes roles, from the users that have them first. Without names, `--all` means all but the caller's own.
pub(crate) async fn delete(
    app: &App,
    caller: &Caller,
    request: DeletePgoroleRequest,
) -> Outcome<DeletePgoroleResponse> {
    let mut done = DeletePgoroleResponse::default();
    let names = if request.pgorole_name.is_empty() && request.all_flag {
        let own = app.office.account(&caller.user).map(|account| account.roles);
        let own: Vec<_> = own.iter().flat_map(|roles| roles.split(',')).collect();
        names(app, Kind::Role, &own)
    } else {
        request.pgorole_name
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
    let found = store::look_up(&app.office, Kind::Role, name).await?;
    let users = store::all_now(&app.office, Kind::User).await?;
    reach::check_role(caller, name, &users)?;
    // Before the role goes, because a user with a role that is gone may do nothing; and also when it has gone already,
    // in a deletion that did not come to its end.
    take_away(app, caller, name, users).await?;
    let Some(there) = found else {
        return Ok(format!("{} not found", Kind::Role.secret(name)));
    };
    app.office.delete_secret(&there).await?;
    // Somebody may have given it to a user meanwhile: see `confirm`.
    take_away(app, caller, name, store::all_now(&app.office, Kind::User).await?).await?;
    info!(role = name, user = caller.user, "role deleted");
    Ok(format!("deleted role {name}"))
}

/// Looks whether roles are there still that were just given to a user, and takes those from it that are not.
///
/// There is no lock between servers, and none is needed: who gives a role writes the user and then looks for the role;
/// who deletes one deletes it and then looks for its users. Whichever write was second, its writer sees the other one,
/// because both ask Kubernetes and not their watches.
pub(super) async fn confirm(app: &App, caller: &Caller, user: &str, roles: &str) -> Result<(), Refusal> {
    let mut gone = Vec::new();
    for role in list(roles) {
        if store::look_up(&app.office, Kind::Role, &role).await?.is_none() {
            let holder = store::look_up(&app.office, Kind::User, user).await?;
            take_away(app, caller, &role, holder).await?;
            gone.push(role);
        }
    }
    if gone.is_empty() {
        return Ok(());
    }
    Err(Refusal::Asked(format!(
        "somebody deleted pgorole {} at the same moment: pgouser {user:?} is as asked for, but without it",
        gone.join(", ")
    )))
}

/// Takes a role from those users who have it, also when somebody else changes one of them meanwhile.
async fn take_away(
    app: &App,
    caller: &Caller,
    role: &str,
    users: impl IntoIterator<Item = Secret>,
) -> Result<(), Refusal> {
    for user in users {
        let mut now = Some(user);
        // Each further round means that somebody else has written; they do not do so for ever.
        while let Some((user, rest)) = now.and_then(|user| without(&user, role).map(|rest| (user, rest))) {
            match store::change(&app.office, &user, &caller.user, &[("roles", &rest)]).await {
                Err(error) if error.is_conflict() => {
                    now = app.office.find_secret(&user.name_any()).await?;
                }
                Err(error) if error.is_not_found() => break,
                answer => {
                    answer?;
                    break;
                }
            }
        }
    }
    Ok(())
}

/// The roles of a user without one that it has.
fn without(user: &Secret, role: &str) -> Option<String> {
    let roles = entry(user, "roles");
    let rest = || {
        roles
            .split(',')
            .filter(|it| it.trim() != role)
            .collect::<Vec<_>>()
            .join(",")
    };
    list(&roles).iter().any(|it| it == role).then(rest)
}

/// The names of all of a kind but some.
pub(super) fn names(app: &App, kind: Kind, but: &[&str]) -> Vec<String> {
    let all = store::all(&app.office, kind);
    let names = all.iter().map(|secret| store::name_of(kind, secret));
    names
        .filter(|name| !but.contains(name))
        .map(str::to_owned)
        .collect()
}

/// The permissions of a comma list, `*` being all of them.
fn read(permissions: &str) -> Vec<&str> {
    permissions.split(',').map(str::trim).collect()
}

/// Refuses a list with a word that is no permission. 4.2 refused `*` and `Clone` here as well, and honoured both.
fn check(permissions: &str) -> Result<(), Refusal> {
    let words = read(permissions);
    let wrong = |word: &&&str| **word != "*" && word.parse::<Permission>().is_err();
    if let Some(word) = words.iter().find(wrong) {
        return Err(Refusal::Asked(format!(
            "{word:?} is not a valid Permission: write names as ShowCluster with commas between, or * for all"
        )));
    }
    if words.len() > 1 && words.contains(&"*") {
        return Err(Refusal::asked(
            "\"*\" is not a valid Permission beside others: it stands alone and means all of them",
        ));
    }
    Ok(())
}

pub(super) fn invalid_name(kind: Kind, name: &str) -> Refusal {
    let kind = word(kind);
    Refusal::Asked(format!(
        "invalid {kind} name format {name:?}: use at most 63 lower-case letters, digits and '-', a letter first, \
         no '-' last"
    ))
}

pub(super) fn absent(kind: Kind, name: &str) -> Refusal {
    Refusal::Asked(format!("{} {name:?} not found", word(kind)))
}

fn word(kind: Kind) -> &'static str {
    match kind {
        Kind::User => "pgouser",
        Kind::Role => "pgorole",
    }
}

/// Somebody else may make the same at the same moment.
pub(super) fn made_meanwhile(kind: Kind, name: &str, error: pgo_kube::Error) -> Refusal {
    if error.is_already_exists() {
        let secret = kind.secret(name);
        Refusal::Asked(format!(
            "{secret} exists already: somebody else has just made it; ask again"
        ))
    } else {
        error.into()
    }
}

pub(super) fn changed_meanwhile(error: pgo_kube::Error) -> Refusal {
    if error.is_conflict() {
        Refusal::asked("somebody else changed it at the same moment: look and try again")
    } else {
        error.into()
    }
}

#[cfg(test)]
mod tests;
