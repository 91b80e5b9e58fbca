use super::*;

const VECTORS: [&str; 3] = [
    "peta_st_000000000000000000000000000000000000000000024UnMJ",
    "peta_st_003aUlTJC7tjlCTQj2uNU3MFagCXG9LRKRcwGkBIDlf1gcrlr",
    "peta_ac_yhjskwdA6OZ1AL1YmHWZWm8LLG7HjnuCA2j5rOw8Xp11UgYzp",
];
const HASH_OF_SECOND: &str = "816d938bf4006c1dbfee69a732395e71a7059b2bea0d9a928fecaf2b6a6dacdc";

fn counting() -> [u8; 32] {
    std::array::from_fn(|at| u8::try_from(at).unwrap())
}

#[test]
fn known_vectors() {
    // Computed independently, with big integers and zlib's crc32.
    let cases = [
        (TokenKind::Service, [0; 32], VECTORS[0]),
        (TokenKind::Service, counting(), VECTORS[1]),
        (TokenKind::Admin, [255; 32], VECTORS[2]),
    ];
    for (kind, random, text) in cases {
        let token = mint(kind, random);
        assert_eq!(token.reveal(), text);
        assert_eq!(token.kind(), kind);
        assert_eq!(recognise(text), Ok(Claim { kind, hash: token.hash() }));
    }
}

#[test]
fn hash_is_sha256_of_the_whole_text() {
    let hash = recognise(VECTORS[1]).unwrap().hash;
    let hex: String = hash.iter().map(|byte| format!("{byte:02x}")).collect();
    assert_eq!(hex, HASH_OF_SECOND);
}

#[test]
fn any_changed_character_is_noticed() {
    let text = mint(TokenKind::Service, counting()).reveal().to_owned();
    for at in 0..text.len() {
        let mut changed = text.clone().into_bytes();
        changed[at] = if changed[at] == b'x' { b'y' } else { b'x' };
        assert!(recognise(&String::from_utf8(changed).unwrap()).is_err(), "at {at}");
    }
}

#[test]
fn other_texts_are_refused() {
    let good = mint(TokenKind::Service, counting()).reveal().to_owned();
    let admin_dress = good.replacen("_st_", "_ac_", 1);
    let cases = [
        ("", TokenError::Form),
        ("peta_st_", TokenError::Form),
        ("Bearer x", TokenError::Form),
        (&good[1..], TokenError::Form),
        (&good[..good.len() - 1], TokenError::Form),
        (&format!("{good}0"), TokenError::Form),
        (&format!("{good} "), TokenError::Form),
        (&good.to_uppercase(), TokenError::Form),
        (&admin_dress, TokenError::Checksum),
        (&"é".repeat(30), TokenError::Form),
        (&format!("peta_st_{}", "é".repeat(25)), TokenError::Form),
        (&"a".repeat(513), TokenError::TooLong),
        (&"a".repeat(512), TokenError::Form),
    ];
    for (text, why) in cases {
        assert_eq!(recognise(text), Err(why), "{text}");
        assert_eq!(why.code(), Code::TOKEN_INVALID);
    }
}

#[test]
fn the_whole_range_fits() {
    assert_eq!(mint(TokenKind::Admin, [255; 32]).reveal().len(), 57);
    assert_eq!(mint(TokenKind::Admin, [0; 32]).reveal().len(), 57);
}
