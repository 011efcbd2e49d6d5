//! TLS by rustls with libpq's `sslmode` meanings.
//!
//! Source: the PostgreSQL documentation, section "SSL Support" of libpq: `require` encrypts and, without a root
//! certificate, verifies nothing; `verify-ca` checks who signed; `verify-full` also checks the name.

use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, OnceLock};

use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::client::{WebPkiServerVerifier, verify_server_cert_signed_by_trust_anchor};
use rustls::crypto::{CryptoProvider, ring, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName, UnixTime};
use rustls::server::ParsedCertificate;
use rustls::{
    CertificateError, ClientConfig, DigitallySignedStruct, RootCertStore, SignatureScheme,
};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio_postgres::config::SslMode;
use tokio_postgres::tls::{MakeTlsConnect, TlsConnect};
use tokio_postgres_rustls::MakeRustlsConnect;

use super::target::{Target, Verification};
use crate::error::{Error, Kind, Result};

/// Makes TLS sessions; also used where none is made, so that every session has one type. Providers of cryptography and
/// certificates are loaded when a server offers TLS, or at once where a target asks for what may be missing.
#[derive(Clone)]
pub(super) struct Connector {
    target: Target,
    made: Arc<OnceLock<MakeRustlsConnect>>,
}

impl Connector {
    /// The connector for a target's `sslmode`, `sslrootcert`, `sslcert` and `sslkey`.
    ///
    /// # Errors
    /// When a certificate or key cannot be read.
    pub(super) fn new(target: &Target) -> Result<Self> {
        let connector = Self {
            target: target.clone(),
            made: Arc::default(),
        };
        let has_client = target.client_certificate.is_some() || target.client_key.is_some();
        match target.config.get_ssl_mode() {
            SslMode::Disable => {}
            SslMode::Prefer if !has_client => {}
            _ => drop(connector.made()?),
        }
        Ok(connector)
    }

    fn made(&self) -> Result<MakeRustlsConnect> {
        if let Some(made) = self.made.get() {
            return Ok(made.clone());
        }
        let made = make(&self.target)?;
        Ok(self.made.get_or_init(|| made).clone())
    }
}

impl<S> MakeTlsConnect<S> for Connector
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    type Stream = <MakeRustlsConnect as MakeTlsConnect<S>>::Stream;
    type TlsConnect = Handshake;
    type Error = Error;

    fn make_tls_connect(&mut self, host: &str) -> Result<Handshake> {
        Ok(Handshake {
            connector: self.clone(),
            host: host.to_owned(),
        })
    }
}

/// A TLS session to be made with one host.
pub(super) struct Handshake {
    connector: Connector,
    host: String,
}

impl<S> TlsConnect<S> for Handshake
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    type Stream = <MakeRustlsConnect as MakeTlsConnect<S>>::Stream;
    type Error = Box<dyn std::error::Error + Send + Sync>;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Stream, Self::Error>> + Send>>;

    fn connect(self, stream: S) -> Self::Future {
        Box::pin(async move {
            let mut made = self.connector.made()?;
            let handshake = MakeTlsConnect::<S>::make_tls_connect(&mut made, &self.host)?;
            Ok(handshake.connect(stream).await?)
        })
    }
}

/// What rustls needs for a target.
///
/// # Errors
/// When a certificate or key cannot be read.
fn make(target: &Target) -> Result<MakeRustlsConnect> {
    let provider = Arc::new(ring::default_provider());
    let builder = ClientConfig::builder_with_provider(Arc::clone(&provider))
        .with_safe_default_protocol_versions()
        .map_err(|error| Error::new(Kind::Bug, "TLS cannot be set up").because(error))?;
    let builder = match target.verification {
        Verification::None => {
            let roots = None;
            builder
                .dangerous()
                .with_custom_certificate_verifier(Arc::new(Lenient { roots, provider }))
        }
        Verification::Authority => {
            let roots = Some(roots(target)?);
            builder
                .dangerous()
                .with_custom_certificate_verifier(Arc::new(Lenient { roots, provider }))
        }
        Verification::Full => {
            let verifier =
                WebPkiServerVerifier::builder_with_provider(Arc::new(roots(target)?), provider)
                    .build()
                    .map_err(|error| unusable("root certificates", "sslrootcert", &error))?;
            builder.with_webpki_verifier(verifier)
        }
    };
    let config = match (&target.client_certificate, &target.client_key) {
        (None, None) => builder.with_no_client_auth(),
        (Some(certificate), Some(key)) => {
            let chain = CertificateDer::pem_file_iter(certificate)
                .and_then(Iterator::collect)
                .map_err(|error| unusable(certificate, "sslcert", &error))?;
            let key = PrivateKeyDer::from_pem_file(key)
                .map_err(|error| unusable(key, "sslkey", &error))?;
            builder
                .with_client_auth_cert(chain, key)
                .map_err(|error| unusable(certificate, "sslcert", &error))?
        }
        _ => {
            return Err(Error::new(
                Kind::Usage,
                "a client certificate needs both `sslcert` and `sslkey`",
            )
            .hint("give both in the database URL, or set both PGSSLCERT and PGSSLKEY"));
        }
    };
    Ok(MakeRustlsConnect::new(config))
}

/// The roots of `sslrootcert`, or the system's when it is absent or `system`.
fn roots(target: &Target) -> Result<RootCertStore> {
    let mut roots = RootCertStore::empty();
    match target.root_certificate.as_deref() {
        None | Some("system") => {
            let (found, _) =
                roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
            if found == 0 {
                return Err(Error::database("the system has no root certificates")
                    .because("`sslmode` asks to verify the server and no `sslrootcert` is given")
                    .hint("install the ca-certificates package, or give `sslrootcert=FILE` in the database URL"));
            }
        }
        Some(file) => {
            for certificate in CertificateDer::pem_file_iter(file)
                .map_err(|error| unusable(file, "sslrootcert", &error))?
            {
                let certificate =
                    certificate.map_err(|error| unusable(file, "sslrootcert", &error))?;
                roots
                    .add(certificate)
                    .map_err(|error| unusable(file, "sslrootcert", &error))?;
            }
        }
    }
    Ok(roots)
}

fn unusable(file: &str, key: &str, error: &dyn std::fmt::Display) -> Error {
    Error::database(format!("{file} cannot be used for TLS"))
        .because(error)
        .hint(format!(
            "check `{key}` in the database URL: a readable file in PEM format"
        ))
}

/// Checks less than rustls does by itself: with roots, who signed the certificate but not the server's name; without,
/// nothing at all, as libpq does for `prefer` and `require`.
#[derive(Debug)]
struct Lenient {
    roots: Option<RootCertStore>,
    provider: Arc<CryptoProvider>,
}

impl ServerCertVerifier for Lenient {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        let Some(roots) = &self.roots else {
            return Ok(ServerCertVerified::assertion());
        };
        let certificate = ParsedCertificate::try_from(end_entity)
            .map_err(|_| rustls::Error::InvalidCertificate(CertificateError::BadEncoding))?;
        verify_server_cert_signed_by_trust_anchor(
            &certificate,
            roots,
            intermediates,
            now,
            self.provider.signature_verification_algorithms.all,
        )?;
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls12_signature(
            message,
            certificate,
            signature,
            &self.provider.signature_verification_algorithms,
        )
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls13_signature(
            message,
            certificate,
            signature,
            &self.provider.signature_verification_algorithms,
        )
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider
            .signature_verification_algorithms
            .supported_schemes()
    }
}
