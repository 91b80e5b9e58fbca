use super::*;

const HEX: &str = "8f1b0c77e92d4a5566a3f0d4c1b2e3f4958671a2b3c4d5e6f708192a3b4c5d6e";
const BASE64: &str = "jxsMd+ktSlVmo/DUwbLj9JWGcaKzxNXm9wgZKjtMXW4=";

fn bytes(text: &str) -> Result<[u8; KEY], KeyTextError> {
    read(text).map(|key| key.with(|bytes| *bytes))
}

#[test]
fn both_spellings_are_the_same_key() {
    let key = bytes(HEX).unwrap();
    assert_eq!(bytes(BASE64).unwrap(), key);
    assert_eq!(bytes(&HEX.to_uppercase()).unwrap(), key);
    assert_eq!(bytes(&format!("  {HEX}\n")).unwrap(), key);
}

#[test]
fn short_long_and_odd_texts_are_refused() {
    let url = BASE64.replace('+', "-").replace('/', "_");
    for wrong in [
        &HEX[1..],
        &HEX[..32],
        &format!("{HEX}00"),
        &BASE64[..43],
        &url,
        "correct horse battery staple",
        &HEX.replace('8', "g"),
    ] {
        assert_eq!(bytes(wrong), Err(KeyTextError::Form), "{wrong}");
    }
    assert_eq!(bytes(" \n"), Err(KeyTextError::Empty));
}

#[test]
fn what_is_visibly_not_random_is_refused() {
    for weak in ["00".repeat(32), "0123456789abcdef".repeat(4), "deadbeef".repeat(8)] {
        assert_eq!(bytes(&weak), Err(KeyTextError::Weak), "{weak}");
    }
    let passphrase = base64::encode(b"this is my secret passphrase, ok", Alphabet::Standard);
    assert_eq!(bytes(&passphrase), Err(KeyTextError::Weak));
}

#[test]
fn errors_never_say_what_stands_there() {
    let said = format!("{:?}", bytes("hunter2-hunter2").unwrap_err());
    assert!(!said.contains("hunter2"));
}
