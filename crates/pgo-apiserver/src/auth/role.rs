//! One role, as the Secret `pgorole-<name>` says.

use k8s_openapi::api::core::v1::Secret;
use pgo_api::Permission;

use super::account::entry;

/// What one role allows.
#[derive(Clone, Debug)]
pub(crate) struct Role {
    permissions: String,
}

impl Role {
    /// Reads a Secret; without permissions the role allows nothing.
    pub(crate) fn read(secret: &Secret) -> Self {
        Self {
            permissions: entry(secret, "permissions"),
        }
    }

    /// A role whose whole text is `*` allows everything; otherwise names are compared exactly.
    pub(crate) fn allows(&self, permission: Permission) -> bool {
        let permissions = self.permissions.trim();
        permissions == "*"
            || permissions
                .split(',')
                .any(|name| name.trim() == permission.as_str())
    }
}
