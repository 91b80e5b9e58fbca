use super::{fields, length, quoted, table, time};
use peta_model::Moment;

const HEADINGS: [&str; 3] = ["NAME", "STATE", "TOOLS"];

fn rows() -> Vec<Vec<String>> {
    [["files", "ready", "14"], ["a-long-name", "degraded", "3"]].map(|row| row.map(str::to_owned).to_vec()).to_vec()
}

#[test]
fn columns_stand_under_each_other() {
    let text = table(&HEADINGS, &rows(), None);
    let expected = "NAME         STATE     TOOLS\nfiles        ready        14\na-long-name  degraded      3";
    assert_eq!(text, expected);
}

#[test]
fn nothing_is_wider_than_the_terminal() {
    let wide = vec![vec!["x".to_owned(), "word ".repeat(60), "7".to_owned()]];
    for width in [20, 40, 60, 80] {
        let text = table(&HEADINGS, &wide, Some(width));
        assert!(text.lines().all(|line| line.chars().count() <= usize::from(width)), "{width}:\n{text}");
    }
}

#[test]
fn narrow_screens_get_blocks() {
    let rows = vec![vec!["files".to_owned(), "degraded since this morning".to_owned(), "14".to_owned()]];
    let text = table(&HEADINGS, &rows, Some(30));
    assert!(text.starts_with("NAME   files\n"), "{text}");
}

/// A server's description must not move the cursor or change colours.
#[test]
fn control_characters_are_shown_not_sent() {
    let evil = "a\u{1b}[31mb\u{7}\u{202e}c\nd".to_owned();
    let text = table(&["X"], &[vec![evil.clone()]], None);
    assert!(!text.contains(['\u{1b}', '\u{7}', '\u{202e}']), "{text:?}");
    assert!(text.contains("\\u{1b}[31mb\\u{7}\\u{202e}c d"), "{text:?}");
    assert!(!fields(&[("x", evil)], None).contains('\u{1b}'));
}

#[test]
fn lengths_and_times() {
    let shown = [0, 842, 1_234, 12_345, 999_999, 1_500_000, 61_000_000, 7_260_000_000].map(length);
    assert_eq!(shown, ["0µs", "842µs", "1.2ms", "12ms", "999ms", "1.5s", "1m01s", "2h01m"]);
    assert_eq!(time(Moment::from_micros(0)), "1970-01-01 00:00:00");
}

#[test]
fn words_can_be_pasted_back() {
    assert_eq!(["npx", "-y", "a b", "", "it's"].map(quoted), ["npx", "-y", "'a b'", "''", r"'it'\''s'"]);
}
