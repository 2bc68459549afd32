//! TLS: nothing is sent to a host whose certificate is not that of the configured name, signed by
//! an authority that the machine, or the owner, trusts.

use std::io;
use std::path::Path;
use std::sync::Arc;

use rustls_pki_types::pem::PemObject;
use rustls_pki_types::{CertificateDer, ServerName};
use rustls_platform_verifier::BuilderVerifierExt;
use tokio::time::{Duration, timeout};
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;
use tokio_rustls::rustls::crypto::ring::default_provider;
use tokio_rustls::rustls::{CertificateError, ClientConfig, Error, RootCertStore};

use super::command::Io;
use super::reply::shown;
use crate::config::Imap;
use crate::mailbox::MailboxError;

/// Does the handshake.
///
/// # Errors
/// [`MailboxError::Tls`] where the other side can't be trusted or speaks no TLS,
/// [`MailboxError::Connection`] and [`MailboxError::Timeout`] where it is not heard.
pub(super) async fn handshake<S: Io>(
    stream: S,
    config: &Imap,
    limit: Duration,
) -> Result<TlsStream<S>, MailboxError> {
    let host = config.host.clone();
    let name = ServerName::try_from(host.clone())
        .map_err(|_| MailboxError::Tls(format!("{} is no name of a host", shown(&host))))?;
    let connector = TlsConnector::from(Arc::new(client(config.ca_file.as_deref()).await?));
    match timeout(limit, connector.connect(name, stream)).await {
        Ok(Ok(stream)) => Ok(stream),
        Ok(Err(error)) => Err(failed(&host, error)),
        Err(_) => Err(MailboxError::Timeout {
            command: format!("TLS handshake with {}", shown(&host)),
            seconds: limit.as_secs(),
        }),
    }
}

async fn client(ca_file: Option<&Path>) -> Result<ClientConfig, MailboxError> {
    let tls = |error: Error| MailboxError::Tls(format!("TLS can't be set up: {error}"));
    let builder = ClientConfig::builder_with_provider(Arc::new(default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(tls)?;
    let Some(file) = ca_file else {
        return Ok(builder.with_platform_verifier().map_err(tls)?.with_no_client_auth());
    };
    Ok(builder.with_root_certificates(authorities(file).await?).with_no_client_auth())
}

/// The only authorities that are trusted.
async fn authorities(file: &Path) -> Result<RootCertStore, MailboxError> {
    let name = shown(&file.to_string_lossy());
    let bytes = tokio::fs::read(file)
        .await
        .map_err(|error| MailboxError::Tls(format!("{name} can't be read: {error}")))?;
    let mut roots = RootCertStore::empty();
    // Bundles hold old certificates that can't be used; they are not trusted then.
    roots.add_parsable_certificates(CertificateDer::pem_slice_iter(&bytes).filter_map(Result::ok));
    if roots.is_empty() {
        return Err(MailboxError::Tls(format!("{name} holds no certificate in PEM")));
    }
    Ok(roots)
}

fn failed(host: &str, error: io::Error) -> MailboxError {
    let host = shown(host);
    let cause = error.get_ref().and_then(|it| it.downcast_ref::<Error>());
    match cause {
        Some(Error::InvalidCertificate(why)) => {
            let why = flaw(why);
            MailboxError::Tls(format!("the certificate of {host} is not to be trusted: {why}"))
        }
        Some(Error::InvalidMessage(_)) => MailboxError::Tls(format!(
            "{host} doesn't answer in TLS: is the port right, and `tls` (implicit or starttls)?"
        )),
        Some(why) => MailboxError::Tls(format!("no TLS with {host}: {}", shown(&why.to_string()))),
        None => MailboxError::Connection {
            context: format!("TLS handshake with {host}"),
            source: error,
        },
    }
}

/// What is wrong with a certificate, in words.
fn flaw(error: &CertificateError) -> String {
    match error {
        CertificateError::Expired | CertificateError::ExpiredContext { .. } => {
            "it has expired".to_owned()
        }
        CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => {
            "it is that of another host".to_owned()
        }
        // Another authority of the same name signs otherwise.
        CertificateError::UnknownIssuer | CertificateError::BadSignature => {
            "nobody who is trusted vouches for it (`ca_file` names an authority of your own)"
                .to_owned()
        }
        other => shown(&other.to_string()),
    }
}
