//! The version of the protocol, and `pgo version`.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{Call, Permission, Reply, Route};

/// The version that client and server claim.
pub const VERSION: &str = "4.2.0";

/// Whether a server of this version serves such a client: all of 4.2 speak the same protocol.
pub fn accepts_client(version: &str) -> bool {
    let is_patch = |patch: &str| !patch.is_empty() && patch.bytes().all(|byte| byte.is_ascii_digit());
    version.strip_prefix("4.2.").is_some_and(is_patch)
}

/// Asks for the server's version; needs neither a version nor a namespace.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct VersionRequest {}

/// The server's version.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, rename_all = "PascalCase")]
pub struct VersionResponse {
    /// As [`VERSION`].
    pub version: String,
}

impl Reply for VersionResponse {
    const SUCCESS: (&'static str, &'static str) = ("ok", "apiserver version");
}

/// `pgo version`
impl Call for VersionRequest {
    type Reply = VersionResponse;
    const ROUTE: Route = Route::get("/version", &[]).in_any_method();
    const NEEDS: Permission = Permission::Version;

    fn client_version(&self) -> Option<&str> {
        None
    }

    fn namespace(&self) -> Option<&str> {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_4_2_client_is_served_and_no_other() {
        for version in [VERSION, "4.2.1", "4.2.13"] {
            assert!(accepts_client(version), "{version}");
        }
        for version in ["", "4.2", "4.2.", "4.3.0", "14.2.0", "4.2.x", "4.20.0"] {
            assert!(!accepts_client(version), "{version}");
        }
    }
}
