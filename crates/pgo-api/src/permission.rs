//! What a role may allow.

use std::fmt;
use std::str::FromStr;

use thiserror::Error;

macro_rules! permissions {
    ($($name:ident)*) => {
        /// The right to send one kind of request. The names are those of version 4.2, in roles and on the wire.
        ///
        /// Some are checked by no route; roles that carry them are valid all the same.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[expect(missing_docs, reason = "each is explained by the routes that need it")]
        pub enum Permission {
            $($name,)*
        }

        impl Permission {
            /// Every permission.
            pub const ALL: &[Self] = &[$(Self::$name,)*];

            /// The name in roles.
            pub const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$name => stringify!($name),)*
                }
            }
        }
    };
}

permissions! {
    ApplyPolicy Cat Clone DfCluster Label Load Ls Reload Restore Status TestCluster Version
    CreateBackup CreateBenchmark CreateCluster CreateDump CreateFailover CreateIngest CreateNamespace CreatePgbouncer
    CreatePgorole CreatePgouser CreatePolicy CreateSchedule CreateUpgrade CreateUser
    RestoreDump RestorePgbasebackup
    DeleteBackup DeleteBenchmark DeleteCluster DeleteIngest DeleteNamespace DeletePgbouncer DeletePgorole DeletePgouser
    DeletePolicy DeleteSchedule DeleteUser
    ShowBackup ShowBenchmark ShowCluster ShowConfig ShowIngest ShowNamespace ShowPVC ShowPgorole ShowPgouser ShowPolicy
    ShowSchedule ShowSecrets ShowUser ShowWorkflow
    ScaleCluster
    UpdateCluster UpdateNamespace UpdatePgorole UpdatePgouser UpdateUser
}

impl Permission {
    /// Whether requests that need it only look. What a caller meant may be guessed there, and nowhere else.
    pub fn only_looks(self) -> bool {
        matches!(
            self,
            Self::Cat | Self::DfCluster | Self::Ls | Self::Status | Self::TestCluster | Self::Version
        ) || self.as_str().starts_with("Show")
    }
}

/// A name that is no permission.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("{0:?} is not a permission")]
pub struct UnknownPermission(pub String);

impl FromStr for Permission {
    type Err = UnknownPermission;

    /// Finds a permission by its exact name.
    fn from_str(name: &str) -> Result<Self, Self::Err> {
        let known = Self::ALL.iter().find(|permission| permission.as_str() == name);
        known.copied().ok_or_else(|| UnknownPermission(name.to_owned()))
    }
}

impl fmt::Display for Permission {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_are_the_58_names_of_4_2_and_clone() {
        assert_eq!(Permission::ALL.len(), 59);
    }

    #[test]
    fn every_name_is_read_back_and_letter_case_counts() {
        for &permission in Permission::ALL {
            assert_eq!(permission.as_str().parse(), Ok(permission));
        }
        assert!("showpvc".parse::<Permission>().is_err());
    }
}
