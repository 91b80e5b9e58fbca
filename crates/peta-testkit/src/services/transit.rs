//! Transit of Vault and OpenBao.

use serde_json::{Value, json};

use super::{
    base64::base64,
    peer::{Kept, Reply, Seen},
};

/// What Core proves itself with.
pub const TOKEN: &str = "hvs.CAESIsecret";

fn refused(status: u16, error: &str) -> Reply {
    (status, json!({ "errors": [error] }).to_string())
}

/// Keeps what it is given, with what it is bound to.
fn transit(asked: &Seen, kept: &Kept, binds: bool) -> Reply {
    if asked.header("x-vault-token") != TOKEN {
        return refused(403, "permission denied");
    }
    let body = asked.json();
    let bound = if binds { json!([body["associated_data"], body["context"]]) } else { Value::Null };
    match asked.path.as_str() {
        "/v1/team/transit/encrypt/peta" => {
            let mut kept = kept.lock().unwrap();
            let ciphertext = format!("vault:v1:{}", base64(format!("number {}", kept.len()).as_bytes(), false));
            kept.insert(ciphertext.clone(), (body["plaintext"].as_str().unwrap().to_owned(), bound));
            (200, json!({ "data": { "ciphertext": ciphertext, "key_version": 1 } }).to_string())
        }
        "/v1/team/transit/decrypt/peta" => match kept.lock().unwrap().get(body["ciphertext"].as_str().unwrap()) {
            Some((plaintext, to)) if *to == bound => (200, json!({ "data": { "plaintext": plaintext } }).to_string()),
            Some(_) => refused(400, "cipher: message authentication failed"),
            None => refused(400, "invalid ciphertext: unable to decrypt"),
        },
        _ => refused(404, "no handler for route"),
    }
}

/// Transit as it is, mounted at `team/transit`, with the key `peta`.
pub fn bound(asked: &Seen, kept: &Kept) -> Reply {
    transit(asked, kept, true)
}

/// One that passes over what it should bind to.
pub fn unbound(asked: &Seen, kept: &Kept) -> Reply {
    transit(asked, kept, false)
}
