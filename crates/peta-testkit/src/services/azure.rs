//! Azure Key Vault.

use serde_json::json;

use super::{
    base64::base64,
    peer::{Kept, Reply, Seen},
};

/// What Core proves itself with.
pub const TOKEN: &str = "eyJ0eXAi.secret";
const VERSION: &str = "0698c2156c1a4e1da5b6bab6f6422fd6";

fn refused(status: u16, code: &str) -> Reply {
    (status, json!({ "error": { "code": code, "message": "gossip" } }).to_string())
}

/// A vault with one key, `root`.
pub fn vault(asked: &Seen, kept: &Kept) -> Reply {
    if asked.header("authorization") != format!("Bearer {TOKEN}") {
        return refused(401, "Unauthorized");
    }
    let body = asked.json();
    let kid = format!("https://peta.vault.azure.net/keys/root/{VERSION}");
    let value = body["value"].as_str().unwrap();
    let told = |value: &str| (200, json!({ "kid": kid, "value": value }).to_string());
    if asked.path == "/keys/root/wrapkey?api-version=7.4" {
        let mut kept = kept.lock().unwrap();
        let wrapped = base64(format!("wrapped {}", kept.len()).as_bytes(), true);
        kept.insert(wrapped.clone(), (value.to_owned(), body["alg"].clone()));
        return told(&wrapped);
    }
    assert_eq!(asked.path, format!("/keys/root/{VERSION}/unwrapkey?api-version=7.4"));
    match kept.lock().unwrap().get(value) {
        Some((plain, algorithm)) if *algorithm == body["alg"] => told(plain),
        _ => refused(400, "BadParameter"),
    }
}
