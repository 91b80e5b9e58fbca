//! AWS KMS and STS as `moto` has them: another reading of the same documentation. (It does not look at signatures.)
//! `tests/peers/install.sh` installs it.

use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::{Served, raw_exchange};

const SCOPE: &str =
    "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20261130/eu-central-1/kms/aws4_request, SignedHeaders=host, Signature=0";

/// It is ended with the test.
pub struct Moto(Served);

impl Moto {
    /// Nothing where it is not installed; that is said. Where all must be tested (`CI=true`) it is a failure.
    pub async fn start() -> Option<Self> {
        let python: PathBuf = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/peers/moto/.venv/bin/python");
        if !python.is_file() {
            #[expect(clippy::disallowed_methods, reason = "whoever runs the tests says by it that all must be run")]
            let must = std::env::var("CI").is_ok_and(|value| value == "true");
            assert!(!must, "moto is not installed: run tests/peers/install.sh (make test does)");
            let text = b"moto is not installed (tests/peers/install.sh): nothing was tested against it\n";
            let _ = std::io::Write::write_all(&mut std::io::stderr(), text);
            return None;
        }
        let words = ["-m", "moto.server", "-H", "127.0.0.1", "-p", "0"].map(str::to_owned);
        let port = |line: &str| line.split_once("Running on http://127.0.0.1:")?.1.trim().parse().ok();
        Some(Self(Served::program(python, &words, &[], port).await))
    }

    pub fn origin(&self) -> String {
        self.0.url("")
    }

    /// The ARN of a new key.
    pub async fn key(&self) -> String {
        let request = format!(
            "POST / HTTP/1.1\r\nhost: 127.0.0.1\r\nconnection: close\r\nauthorization: {SCOPE}\r\n\
             content-type: application/x-amz-json-1.1\r\nx-amz-target: TrentService.CreateKey\r\ncontent-length: 2\r\n\r\n{{}}"
        );
        let answer = raw_exchange(&format!("127.0.0.1:{}", self.0.port), request.as_bytes()).await;
        let body = answer.split_once("\r\n\r\n").expect("a body").1;
        let made: Value = serde_json::from_str(body).unwrap_or_else(|error| panic!("{error}: {answer}"));
        made["KeyMetadata"]["Arn"].as_str().expect("an ARN").to_owned()
    }
}
