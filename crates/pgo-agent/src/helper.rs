//! The commands that Patroni calls: short-lived, and each says what it could not do.

use std::path::Path;
use std::process::{Command, ExitCode};
use std::time::{Duration, Instant};

use pgo_postgres::identifier::Identifier;
use pgo_postgres::password::scram_verifier;
use pgo_postgres::sql;
use tracing::{error, info};

use crate::instance::settings::Settings;
use crate::instance::socket::{Answer, Request};
use crate::instance::{birth, files, half_born, session, socket};

/// How long a starting PostgreSQL is given before Patroni hears that it does not answer.
const NOBODY_SERVES: Duration = Duration::from_millis(900);

/// `callback ACTION ROLE SCOPE`: tells the supervisor what Patroni did. It may be gone; Patroni does not care.
pub(crate) fn callback(settings: &Settings, action: String, role: String) -> ExitCode {
    let request = Request::Callback { action, role };
    if let Err(error) = socket::ask(&settings.places.socket(), &request, Duration::from_secs(2)) {
        error!(%error, "the supervisor did not hear the callback");
    }
    ExitCode::SUCCESS
}

/// `initdb …`: uses the data directory that the supervisor prepared, or makes one as Patroni asked.
pub(crate) fn initdb(settings: &Settings, arguments: &[String]) -> ExitCode {
    let data = arguments.last().cloned().unwrap_or_default();
    let prepared = Path::new(&data) == settings.data()
        && matches!(
            socket::ask(
                &settings.places.socket(),
                &Request::Initdb { data },
                birth::PATIENCE
            ),
            Ok(Answer::Yes)
        );
    if prepared {
        return ExitCode::SUCCESS;
    }
    info!("no data directory was prepared, initdb makes one");
    match Command::new(settings.places.bin.join("initdb"))
        .args(arguments)
        .status()
    {
        Ok(status) if status.success() => match half_born::mark(&settings.data()) {
            Ok(()) => return ExitCode::SUCCESS,
            Err(error) => error!(%error, "the new data directory cannot be marked"),
        },
        Ok(status) => error!(%status, "initdb failed"),
        Err(error) => error!(%error, "initdb cannot be run"),
    }
    ExitCode::FAILURE
}

/// `pg_isready …`: answers when there is something to say, instead of at once.
///
/// Patroni asks, and while nothing listens yet it asks again a second later: a start that takes a tenth of a second
/// would take a whole one.
pub(crate) fn pg_isready(settings: &Settings, arguments: &[String]) -> ExitCode {
    let began = Instant::now();
    let file = settings.data().join("postmaster.pid");
    // A file without a postmaster would say so for ever; Patroni looks at the process itself.
    while !is_serving(&file) && began.elapsed() < NOBODY_SERVES {
        std::thread::sleep(Duration::from_millis(10));
    }
    let asked = Command::new(settings.places.bin.join("pg_isready"))
        .args(arguments)
        .arg("--quiet")
        .status();
    match asked {
        // Patroni reads the status only.
        Ok(status) => ExitCode::from(
            status
                .code()
                .and_then(|code| u8::try_from(code).ok())
                .unwrap_or(3),
        ),
        Err(error) => {
            error!(%error, "pg_isready cannot be run");
            ExitCode::from(3)
        }
    }
}

/// Whether the postmaster wrote into its file that it serves clients.
fn is_serving(file: &Path) -> bool {
    let state = postmaster_state(file);
    matches!(state.as_deref(), Some("ready" | "standby"))
}

/// What the postmaster of a data directory says it does: `starting`, `ready`, `standby` or `stopping`.
pub(crate) fn postmaster_state(file: &Path) -> Option<String> {
    let text = std::fs::read_to_string(file).ok()?;
    Some(text.lines().nth(7)?.trim().to_owned())
}

/// `post-bootstrap`: gives a new database its user, database, schema and extensions.
pub(crate) async fn post_bootstrap(settings: &Settings) -> ExitCode {
    match set_up(settings).await {
        Ok(()) => {}
        Err(error) => {
            error!(error = %format!("{error:#}"), "the new database could not be set up");
            return ExitCode::FAILURE;
        }
    }
    let socket = settings.places.socket();
    let waited =
        tokio::task::spawn_blocking(move || socket::ask(&socket, &Request::Durable, Duration::from_mins(2)));
    match waited.await {
        Ok(Ok(Answer::Yes)) => ExitCode::SUCCESS,
        answer => {
            error!(
                ?answer,
                "the supervisor did not say that the new database is on the disk"
            );
            ExitCode::FAILURE
        }
    }
}

async fn set_up(settings: &Settings) -> anyhow::Result<()> {
    let conf = &settings.places.conf;
    let superuser = files::credentials(&conf.join("pgsuper"))?.username;
    let user = files::credentials(&conf.join("pguser"))?;
    let role = Identifier::new(&user.username)?;
    let database = Identifier::new(&settings.database)?;
    let extensions = files::extensions(&settings.places);

    let config = |database: &str| session::config(&settings.places.tmp, settings.port, &superuser, database);
    let postgres = session::connect(&config("postgres")).await?;
    postgres
        .batch_execute(&sql::create_role(&role, &scram_verifier(&user.password)))
        .await?;
    if postgres
        .query_opt(sql::DATABASE_EXISTS, &[&database.as_str()])
        .await?
        .is_none()
    {
        postgres.batch_execute(&sql::create_database(&database)).await?;
    }
    postgres
        .batch_execute(&sql::grant_database(&database, &role))
        .await?;
    let ordinary = session::connect(&config(database.as_str())).await?;
    ordinary.batch_execute(&sql::create_schema(&role)).await?;
    for extension in &extensions {
        let statement = sql::create_extension(&Identifier::new(extension)?);
        ordinary.batch_execute(&statement).await?;
        postgres.batch_execute(&statement).await?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_postmaster_says_what_it_does() {
        let data = tempfile::tempdir().unwrap();
        let file = data.path().join("postmaster.pid");
        assert_eq!(postmaster_state(&file), None);
        for state in ["starting", "ready   ", "standby ", "stopping"] {
            let text = format!("17\n/pgdata/hippo\n1700000000\n5432\n/tmp\n*\n  5 6\n{state}\n");
            std::fs::write(&file, text).unwrap();
            assert_eq!(postmaster_state(&file).as_deref(), Some(state.trim()));
        }
    }
}
