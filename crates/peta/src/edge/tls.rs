//! TLS of the listener: certificate and key from the files of `[tls]`.

use std::{path::Path, sync::Arc};

use peta_model::Code;
use rustls::{
    ServerConfig,
    pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject as _},
};
use tokio_rustls::TlsAcceptor;

use crate::{config::Tls, fault::Fault};

/// What ends TLS, if it is configured.
pub(crate) fn acceptor(config: &Tls) -> Result<Option<TlsAcceptor>, Fault> {
    let Some((cert, key)) = config.files() else { return Ok(None) };
    let chain: Vec<CertificateDer<'static>> = CertificateDer::pem_file_iter(cert)
        .and_then(Iterator::collect)
        .map_err(|error| unusable("tls.cert", cert, &error.to_string()))?;
    if chain.is_empty() {
        return Err(unusable("tls.cert", cert, "it holds no certificate"));
    }
    let private = PrivateKeyDer::from_pem_file(key).map_err(|error| unusable("tls.key", key, &error.to_string()))?;
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let mut server = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .and_then(|builder| builder.with_no_client_auth().with_single_cert(chain, private))
        .map_err(|error| unusable("tls.key", key, &error.to_string()))?;
    server.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    Ok(Some(TlsAcceptor::from(Arc::new(server))))
}

fn unusable(setting: &str, path: &Path, why: &str) -> Fault {
    Fault::new(
        Code::CONFIG_INVALID,
        format!("the file `{}` of the setting `{setting}` cannot be used: {why}", path.display()),
        "[tls] needs two PEM files: `cert` with the certificate chain and `key` with its private key",
    )
}
