//! TLS towards others: one provider (aws-lc-rs), the system's roots, and one file of more of them if configured.

use std::{path::Path, sync::Arc};

use rustls::{ClientConfig, RootCertStore, crypto::aws_lc_rs::default_provider};
use rustls_pki_types::{CertificateDer, pem::PemObject};

#[derive(Debug, thiserror::Error)]
pub(crate) enum TlsError {
    #[error("the file of certificate authorities cannot be read: {0}")]
    File(#[from] rustls_pki_types::pem::Error),
    #[error("the file of certificate authorities holds one that is not usable: {0}")]
    Certificate(rustls::Error),
    #[error("the file of certificate authorities holds none")]
    Empty,
    #[error("TLS cannot be set up: {0}")]
    Setup(rustls::Error),
}

/// One that trusts these authorities in PEM, and no other.
pub(crate) fn trusting(authorities: &[u8]) -> Result<Arc<ClientConfig>, TlsError> {
    let mut roots = RootCertStore::empty();
    for certificate in CertificateDer::pem_slice_iter(authorities) {
        roots.add(certificate?).map_err(TlsError::Certificate)?;
    }
    if roots.is_empty() { Err(TlsError::Empty) } else { config(roots) }
}

pub(crate) fn client(extra: Option<&Path>) -> Result<Arc<ClientConfig>, TlsError> {
    let mut roots = RootCertStore::empty();
    let found = rustls_native_certs::load_native_certs();
    let (usable, _) = roots.add_parsable_certificates(found.certs);
    if let Some(file) = extra {
        for certificate in CertificateDer::pem_file_iter(file)? {
            roots.add(certificate?).map_err(TlsError::Certificate)?;
        }
    }
    if roots.is_empty() {
        tracing::warn!(usable, "no certificate authority is known: servers over https cannot be reached");
    }
    config(roots)
}

fn config(roots: RootCertStore) -> Result<Arc<ClientConfig>, TlsError> {
    let config = ClientConfig::builder_with_provider(Arc::new(default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(TlsError::Setup)?;
    Ok(Arc::new(config.with_root_certificates(roots).with_no_client_auth()))
}
