//! AWS KMS and STS as `moto` has them: another reading of the same documentation. (It does not look at signatures; those
//! are held against AWS's own vectors.) `tests/peers/moto/install.sh` installs it; without it this test says so and does nothing.

use std::{
    path::{Path, PathBuf},
    process::{Child, Stdio},
    time::Duration,
};

use http::Request;
use http_body_util::Full;
use peta_dial::{Dialer, Http};
use peta_roots::{Trouble, prove};

use crate::{
    weather::{is_used, uses},
    world::{Counting, INSTALL, opened, settings},
};

const SCOPE: &str =
    "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20261130/eu-central-1/kms/aws4_request, SignedHeaders=host, Signature=0";

/// It is ended with the test.
struct Moto {
    child: Child,
    http: Http,
    origin: String,
}

impl Drop for Moto {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Moto {
    async fn start() -> Option<Self> {
        let python: PathBuf = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/peers/moto/.venv/bin/python");
        if !python.is_file() {
            println!("moto is not installed (tests/peers/moto/install.sh): nothing was tested against it");
            return None;
        }
        let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        #[expect(clippy::disallowed_methods, reason = "the peer of the test")]
        let mut command = std::process::Command::new(python);
        command.args(["-m", "moto.server", "-H", "127.0.0.1", "-p", &port.to_string()]);
        let child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        let origin = format!("http://127.0.0.1:{port}");
        let dialer = Dialer::new(peta_dial::Config::default()).unwrap();
        let http = Http::new(&dialer, dialer.target(&origin).unwrap());
        let moto = Self { child, http, origin };
        // It tells nobody when it listens.
        for _ in 0..600 {
            if moto.http.send(Request::get("/moto-api/").body(Full::default()).unwrap()).await.is_ok() {
                return Some(moto);
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        panic!("moto does not come up");
    }

    async fn ask(&self, operation: &str, body: &str) -> serde_json::Value {
        let request = Request::post("/")
            .header("authorization", SCOPE)
            .header("content-type", "application/x-amz-json-1.1")
            .header("x-amz-target", format!("TrentService.{operation}"))
            .body(Full::from(body.to_owned()))
            .unwrap();
        let answer = self.http.send(request).await.unwrap();
        assert_eq!(answer.status(), 200, "{operation}");
        let body = peta_dial::read(answer.into_body(), 1 << 20).await.unwrap();
        serde_json::from_slice(&body).unwrap_or_default()
    }
}

#[tokio::test]
async fn keys_of_moto_wrap_and_unwrap() {
    let Some(moto) = Moto::start().await else { return };
    let made = moto.ask("CreateKey", "{}").await;
    let arn = made["KeyMetadata"]["Arn"].as_str().unwrap();
    let text =
        format!("root = \"aws\"\n[aws]\nkey = \"{arn}\"\nendpoint = \"{0}\"\nsts_endpoint = \"{0}\"", moto.origin);
    let keys = [("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE"), ("AWS_SECRET_ACCESS_KEY", "secret")];
    let provider = opened(&settings(&text), &keys).unwrap().provider;
    is_used(&provider).await;
    assert_eq!(prove(&provider, INSTALL, Counting(7)).await, Ok(()), "the context is looked at");

    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("token");
    std::fs::write(&file, "projected").unwrap();
    let variables = [
        ("AWS_WEB_IDENTITY_TOKEN_FILE", file.to_str().unwrap()),
        ("AWS_ROLE_ARN", "arn:aws:iam::123456789012:role/peta"),
    ];
    let lent = opened(&settings(&text), &variables).unwrap().provider;
    is_used(&lent).await;

    // (That a disabled key does nothing is in AWS's documentation, not in moto.)
    let other = text.replace(arn, "arn:aws:kms:eu-central-1:123456789012:key/00000000-0000-0000-0000-000000000000");
    let none = opened(&settings(&other), &keys).unwrap().provider;
    assert!(uses(&none).await.is_err());
    assert!(matches!(none.trouble(), Some(Trouble::NoKey(_))), "{:?}", none.trouble());
}
