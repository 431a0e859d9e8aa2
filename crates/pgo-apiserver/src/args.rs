//! What the process was told at its start: flags and environment, as text that still has to be understood.

use std::path::PathBuf;

use clap::Parser;
use clap::builder::NonEmptyStringValueParser;
use pgo_plan::defaults;

/// The HTTPS door of pgo.
#[derive(Clone, Debug, Parser)]
#[command(name = "pgo-apiserver", version = pgo_api::VERSION)]
pub(crate) struct Args {
    /// Port to listen on, on all interfaces.
    #[arg(long, env = "PORT", default_value_t = 8443)]
    pub(crate) port: u16,

    /// Namespace of the operator: it holds users, roles, certificate and configuration.
    #[arg(long, env = "PGO_OPERATOR_NAMESPACE", value_parser = NonEmptyStringValueParser::new())]
    pub(crate) operator_namespace: String,

    /// Value of the label `pgo-installation-name` on the namespaces of this installation.
    #[arg(long, env = "PGO_INSTALLATION_NAME", value_parser = NonEmptyStringValueParser::new())]
    pub(crate) installation_name: String,

    /// Speak plain HTTP.
    #[arg(long, env = "DISABLE_TLS", default_value = "false")]
    disable_tls: String,

    /// PEM file with further authorities for client certificates.
    #[arg(long, env = "TLS_CA_TRUST")]
    tls_ca_trust: Option<PathBuf>,

    /// Trust the authorities of the operating system for client certificates too.
    #[arg(long, env = "ADD_OS_TRUSTSTORE", default_value = "true")]
    add_os_truststore: String,

    /// Accepted for compatibility; a client certificate that is shown is always verified.
    #[arg(long, env = "TLS_NO_VERIFY", default_value = "false")]
    tls_no_verify: String,

    /// Routes that need no client certificate: `/health`, `/healthz`.
    #[arg(long, env = "NOAUTH_ROUTES", default_value = "/health")]
    noauth_routes: String,

    /// Further names and addresses for a generated server certificate, comma-separated.
    #[arg(long, env = "TLS_SERVER_NAMES", default_value = "")]
    tls_server_names: String,

    /// Address of the Service in front of this server; Kubernetes sets it in pods of its namespace.
    #[arg(long, env = "POSTGRES_OPERATOR_SERVICE_HOST")]
    service_address: Option<String>,

    /// Log at level debug.
    #[arg(long, env = "CRUNCHY_DEBUG", default_value = "false")]
    crunchy_debug: String,

    /// Images that win over those of `pgo.yaml`.
    #[command(flatten)]
    pub(crate) images: Images,
}

/// Images that win over those of `pgo.yaml`; empty means that they do not.
#[derive(Clone, Debug, Default, clap::Args)]
pub(crate) struct Images {
    /// Registry and organisation of pgo's own images.
    #[arg(long, env = "PGO_IMAGE_PREFIX", default_value = "", value_parser = defaults::Images::prefix)]
    pgo_image_prefix: String,
    /// Tag of pgo's own images.
    #[arg(long, env = "PGO_IMAGE_TAG", default_value = "", value_parser = defaults::Images::tag)]
    pgo_image_tag: String,
    /// Registry and organisation of database images.
    #[arg(long, env = "CCP_IMAGE_PREFIX", default_value = "", value_parser = defaults::Images::prefix)]
    ccp_image_prefix: String,
    /// Tag of database images.
    #[arg(long, env = "CCP_IMAGE_TAG", default_value = "", value_parser = defaults::Images::tag)]
    ccp_image_tag: String,
}

impl From<Images> for defaults::Images {
    fn from(said: Images) -> Self {
        Self {
            pgo_prefix: said.pgo_image_prefix,
            pgo_tag: said.pgo_image_tag,
            ccp_prefix: said.ccp_image_prefix,
            ccp_tag: said.ccp_image_tag,
        }
    }
}

/// Paths that never need a client certificate.
pub(crate) const ALWAYS_EXEMPT: [&str; 3] = ["/healthz", "/readyz", "/metrics"];

/// A route that no client can be kept from by a missing certificate does not exist.
#[derive(Debug, thiserror::Error)]
#[error(
    "NOAUTH_ROUTES: {0:?} is not one of /health and /healthz; remove it (an empty entry comes from a stray comma)"
)]
pub(crate) struct UnknownExemption(String);

impl Args {
    /// Whether to speak TLS.
    pub(crate) fn tls(&self) -> bool {
        !truth(&self.disable_tls)
    }

    /// The bundle of further client authorities, if one was named.
    pub(crate) fn client_authorities(&self) -> Option<&PathBuf> {
        self.tls_ca_trust
            .as_ref()
            .filter(|path| !path.as_os_str().is_empty())
    }

