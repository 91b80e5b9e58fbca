//! A certificate authority of a test's own, made by `openssl`.

use std::{
    path::{Path, PathBuf},
    process::Command,
    sync::Arc,
};

use tempfile::TempDir;
use tokio_rustls::{
    TlsAcceptor,
    rustls::{
        ServerConfig,
        crypto::aws_lc_rs::default_provider,
        pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject as _},
    },
};

pub struct Authority(TempDir);

impl Default for Authority {
    fn default() -> Self {
        Self::new()
    }
}

impl Authority {
    pub fn new() -> Self {
        let folder = tempfile::Builder::new().prefix("peta-ca-").tempdir().expect("a temporary folder");
        let new =
            ["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "30"];
        let named = ["-subj", "/CN=an authority of the tests", "-keyout", "ca.key", "-out", "ca.pem"];
        openssl(folder.path(), &[new.as_slice(), &named].concat());
        Self(folder)
    }

    /// Its own certificate.
    pub fn file(&self) -> PathBuf {
        self.0.path().join("ca.pem")
    }

    pub fn pem(&self) -> String {
        std::fs::read_to_string(self.file()).expect("its certificate")
    }

    /// A server's certificate and key in this folder.
    pub fn server(&self, folder: &Path, name: &str) -> (PathBuf, PathBuf) {
        let (cert, key) = (folder.join("server.pem"), folder.join("server.key"));
        let (ca, ca_key) = (self.file(), self.0.path().join("ca.key"));
        let text = |path: &Path| path.to_str().expect("UTF-8").to_owned();
        let (cert_text, key_text, ca, ca_key) = (text(&cert), text(&key), text(&ca), text(&ca_key));
        let (subject, names) = (format!("/CN={name}"), format!("subjectAltName=DNS:{name},IP:127.0.0.1"));
        let words = [
            "req",
            "-x509",
            "-newkey",
            "ec",
            "-pkeyopt",
            "ec_paramgen_curve:prime256v1",
            "-nodes",
            "-days",
            "30",
            "-CA",
            &ca,
            "-CAkey",
            &ca_key,
            "-subj",
            &subject,
            "-addext",
            &names,
            "-addext",
            "basicConstraints=critical,CA:FALSE",
            "-keyout",
            &key_text,
            "-out",
            &cert_text,
        ];
        openssl(folder, &words);
        (cert, key)
    }

    /// What takes TLS connections for a server of this name.
    pub fn acceptor(&self, name: &str) -> TlsAcceptor {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let (cert, key) = self.server(folder.path(), name);
        let chain =
            CertificateDer::pem_file_iter(cert).expect("a file").map(|cert| cert.expect("a certificate")).collect();
        let key = PrivateKeyDer::from_pem_file(key).expect("a key");
        let config = ServerConfig::builder_with_provider(Arc::new(default_provider()));
        let config = config.with_safe_default_protocol_versions().expect("versions").with_no_client_auth();
        TlsAcceptor::from(Arc::new(config.with_single_cert(chain, key).expect("key and certificate")))
    }
}

fn openssl(folder: &Path, words: &[&str]) {
    #[expect(clippy::disallowed_methods, reason = "a tool of the tests")]
    let ran = Command::new("openssl").args(words).current_dir(folder).output().expect("openssl");
    assert!(ran.status.success(), "openssl {words:?}: {}", String::from_utf8_lossy(&ran.stderr));
}
