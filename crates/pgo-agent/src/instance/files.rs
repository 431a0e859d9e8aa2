//! The files that Patroni and pgBackRest need, written anew at every start.
//!
//! The root file system is read-only: everything goes below `/tmp`. What is secret goes to the scratch directory, which
//! the operator keeps in memory: a Secret is never written to a node's disk.

use std::fs;
use std::io;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt, symlink};
use std::path::{Path, PathBuf};

use pgo_postgres::hba::SUPERUSER;
use pgo_postgres::password::{Credentials, Redacted};
use pgo_postgres::patroni::custom::Custom;
use pgo_postgres::patroni::local::{Local, Paths};
use pgo_postgres::pgbackrest::config::{Config, Side, Tls};
use tracing::warn;

use super::settings::{Places, Settings};
use crate::certificates::Certificates;

/// A file that could not be read or written.
#[derive(Debug, thiserror::Error)]
#[error("{path} cannot be {tried}: {source}")]
pub(crate) struct FileError {
    path: String,
    tried: &'static str,
    source: io::Error,
}

/// This program, as others call it.
pub(crate) const AGENT: &str = "/usr/local/bin/pgo-agent";

/// What is rendered for an instance.
#[derive(Clone, Debug)]
pub(crate) struct Rendered {
    /// Patroni's file.
    pub(crate) patroni: PathBuf,
    /// Where Patroni's file, and all that it starts, expects the certificates.
    pub(crate) certificates: Certificates,
    /// The superuser's name, and the file with its password.
    pub(crate) superuser: String,
    pub(crate) superuser_password: PathBuf,
}

/// Writes all files of an instance; `barred` says that it must not run for the leader lock, `volume` how many bytes its
/// volume has.
pub(crate) fn render(settings: &Settings, barred: bool, volume: Option<u64>) -> Result<Rendered, FileError> {
    let places = &settings.places;
    let scratch = places.scratch();
    for directory in ["", "bin"] {
        make_directory(&scratch.join(directory))?;
    }
    for directory in ["lock", "spool", "log"] {
        make_directory(&places.tmp.join("pgbackrest").join(directory))?;
    }
    settings.remember()?;
    let certificates = Certificates::below(&scratch);
    let superuser = superuser(&places.conf.join("pgsuper"))?;
    let replication = credentials(&places.conf.join("pgreplicator"))?;
    let ours = ["initdb", "pg_isready"].map(|program| scratch.join("bin").join(program));
    for link in &ours {
        replace_link(Path::new(AGENT), link)?;
    }
    let [initdb, pg_isready] = ours;
    let local = Local {
        scope: settings.scope.clone(),
        scope_label: settings.scope_label.clone(),
        name: settings.pod.clone(),
        namespace: settings.namespace.clone(),
        address: settings.address.clone(),
        port: settings.port,
        may_bootstrap: settings.may_bootstrap,
        synchronous: settings.synchronous,
        reinitialize: settings.reinitialize,
        nofailover: barred,
        superuser: superuser.clone(),
        replication,
        paths: Paths {
            data: text(&settings.data()),
            bin: text(&places.bin),
            initdb: text(&initdb),
            pg_isready: text(&pg_isready),
            sockets: text(&places.tmp),
            pgpass: text(&scratch.join("pgpass")),
            ca: text(&certificates.ca),
            certificate: text(&certificates.certificate),
            key: text(&certificates.key),
            agent: AGENT.to_owned(),
        },
        preload: extensions(places),
        volume,
        custom: custom(&places.conf),
    };
    let patroni = scratch.join("patroni.yml");
    let rendered = local.render().map_err(|error| FileError {
        path: text(&patroni),
        tried: "rendered",
        source: io::Error::other(error.to_string()),
    })?;
    write_private(&patroni, rendered.as_bytes())?;
    write_private(
        &places.pgbackrest_conf(),
        pgbackrest(settings, &certificates).render().as_bytes(),
    )?;
    Ok(Rendered {
        patroni,
        certificates,
        superuser: superuser.username,
        superuser_password: places.conf.join("pgsuper/password"),
    })
}

fn pgbackrest(settings: &Settings, certificates: &Certificates) -> Config {
    Config {
        stanza: settings.stanza.clone(),
        scratch: text(&settings.places.tmp.join("pgbackrest")),
        tls: Tls {
            ca: text(&certificates.ca),
            certificate: text(&certificates.certificate),
            key: text(&certificates.key),
            client: format!("{}-backrest-repo", settings.cluster),
        },
        side: Side::Instance {
            repo_host: settings.repo_host.clone(),
            data: text(&settings.data()),
            port: settings.port,
            sockets: text(&settings.places.tmp),
        },
    }
}

/// A user's name and password, as mounted from its Secret.
pub(crate) fn credentials(directory: &Path) -> Result<Credentials, FileError> {
    let read = |name: &str| {
        let path = directory.join(name);
        let text = fs::read_to_string(&path).map_err(failed(&path, "read"))?;
        Ok(text.trim_end_matches('\n').to_owned())
    };
    Ok(Credentials {
        username: read("username")?,
        password: Redacted::new(read("password")?),
    })
}

