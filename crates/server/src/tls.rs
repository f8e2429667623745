//! TLS from certificate files, read again when they change.

use parking_lot::RwLock;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, SystemTime};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};

/// How often the files are looked at.
const RELOAD_INTERVAL: Duration = Duration::from_secs(1);

/// Why certificate files cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    #[error("failed to read the certificate or key {path}: {reason}", path = .path.display())]
    File { path: PathBuf, reason: String },
    #[error("failed to use the certificate and key together: {0}")]
    Pair(String),
}

/// The certificate in use.
#[derive(Debug)]
pub struct Tls {
    certificate: PathBuf,
    key: PathBuf,
    config: RwLock<Arc<ServerConfig>>,
}

impl Tls {
    /// Reads the files (PEM; the certificate may be a chain).
    pub fn load(certificate: &Path, key: &Path) -> Result<Arc<Self>, TlsError> {
        let config = RwLock::new(read(certificate, key)?);
        Ok(Arc::new(Self { certificate: certificate.to_owned(), key: key.to_owned(), config }))
    }

    /// Accepts connections with the certificate in use now.
    pub fn acceptor(&self) -> TlsAcceptor {
        TlsAcceptor::from(self.config.read().clone())
    }

    /// Watches the files for ever. A pair that cannot be used is reported and the old one kept.
    pub async fn reload_when_changed(self: Arc<Self>) {
        let mut seen = self.changed();
        loop {
            tokio::time::sleep(RELOAD_INTERVAL).await;
            let now = self.changed();
            if now == seen {
                continue;
            }
            match read(&self.certificate, &self.key) {
                Ok(config) => {
                    *self.config.write() = config;
                    seen = now;
                    tracing::info!("the TLS certificate was read again");
                }
                // The other file of the pair may still be on its way.
                Err(error) => tracing::warn!(%error, "keeping the TLS certificate in use"),
            }
        }
    }

    fn changed(&self) -> [Option<SystemTime>; 2] {
        [&self.certificate, &self.key]
            .map(|path| std::fs::metadata(path).and_then(|metadata| metadata.modified()).ok())
    }
}

fn read(certificate: &Path, key: &Path) -> Result<Arc<ServerConfig>, TlsError> {
    let file = |path: &Path, reason: String| TlsError::File { path: path.to_owned(), reason };
    let chain = CertificateDer::pem_file_iter(certificate)
        .and_then(Iterator::collect::<Result<Vec<_>, _>>)
        .map_err(|error| file(certificate, error.to_string()))?;
    if chain.is_empty() {
        return Err(file(certificate, "it holds no certificate".to_owned()));
    }
    let private =
        PrivateKeyDer::from_pem_file(key).map_err(|error| file(key, error.to_string()))?;
    let mut config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(|error| TlsError::Pair(error.to_string()))?
        .with_no_client_auth()
        .with_single_cert(chain, private)
        .map_err(|error| TlsError::Pair(error.to_string()))?;
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    Ok(Arc::new(config))
}