    /// Whether the operating system's authorities count for clients.
    pub(crate) fn os_truststore(&self) -> bool {
        truth(&self.add_os_truststore)
    }

    /// Whether somebody hopes that client certificates are not verified.
    pub(crate) fn no_verify(&self) -> bool {
        truth(&self.tls_no_verify)
    }

    /// Whether to log at level debug.
    pub(crate) fn debug(&self) -> bool {
        truth(&self.crunchy_debug)
    }

    /// The paths that need no client certificate. Probes always are among them, because the kubelet has none, and the
    /// metrics, which say no name.
    pub(crate) fn exempt_routes(&self) -> Result<Vec<&'static str>, UnknownExemption> {
        let mut exempt = ALWAYS_EXEMPT.to_vec();
        if self.noauth_routes.is_empty() || !self.tls() {
            return Ok(exempt);
        }
        for route in self.noauth_routes.split(',') {
            match route.trim() {
                "/health" => exempt.push("/health"),
                "/healthz" => {} // always is
                _ => return Err(UnknownExemption(route.to_owned())),
            }
        }
        Ok(exempt)
    }

    /// The names and addresses that a generated certificate is valid for.
    pub(crate) fn server_names(&self) -> Vec<String> {
        let namespace = &self.operator_namespace;
        let mut names = vec![
            "postgres-operator".to_owned(),
            format!("postgres-operator.{namespace}"),
            format!("postgres-operator.{namespace}.svc"),
            format!("postgres-operator.{namespace}.svc.cluster.local"),
            "localhost".to_owned(),
            "127.0.0.1".to_owned(),
        ];
        let further = self
            .tls_server_names
            .split(',')
            .chain(self.service_address.as_deref());
        names.extend(
            further
                .map(str::trim)
                .filter(|name| !name.is_empty())
                .map(str::to_owned),
        );
        names
    }
}

/// The spellings of "yes" that 4.2 understood; everything else is "no".
fn truth(text: &str) -> bool {
    matches!(text.trim(), "1" | "t" | "T" | "TRUE" | "true" | "True")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(more: &[&str]) -> Args {
        let base = [
            "pgo-apiserver",
            "--operator-namespace=pgo",
            "--installation-name=devtest",
        ];
        Args::parse_from(base.iter().chain(more))
    }

    #[test]
    fn a_missing_installation_name_is_refused() {
        assert!(Args::try_parse_from(["x", "--operator-namespace=pgo", "--installation-name="]).is_err());
    }

    #[test]
    fn images_that_no_registry_has_are_refused() {
        let read = |flag: &str| {
            Args::try_parse_from(["x", "--operator-namespace=pgo", "--installation-name=x", flag]).is_ok()
        };
        for (good, bad) in [
            (
                "--pgo-image-prefix=registry:5000/pgo",
                "--pgo-image-prefix=bad prefix!",
            ),
            ("--ccp-image-prefix=", "--ccp-image-prefix=pgo/"),
            ("--pgo-image-tag=4.2.0", "--pgo-image-tag=-"),
            ("--ccp-image-tag=", "--ccp-image-tag=a b"),
        ] {
            assert!(read(good) && !read(bad), "{good} {bad}");
        }
    }

    #[test]
    fn health_is_exempt_unless_told_otherwise() {
        let exempt = |args: &[&str]| parse(args).exempt_routes().unwrap();
        assert!(exempt(&[]).contains(&"/health"));
        assert_eq!(exempt(&["--noauth-routes="]), ALWAYS_EXEMPT);
        assert!(exempt(&["--noauth-routes= /health ,/healthz"]).contains(&"/health"));
    }

    #[test]
    fn any_other_exemption_is_fatal_and_so_is_an_empty_entry() {
        for routes in ["/clusters", "/health,", "health"] {
            let args = parse(&[&format!("--noauth-routes={routes}")]);
            assert!(args.exempt_routes().is_err(), "{routes}");
        }
    }

    #[test]
    fn without_tls_exemptions_are_not_even_looked_at() {
        assert!(
            parse(&["--noauth-routes=/clusters", "--disable-tls=T"])
                .exempt_routes()
                .is_ok()
        );
    }

    #[test]
    fn the_certificate_is_valid_for_the_service_and_for_what_else_was_named() {
        let names = parse(&[
            "--tls-server-names=pgo.example.com, 192.0.2.7",
            "--service-address=10.96.3.4",
        ])
        .server_names();
        for name in [
            "postgres-operator.pgo.svc",
            "localhost",
            "pgo.example.com",
            "192.0.2.7",
            "10.96.3.4",
        ] {
            assert!(
                names.iter().any(|known| known == name),
                "{name} is missing in {names:?}"
            );
        }
    }
}
