use proptest::prelude::*;

use super::*;

fn lines(limit: usize, chunks: &[&[u8]]) -> Vec<String> {
    let mut splitter = Splitter::new(limit);
    let mut out = Vec::new();
    let mut note = |line: Result<Bytes, LineError>| {
        out.push(line.map_or_else(|error| error.to_string(), |line| String::from_utf8_lossy(&line).into_owned()));
    };
    for chunk in chunks {
        splitter.push(chunk);
        while let Some(line) = splitter.next() {
            note(line);
        }
    }
    if let Some(line) = splitter.finish() {
        note(line);
    }
    out
}

#[test]
fn cuts_at_line_ends() {
    assert_eq!(lines(10, &[b"a\r\nb", b"c\n\n  \nd"]), ["a", "bc", "d"]);
}

#[test]
fn a_line_too_long_is_told_once_and_dropped() {
    let told = "a line of more than 4 bytes";
    assert_eq!(lines(4, &[b"12345", b"678", b"9\nab\n"]), [told, "ab"]);
    assert_eq!(lines(4, &[b"12345\nab\n"]), [told, "ab"]);
    assert_eq!(lines(4, &[b"1234\r\n"]), ["1234"]);
    assert_eq!(lines(4, &[b"\xff\xfe\nab"]), ["a line that is not UTF-8", "ab"]);
}

proptest! {
    #[test]
    fn however_it_is_cut_the_lines_are_the_same(text in "[a-c\n\r]{0,60}", cut in 0usize..60) {
        let bytes = text.as_bytes();
        let (a, b) = bytes.split_at(cut.min(bytes.len()));
        prop_assert_eq!(lines(5, &[bytes]), lines(5, &[a, b]));
    }
}
