use aws_lc_rs::{
    encoding::{AsDer, Pkcs8V1Der},
    signature::{ECDSA_P256_SHA256_FIXED, ED25519, KeyPair, UnparsedPublicKey, VerificationAlgorithm},
};
use peta_model::Moment;

use super::*;

fn pem(der: &[u8]) -> Secret {
    Secret::new(format!("-----BEGIN PRIVATE KEY-----\n{}\n-----END PRIVATE KEY-----\n", base64::standard(der).as_str()))
}

fn bytes_of(part: &str) -> Vec<u8> {
    base64::read(&part.replace('-', "+").replace('_', "/")).unwrap().to_vec()
}

fn check(key: &SigningKey, algorithm: &'static dyn VerificationAlgorithm, public: &[u8]) -> serde_json::Value {
    let fresh = Fresh::new(Moment::from_micros(1_700_000_000_500_000), [7; 32]);
    let jwt = assertion(key, "peta", "https://as.example.com", &fresh).unwrap();
    let (signed, signature) = jwt.reveal().rsplit_once('.').unwrap();
    UnparsedPublicKey::new(algorithm, public).verify(signed.as_bytes(), &bytes_of(signature)).unwrap();
    let (header, claims) = signed.split_once('.').unwrap();
    let claims: serde_json::Value = serde_json::from_slice(&bytes_of(claims)).unwrap();
    assert_eq!((&claims["iss"], &claims["sub"]), (&"peta".into(), &"peta".into()));
    assert_eq!((&claims["aud"], &claims["iat"]), (&"https://as.example.com".into(), &1_700_000_000_i64.into()));
    assert_eq!(claims["exp"], 1_700_000_060_i64);
    serde_json::from_slice(&bytes_of(header)).unwrap()
}

#[test]
fn es256_is_verified_by_its_public_key() {
    let pair = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).unwrap();
    let der = pair.to_pkcs8v1().unwrap();
    let key = SigningKey::new(pem(der.as_ref()), Some("one".to_owned())).unwrap();
    let header = check(&key, &ECDSA_P256_SHA256_FIXED, pair.public_key().as_ref());
    assert_eq!((&header["alg"], &header["kid"]), (&"ES256".into(), &"one".into()));
}

#[test]
fn eddsa_is_verified_by_its_public_key() {
    let pair = Ed25519KeyPair::generate().unwrap();
    let der: Pkcs8V1Der<'_> = pair.as_der().unwrap();
    let key = SigningKey::new(pem(der.as_ref()), None).unwrap();
    let header = check(&key, &ED25519, pair.public_key().as_ref());
    assert_eq!((&header["alg"], header.get("kid")), (&"EdDSA".into(), None));
}

#[test]
fn other_keys_are_refused_and_never_told() {
    for text in ["", "secret", "-----BEGIN PRIVATE KEY-----\nsecret\n-----END PRIVATE KEY-----"] {
        let refused = SigningKey::new(Secret::from(text), None).unwrap_err();
        assert!(matches!(refused, Error::BadKey) && !format!("{refused:?} {refused}").contains("secret"));
    }
}
