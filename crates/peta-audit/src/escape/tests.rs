use super::*;

#[test]
fn what_terminals_act_on_is_escaped() {
    let cases = [
        ("plain ünïcödé 漢字 🙂", "plain ünïcödé 漢字 🙂"),
        ("", ""),
        ("a\nb\r\tc", "a\\nb\\r\\tc"),
        ("\u{1b}[2J\u{7}", "\\u{1b}[2J\\u{7}"),
        ("\u{9b}31m", "\\u{9b}31m"),
        ("\0\u{7f}\u{8}", "\\u{0}\\u{7f}\\u{8}"),
        ("user\u{202e}gpj.exe", "user\\u{202e}gpj.exe"),
        ("a\u{200b}b\u{feff}", "a\\u{200b}b\\u{feff}"),
        ("\u{e0041}\u{2028}x", "\\u{e0041}\\u{2028}x"),
        ("already \\u{1b} escaped", "already \\\\u{1b} escaped"),
    ];
    for (text, shown) in cases {
        assert_eq!(escaped(text).to_string(), shown);
    }
}

#[test]
fn one_text_is_one_line_and_can_be_told_from_every_other() {
    let texts = ["\\n", "\n", "\\u{a}", "\u{1}", "\\u{1}", "\\\\n"];
    let shown: std::collections::BTreeSet<String> = texts.iter().map(|text| escaped(text).to_string()).collect();
    assert_eq!(shown.len(), texts.len());
    assert!(shown.iter().all(|line| line.lines().count() == 1 && !line.chars().any(char::is_control)));
}
