//! Who a client is, by its certificate.
//!
//! 4.2 hands out the server's own pair to clients, and those pairs may be self-signed, a CA, or without any name, all
//! of which a strict verifier refuses. So a leaf that is *identical* to a certificate we trust is accepted as it is
//! (while it is valid), and everything else must chain up to one.
//!
//! Two kinds of leaf are none to the library: authorities, and certificates of X.509 version 1, which `openssl x509 -req`
//! made until recently for those who have an authority of their own. 4.2 took both. They must chain up to a certificate
//! that somebody has named, which [`Anchors`] looks at: the server's own, or one of the bundle. The operating system's
//! do not count there; nobody signs for the public that way.

use std::sync::Arc;

use pgo_tls::{Anchors, Purpose};
use rustls::client::danger::HandshakeSignatureValid;
use rustls::crypto::{CryptoProvider, WebPkiSupportedAlgorithms};
use rustls::pki_types::{CertificateDer, UnixTime};
use rustls::server::danger::{ClientCertVerified, ClientCertVerifier};
use rustls::server::{VerifierBuilderError, WebPkiClientVerifier};
use rustls::{DigitallySignedStruct, DistinguishedName, Error, RootCertStore, SignatureScheme};

use super::{Authorities, Identity};

#[derive(Debug)]
pub(super) struct ClientVerifier {
    trusted: Vec<CertificateDer<'static>>,
    chains: Arc<dyn ClientCertVerifier>,
    anchors: Anchors,
    algorithms: WebPkiSupportedAlgorithms,
}

impl ClientVerifier {
    pub(super) fn new(
        identity: &Identity,
        authorities: &Authorities,
        provider: &Arc<CryptoProvider>,
    ) -> Result<Self, VerifierBuilderError> {
        let algorithms = provider.signature_verification_algorithms;
        let named = identity.chain.iter().chain(&authorities.named);
        let trusted: Vec<_> = named.clone().chain(&authorities.system).cloned().collect();
        let mut roots = RootCertStore::empty();
        roots.add_parsable_certificates(trusted.iter().cloned());
        let chains =
            WebPkiClientVerifier::builder_with_provider(Arc::new(roots), Arc::clone(provider)).build()?;
        Ok(Self {
            trusted,
            chains,
            anchors: Anchors::new(named.cloned(), Purpose::Client, algorithms),
            algorithms,
        })
    }
}

impl ClientCertVerifier for ClientVerifier {
    fn client_auth_mandatory(&self) -> bool {
        false
    }

    /// No hints: a Go client whose issuer is missing from a non-empty list sends no certificate at all, and its user
    /// would see a 403 instead of a handshake error.
    fn root_hint_subjects(&self) -> &[DistinguishedName] {
        &[]
    }

    fn verify_client_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        now: UnixTime,
    ) -> Result<ClientCertVerified, Error> {
        if self.trusted.iter().any(|trusted| trusted == end_entity) {
            pgo_tls::verify_validity(end_entity, now)?;
            return Ok(ClientCertVerified::assertion());
        }
        self.chains
            .verify_client_cert(end_entity, intermediates, now)
            .or_else(|refusal| {
                self.anchors.reconsider(refusal, end_entity, intermediates, now)?;
                Ok(ClientCertVerified::assertion())
            })
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        pgo_tls::verify_tls12_signature(message, cert, dss, &self.algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        pgo_tls::verify_tls13_signature(message, cert, dss, &self.algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.algorithms.supported_schemes()
    }
}
