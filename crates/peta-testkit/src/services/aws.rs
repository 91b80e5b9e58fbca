//! AWS KMS.

use serde_json::json;

use super::{
    base64::base64,
    peer::{Kept, Reply, Seen},
};

/// An access key that it takes (it takes any).
pub const KEYS: [(&str, &str); 3] = [
    ("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE"),
    ("AWS_SECRET_ACCESS_KEY", "wJalrXUtnFEMI/K7MDENG"),
    ("AWS_SESSION_TOKEN", "session-token"),
];

fn refused(kind: &str) -> Reply {
    (400, json!({ "__type": kind, "message": "gossip" }).to_string())
}

/// Encrypts and decrypts with any key.
pub fn kms(asked: &Seen, kept: &Kept) -> Reply {
    let body = asked.json();
    let context = body["EncryptionContext"].clone();
    match asked.header("x-amz-target") {
        "TrentService.Encrypt" => {
            let mut kept = kept.lock().unwrap();
            let blob = base64(format!("blob {}", kept.len()).as_bytes(), false);
            kept.insert(blob.clone(), (body["Plaintext"].as_str().unwrap().to_owned(), context));
            (
                200,
                json!({ "CiphertextBlob": blob, "KeyId": body["KeyId"], "EncryptionAlgorithm": "SYMMETRIC_DEFAULT" })
                    .to_string(),
            )
        }
        "TrentService.Decrypt" => match kept.lock().unwrap().get(body["CiphertextBlob"].as_str().unwrap()) {
            Some((plain, to)) if *to == context => {
                (200, json!({ "Plaintext": plain, "KeyId": body["KeyId"] }).to_string())
            }
            _ => refused("InvalidCiphertextException"),
        },
        _ => refused("UnknownOperationException"),
    }
}
