use super::*;

fn says(text: &str) -> Vec<u8> {
    said(text.as_bytes()).to_vec()
}

#[test]
fn escapes_say_what_json_says() {
    for text in [r#"a\"b\\c\/d\b\f\n\r\t"#, r"\u0041\u00e9\u20ac", r"\ud83d\ude00x", "é€😀", ""] {
        let expected: String = serde_json::from_str(&format!("\"{text}\"")).unwrap();
        assert_eq!(says(text), expected.as_bytes(), "{text}");
    }
}

#[test]
fn what_is_no_escape_says_what_lenient_readers_take_it_for() {
    assert_eq!(says(r"\x41\'"), b"x41'");
    assert_eq!(says(r"\u00g1"), b"u00g1");
    assert_eq!(says("\\"), b"\\");
    assert_eq!(says(r"a\u00"), b"au00");
    // Half a character is none, and what follows is read.
    assert_eq!(says(r"\ud83dx"), b"\xed\xa0\xbdx");
    assert_eq!(says(r"\ud83d\u0041"), b"\xed\xa0\xbdA");
    assert_eq!(says(r"\ude00"), b"\xed\xb8\x80");
}

#[test]
fn an_escape_that_breaks_off_waits() {
    let whole = br"\ud83d\ude00";
    for length in 1..whole.len() {
        assert_eq!(read(&whole[..length]), Unit::More, "{length}");
    }
    assert!(matches!(read(whole), Unit::Says { taken: 12, said } if said.bytes() == "😀".as_bytes()));
    assert_eq!(whole.len(), LONGEST);
}
