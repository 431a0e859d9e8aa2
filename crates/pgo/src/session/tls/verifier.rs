//! Which server is believed.
//!
//! The certificates in the field are odd: version 4.2's installers hand out one self-signed certificate, an authority
//! without names, people with an authority of their own have certificates of X.509 version 1, and users reach the server
//! by a forwarded port. Version 4.2 itself verified nothing. So:
//!
//! 1. A certificate that is itself, byte by byte, in the file of trusted certificates is believed, of whatever kind it is.
//! 2. Otherwise a chain must lead to that file or to the system's authorities; from an authority's own certificate and
//!    from one of version 1, which the library takes for no leaves, to that file alone ([`Anchors`] looks at those),
//! 3. and the certificate must be for the name that was dialled, unless it is for no name at all, as one of version 1.
//!
//! In any case the server must have the key of the certificate.

use std::sync::OnceLock;

use pgo_tls::{Anchors, Purpose};
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::client::{verify_server_cert_signed_by_trust_anchor, verify_server_name};
use rustls::crypto::WebPkiSupportedAlgorithms;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::server::ParsedCertificate;
use rustls::{CertificateError, DigitallySignedStruct, Error, RootCertStore, SignatureScheme};

/// The rules above.
#[derive(Debug)]
pub(super) struct Verifier {
    pinned: Vec<CertificateDer<'static>>,
    own: RootCertStore,
    /// The same as `own`, for leaves that the library refuses.
    anchors: Anchors,
    /// Read only when the own authorities do not do: it takes longer than a request.
    system: OnceLock<RootCertStore>,
    trusts_system: bool,
    verifies: bool,
    algorithms: WebPkiSupportedAlgorithms,
}

impl Verifier {
    /// Believes what these certificates vouch for.
    pub(super) fn new(authorities: Vec<CertificateDer<'static>>, trusts_system: bool) -> Self {
        let algorithms = rustls::crypto::aws_lc_rs::default_provider().signature_verification_algorithms;
        let mut own = RootCertStore::empty();
        own.add_parsable_certificates(authorities.iter().cloned());
        Self {
            own,
            anchors: Anchors::new(authorities.iter().cloned(), Purpose::Server, algorithms),
            pinned: authorities,
            system: OnceLock::new(),
            trusts_system,
            verifies: true,
            algorithms,
        }
    }

    /// Believes everybody, as version 4.2 did.
    pub(super) fn credulous() -> Self {
        Self {
            verifies: false,
            ..Self::new(Vec::new(), false)
        }
    }

    fn system(&self) -> &RootCertStore {
        self.system.get_or_init(|| {
            let mut roots = RootCertStore::empty();
            roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
            roots
        })
    }

    fn verify_chain(
        &self,
        certificate: &ParsedCertificate<'_>,
        intermediates: &[CertificateDer<'_>],
        now: UnixTime,
    ) -> Result<(), Error> {
        let verify = |roots| {
            let algorithms = self.algorithms.all;
            verify_server_cert_signed_by_trust_anchor(certificate, roots, intermediates, now, algorithms)
        };
        match verify(&self.own) {
            Err(Error::InvalidCertificate(CertificateError::UnknownIssuer)) if self.trusts_system => {
                verify(self.system())
            }
            verified => verified,
        }
    }
}

impl ServerCertVerifier for Verifier {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        _ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        if !self.verifies || self.pinned.iter().any(|pinned| pinned == end_entity) {
            return Ok(ServerCertVerified::assertion());
        }
        let reconsider = |refusal| self.anchors.reconsider(refusal, end_entity, intermediates, now);
        let certificate = match ParsedCertificate::try_from(end_entity) {
            Ok(certificate) => certificate,
            // Of version 1, or refused for good: there are no names to look at.
            Err(refusal) => return reconsider(refusal).map(|()| ServerCertVerified::assertion()),
        };
        self.verify_chain(&certificate, intermediates, now)
            .or_else(reconsider)?;
        match verify_server_name(&certificate, server_name) {
            Err(Error::InvalidCertificate(CertificateError::NotValidForNameContext {
                presented, ..
            })) if presented.is_empty() => {}
            verified => verified?,
        }
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        pgo_tls::verify_tls12_signature(message, certificate, signature, &self.algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        pgo_tls::verify_tls13_signature(message, certificate, signature, &self.algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.algorithms.supported_schemes()
    }
}
