//! Who asks whom about what: arguments, environment and files become one [`Session`].

mod credentials;
mod environment;
mod tls;

use crate::args::{GlobalArgs, boolean};
use crate::failure::Failure;

pub(crate) use credentials::Credentials;
pub(crate) use environment::Environment;
pub(crate) use tls::{Tls, TlsFiles};

/// Everything that is the same for each request of a command.
#[derive(Debug)]
pub(crate) struct Session {
    /// Address of the API server, to which paths are appended; without a slash at its end.
    pub server: String,
    /// Namespace of the requests; empty when none was named.
    pub namespace: String,
    /// Namespace that the environment names, whatever the command line says.
    pub default_namespace: Option<String>,
    /// Who asks.
    pub credentials: Credentials,
    /// How the connection is secured.
    pub tls: Tls,
}

impl Session {
    /// Puts a session together, in the order of version 4.2: address, namespace, credentials, TLS.
    pub(crate) fn open(args: &GlobalArgs, environment: &Environment) -> Result<Self, Failure> {
        let given = |flag: &Option<String>, variable| {
            let flag = flag.clone().filter(|value| !value.is_empty());
            flag.or_else(|| environment.get(variable).map(ToOwned::to_owned))
        };
        let is_set = |flag, variable| {
            flag || environment
                .get(variable)
                .is_some_and(|word| boolean(word) == Ok(true))
        };

        let server = given(&args.apiserver_url, "PGO_APISERVER_URL").ok_or(Failure::NoServer)?;
        let server = server.trim_end_matches('/').to_owned();
        let namespace = given(&args.namespace, "PGO_NAMESPACE").unwrap_or_default();
        let credentials = Credentials::find(environment)?;
        let tls = if is_set(args.disable_tls, "DISABLE_TLS") {
            Tls::Off
        } else {
            Tls::On(TlsFiles {
                authorities: given(&args.pgo_ca_cert, "PGO_CA_CERT"),
                certificate: given(&args.pgo_client_cert, "PGO_CLIENT_CERT"),
                key: given(&args.pgo_client_key, "PGO_CLIENT_KEY"),
                trusts_system: !is_set(args.exclude_os_trust, "EXCLUDE_OS_TRUST"),
                verifies: !is_set(args.tls_no_verify, "PGO_TLS_NO_VERIFY"),
            })
        };
        Ok(Self {
            server,
            namespace,
            default_namespace: environment.get("PGO_NAMESPACE").map(ToOwned::to_owned),
            credentials,
            tls,
        })
    }
}

#[cfg(test)]
mod tests;
