//! Name and password, and where they are found.

use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use pgo_api::Redacted;

use crate::failure::Failure;
use crate::session::Environment;

/// The file that serves every user of a machine.
const SHARED_FILE: &str = "/etc/pgo/pgouser";

/// Who asks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Credentials {
    /// Name of the pgouser.
    pub username: String,
    /// Its password.
    pub password: Redacted<String>,
}

impl Credentials {
    /// Looks, in this order, into `PGOUSERNAME` and `PGOUSERPASS`, the file that `PGOUSER` names, `~/.pgouser` and
    /// `/etc/pgo/pgouser`. The first that is there counts, even when it is wrong.
    pub(crate) fn find(environment: &Environment) -> Result<Self, Failure> {
        match (environment.get("PGOUSERNAME"), environment.get("PGOUSERPASS")) {
            (Some(username), Some(password)) => {
                return Ok(Self {
                    username: username.to_owned(),
                    password: password.into(),
                });
            }
            (Some(_), None) => return Err(half("PGOUSERNAME", "PGOUSERPASS")),
            (None, Some(_)) => return Err(half("PGOUSERPASS", "PGOUSERNAME")),
            (None, None) => {}
        }
        if let Some(path) = environment.get("PGOUSER") {
            let text = std::fs::read_to_string(path).map_err(|error| match error.kind() {
                ErrorKind::NotFound => {
                    Failure::Credentials(format!("{path} file not found; PGOUSER names it"))
                }
                _ => Failure::Credentials(format!("cannot read {path}, which PGOUSER names: {error}")),
            })?;
            return Self::parse(&text, Path::new(path));
        }
        let home = environment.get("HOME").or_else(|| environment.get("USERPROFILE"));
        let places = home
            .map(|home| Path::new(home).join(".pgouser"))
            .into_iter()
            .chain([PathBuf::from(SHARED_FILE)]);
        for path in places {
            if let Ok(text) = std::fs::read_to_string(&path) {
                return Self::parse(&text, &path);
            }
        }
        Err(Failure::Credentials(format!(
            "could not find pgouser file: set PGOUSERNAME and PGOUSERPASS, or write user:password into ~/.pgouser \
             or {SHARED_FILE}"
        )))
    }

    /// Reads `user:password`, one line. Empty lines around it and blanks before it do not count, as in version 4.2; a
    /// password may end in a blank.
    fn parse(text: &str, path: &Path) -> Result<Self, Failure> {
        let mut lines = text.lines().filter(|line| !line.trim().is_empty());
        let line = lines.next().unwrap_or_default().trim_start();
        match line.split_once(':') {
            Some((username, password)) if lines.next().is_none() => Ok(Self {
                username: username.to_owned(),
                password: password.into(),
            }),
            _ => Err(Failure::Credentials(format!(
                "unable to parse the pgouser file {}: it must be one line, user:password",
                path.display()
            ))),
        }
    }
}

fn half(set: &str, missing: &str) -> Failure {
    Failure::Credentials(format!("{set} is set but {missing} is not; set both or neither"))
}
