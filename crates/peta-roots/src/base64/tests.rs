use super::*;

#[test]
fn the_vectors_of_rfc_4648() {
    let vectors = [
        ("", ""),
        ("f", "Zg=="),
        ("fo", "Zm8="),
        ("foo", "Zm9v"),
        ("foob", "Zm9vYg=="),
        ("fooba", "Zm9vYmE="),
        ("foobar", "Zm9vYmFy"),
    ];
    for (plain, coded) in vectors {
        assert_eq!(encode(plain.as_bytes(), Alphabet::Standard).as_str(), coded);
        assert_eq!(decode(coded, Alphabet::Standard).unwrap().as_slice(), plain.as_bytes());
        let bare = coded.trim_end_matches('=');
        assert_eq!(encode(plain.as_bytes(), Alphabet::Url).as_str(), bare);
        assert_eq!(decode(bare, Alphabet::Url).unwrap().as_slice(), plain.as_bytes());
    }
}

#[test]
fn all_letters_come_back() {
    let bytes: Vec<u8> = (0..=255).collect();
    for alphabet in [Alphabet::Standard, Alphabet::Url] {
        assert_eq!(decode(&encode(&bytes, alphabet), alphabet).unwrap().as_slice(), bytes);
    }
    assert_eq!(encode(&[0xfb, 0xff], Alphabet::Standard).as_str(), "+/8=");
    assert_eq!(encode(&[0xfb, 0xff], Alphabet::Url).as_str(), "-_8");
}

#[test]
fn other_spellings_are_refused() {
    for wrong in ["Zg", "Zg=", "Zg===", "Zh==", "Zm9=", "Z===", "Zg==Zg==", "Z g=", "-_8=", "=", "====", "Zm9v\n"] {
        assert!(decode(wrong, Alphabet::Standard).is_none(), "{wrong}");
    }
    for wrong in ["Z", "Zg==", "Zh", "+/8", "Zm9v="] {
        assert!(decode(wrong, Alphabet::Url).is_none(), "{wrong}");
    }
}
