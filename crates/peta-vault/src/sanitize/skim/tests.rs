use super::*;

/// What is stepped over, and whether the quote follows.
fn over(text: &str) -> (&str, bool) {
    let Quiet { length, closed } = quiet(text.as_bytes(), 16, |row| !row.starts_with(b"nothing"));
    (&text[..length], closed)
}

#[test]
fn a_row_of_characters_is_left() {
    let fifteen = "0123456789abcde";
    assert_eq!(over(&format!("a {fifteen}\"")), (format!("a {fifteen}").as_str(), true));
    assert_eq!(over(&format!("a {fifteen}f\"")), ("a", false));
    assert_eq!(over(&format!("a\\n{fifteen}\"")), ("a", false), "the letter of an escape counts as one of them");
    assert_eq!(over(&format!("{fifteen}f")), ("", false));
    for before in 40..130 {
        let text = format!("{}{fifteen}f\"", "a ".repeat(before));
        assert_eq!(over(&text), (&text[..2 * before - 1], false), "across the end of a block");
    }
}

#[test]
fn an_escape_for_a_character_is_left() {
    for escape in
        ["\\u0041", "\\u007e", "\\/", "\\x", "\\\\u0041", "\\\\/", "\\\\\\u0041", "\\u00g9", "\\ ", "\\\\", "\\u000a"]
    {
        assert_eq!(over(&format!("a b{escape} c\"")), ("a", false), "{escape}");
    }
    for escape in ["\\n", "\\\"", "\\\\\\\"", "\\u00e9", "\\ud83d\\ude00", "\\\\n", "\\t\\r\\b\\f", "\\\\u00E9"] {
        let text = format!("a b{escape} c\"");
        assert_eq!(over(&text), (&text[..text.len() - 1], true), "{escape}");
    }
}

#[test]
fn what_goes_on_behind_the_text_is_left() {
    for (over_this, left) in
        [("a", " abc"), ("a", " \\"), ("a", " \\\\\\"), ("a", " b\\u00"), ("a b", "\\tx\\u00e"), ("a", " bcd\\nef")]
    {
        assert_eq!(over(&format!("{over_this}{left}")), (over_this, false), "{left}");
    }
}

#[test]
fn what_is_read_closely_ends_where_nothing_goes_on() {
    let long = "0123456789".repeat(7);
    let read = |text: &str| {
        let (length, edge) = close(text.as_bytes());
        (text[70..length].to_owned(), edge)
    };
    assert_eq!(read(&format!("{long}xyz abc")), ("xyz ".to_owned(), true));
    assert_eq!(read(&format!("{long}xyz\\nabc")), ("xyz".to_owned(), true));
    assert_eq!(read(&format!("{long}xyz\"abc")), ("xyz\"".to_owned(), false));
    assert_eq!(read(&format!("{long}xyz")), ("xyz".to_owned(), false));
    let (length, edge) = close(format!("{}\\\\\" \\n", &long[..63]).as_bytes());
    assert_eq!((length, edge), (67, true), "a backslash before it makes it unknown what it is");
}

#[test]
fn a_row_that_holds_nothing_is_stepped_over() {
    let nothing = "nothing-of-what-is-searched-for";
    for before in 0..70 {
        let text = format!("{} {nothing} {nothing}\\n{nothing} \"", "a ".repeat(before));
        assert_eq!(over(&text), (&text[..text.len() - nothing.len() - 4], false), "the letter belongs to the row");
        let text = format!("{} {nothing} {nothing} \"", "a ".repeat(before));
        assert_eq!(over(&text), (&text[..text.len() - 1], true));
        let text = format!("{} {nothing} 0123456789abcdef \"", "a ".repeat(before));
        assert_eq!(over(&text), (&text[..text.len() - 19], false));
    }
    assert_eq!(over(&format!("a {nothing}\\u0041 \"")), ("a", false), "an escape makes it longer");
    assert_eq!(over(&format!("a {nothing}")), ("a", false), "it may go on");
    assert!(over(&format!("a {nothing}\" 0123456789abcdef")).1, "behind the quote is nothing of it");
    let long = format!("a {} \"", nothing.repeat(9));
    assert_eq!(over(&long), (&long[..long.len() - 1], true));
}
