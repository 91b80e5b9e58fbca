use super::*;

#[test]
fn pieces_are_judged_like_the_whole() {
    let texts: [&[u8]; 8] =
        ["aé€😀z".as_bytes(), b"plain", b"\xff", b"\xc3", b"a\xe2\x82", b"\xf0\x9f\x98a", b"\xed\xa0\x80", b"\x80abc"];
    for text in texts {
        for size in 1..=text.len() {
            let mut utf8 = Utf8::default();
            let pushed = text.chunks(size).try_for_each(|piece| utf8.push(piece));
            let judged = pushed.and_then(|()| utf8.end()).is_ok();
            assert_eq!(judged, std::str::from_utf8(text).is_ok(), "{text:?} in pieces of {size}");
        }
    }
}
