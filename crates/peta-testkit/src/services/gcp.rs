//! Google Cloud KMS.

use crc::{CRC_32_ISCSI, Crc};
use serde_json::json;

use super::{
    base64::base64,
    peer::{Kept, Reply, Seen},
};

/// Its one key.
pub const KEY: &str = "projects/p-1/locations/europe-west3/keyRings/peta/cryptoKeys/root";
/// What Core proves itself with.
pub const TOKEN: &str = "ya29.secret";

fn refused(code: u16, status: &str, message: &str) -> Reply {
    (code, json!({ "error": { "code": code, "message": message, "status": status } }).to_string())
}

/// Encrypts and decrypts, and holds the checksums against what came.
pub fn kms(asked: &Seen, kept: &Kept) -> Reply {
    if asked.header("authorization") != format!("Bearer {TOKEN}") {
        return refused(401, "UNAUTHENTICATED", "gossip");
    }
    let body = asked.json();
    let bound = json!([body["additionalAuthenticatedData"], body["additionalAuthenticatedDataCrc32c"]]);
    let verb = asked.path.strip_prefix(&format!("/v1/{KEY}:")).unwrap();
    let crc = Crc::<u32>::new(&CRC_32_ISCSI);
    if verb == "encrypt" {
        let mut kept = kept.lock().unwrap();
        let blob = format!("blob {}", kept.len());
        let ciphertext = base64(blob.as_bytes(), false);
        let plain = json!([body["plaintext"], body["plaintextCrc32c"]]).to_string();
        kept.insert(ciphertext.clone(), (plain, bound));
        let answer = json!({
            "name": format!("{KEY}/cryptoKeyVersions/1"), "ciphertext": ciphertext,
            "ciphertextCrc32c": crc.checksum(blob.as_bytes()).to_string(),
            "verifiedPlaintextCrc32c": true, "verifiedAdditionalAuthenticatedDataCrc32c": true,
            "protectionLevel": "HSM",
        });
        return (200, answer.to_string());
    }
    match kept.lock().unwrap().get(body["ciphertext"].as_str().unwrap()) {
        Some((plain, to)) if *to == bound => {
            let [plain, sum]: [String; 2] = serde_json::from_str(plain).unwrap();
            (200, json!({ "plaintext": plain, "plaintextCrc32c": sum, "usedPrimary": true }).to_string())
        }
        _ => refused(400, "INVALID_ARGUMENT", "Decryption failed: verify that 'name' refers to the correct CryptoKey."),
    }
}
