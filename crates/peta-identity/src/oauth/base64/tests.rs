use super::*;

#[test]
fn the_vectors_of_rfc_4648() {
    let vectors =
        [("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foob", "Zm9vYg=="), ("foobar", "Zm9vYmFy")];
    for (plain, written) in vectors {
        assert_eq!(standard(plain.as_bytes()).as_str(), written);
        assert_eq!(url(plain.as_bytes()).as_str(), written.trim_end_matches('='));
        assert_eq!(read(written).unwrap().as_slice(), plain.as_bytes());
    }
    assert_eq!(url(&[0xfb, 0xff]).as_str(), "-_8");
    assert_eq!(standard(&[0xfb, 0xff]).as_str(), "+/8=");
    assert_eq!(read("+/8=").unwrap().as_slice(), [0xfb, 0xff]);
    assert!(read("a-b").is_none() && read("abcde").is_none());
}
