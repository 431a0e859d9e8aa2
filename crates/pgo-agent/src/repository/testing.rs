//! A repository for tests.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use pgo_postgres::pgbackrest::command::{Stanza, Target};

use super::Repository;
use crate::certificates::Certificates;
use crate::children::Children;

/// A pgBackRest that notes what it was asked to do in `asked`, and whose stanza-create ends with the status in `created`.
const PROGRAM: &str = "#!/bin/sh\n\
    cd \"$(dirname \"$0\")\" && echo \"$1\" >> asked\n\
    case \"$1\" in stanza-create) exit \"$(cat created)\";; esac\n";

/// A repository below `at`, with that pgBackRest.
pub(super) fn repository(at: &Path) -> Repository {
    let program = at.join("pgbackrest");
    fs::write(&program, PROGRAM).unwrap();
    fs::set_permissions(&program, fs::Permissions::from_mode(0o700)).unwrap();
    Repository {
        primary: "127.0.0.1".to_owned(),
        stanza: Stanza("db".to_owned()),
        path: at.join("repository"),
        config: at.join("config"),
        conf: PathBuf::new(),
        program,
        certificates: Certificates::mounted(at),
        children: Children::default(),
        busy: Arc::default(),
        serving: false.into(),
    }
}

pub(super) fn target() -> Target {
    Target {
        path: "/pgdata/hippo".to_owned(),
        port: 5432,
        socket_path: "/tmp".to_owned(),
    }
}

/// Puts an empty file below the repository.
pub(super) fn store(repository: &Path, file: &str) {
    let path = repository.join(file);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, "").unwrap();
}