/// The superuser's. A user may make the Secret, but not choose the name.
fn superuser(directory: &Path) -> Result<Credentials, FileError> {
    let found = credentials(directory)?;
    if found.username == SUPERUSER {
        return Ok(found);
    }
    let why = format!(
        "it is {:?}, and the superuser is called {SUPERUSER}",
        found.username
    );
    Err(failed(&directory.join("username"), "used")(io::Error::other(why)))
}

/// What the operator and the user say about Patroni and PostgreSQL; the user has the last word.
fn custom(conf: &Path) -> Custom {
    ["config", "custom"]
        .map(|of| postgres_ha(&conf.join(of)))
        .into_iter()
        .fold(Custom::default(), Custom::overlaid_by)
}

fn postgres_ha(directory: &Path) -> Custom {
    let path = directory.join("postgres-ha.yaml");
    match fs::read_to_string(&path) {
        Ok(text) => {
            let (custom, complaints) = Custom::parse(&text);
            for complaint in complaints {
                warn!("{complaint}");
            }
            custom
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound => Custom::default(),
        Err(error) => {
            warn!(path = %path.display(), %error, "the configuration cannot be read");
            Custom::default()
        }
    }
}

/// Extensions that 4.2 gave to every database, as far as the image has them.
pub(crate) fn extensions(places: &Places) -> Vec<String> {
    let library = |name: &str| {
        places
            .bin
            .parent()
            .unwrap_or(Path::new("/"))
            .join("lib")
            .join(format!("{name}.so"))
    };
    ["pgaudit", "pg_stat_statements"]
        .into_iter()
        .filter(|name| library(name).exists())
        .map(str::to_owned)
        .collect()
}

pub(crate) fn make_directory(path: &Path) -> Result<(), FileError> {
    fs::DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(path)
        .map_err(failed(path, "created"))
}

/// Writes a file that only its owner can read. A reader sees the old file or the new one, never half of it.
pub(crate) fn write_private(path: &Path, contents: &[u8]) -> Result<(), FileError> {
    let draft = path.with_extension("draft");
    let write = || -> io::Result<()> {
        let mut file = fs::OpenOptions::new()
            .write(true)
            .create(true)
            .truncate(true)
            .mode(0o600)
            .open(&draft)?;
        file.set_permissions(fs::Permissions::from_mode(0o600))?;
        io::Write::write_all(&mut file, contents)?;
        fs::rename(&draft, path)
    };
    write().map_err(failed(path, "written"))
}

fn replace_link(target: &Path, link: &Path) -> Result<(), FileError> {
    match fs::remove_file(link) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(failed(link, "replaced")(error)),
        _ => symlink(target, link).map_err(failed(link, "created")),
    }
}

pub(crate) fn failed(path: &Path, tried: &'static str) -> impl FnOnce(io::Error) -> FileError {
    let path = text(path);
    move |source| FileError { path, tried, source }
}

fn text(path: &Path) -> String {
    path.to_string_lossy().into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_private_file_can_be_read_by_its_owner_only() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("key");
        write_private(&path, b"secret").unwrap();
        write_private(&path, b"other").unwrap();
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        assert_eq!(fs::read(&path).unwrap(), b"other");
    }

    #[test]
    fn the_user_has_the_last_word_about_parameters() {
        let conf = tempfile::tempdir().unwrap();
        let say = |of: &str, parameters: &str| {
            fs::create_dir(conf.path().join(of)).unwrap();
            let text = format!("bootstrap: {{dcs: {{postgresql: {{parameters: {{{parameters}}}}}}}}}");
            fs::write(conf.path().join(of).join("postgres-ha.yaml"), text).unwrap();
        };
        say("config", "work_mem: 4MB, archive_timeout: 60");
        assert_eq!(custom(conf.path()).shared.0["work_mem"], "4MB");
        say("custom", "work_mem: 8MB, archive_command: rm");
        let shared = custom(conf.path()).shared.0;
        assert_eq!(shared["work_mem"], "8MB");
        assert_eq!(shared["archive_timeout"], "60");
        assert!(!shared.contains_key("archive_command"));
    }

    #[test]
    fn a_superuser_of_another_name_is_refused_in_a_sentence() {
        let directory = tempfile::tempdir().unwrap();
        fs::write(directory.path().join("password"), "secret").unwrap();
        let read = |username: &str| {
            fs::write(directory.path().join("username"), username).unwrap();
            superuser(directory.path()).map_err(|error| error.to_string())
        };
        assert!(read("postgres\n").is_ok());
        let complaint = read("admin").unwrap_err();
        assert!(
            complaint
                .ends_with("username cannot be used: it is \"admin\", and the superuser is called postgres"),
            "{complaint}"
        );
    }

    #[test]
    fn a_missing_secret_is_named() {
        let error = credentials(Path::new("/nowhere/pgsuper")).unwrap_err();
        assert!(
            error
                .to_string()
                .starts_with("/nowhere/pgsuper/username cannot be read: No such file")
        );
    }
}
