use peta_model::Moment;

use super::*;

fn logs(lines: usize, bytes: usize, line: usize) -> Logs {
    Logs::new(&Bounds { log_lines: lines, log_bytes: bytes, log_line: line, ..Bounds::default() })
}

fn texts(logs: &Logs) -> Vec<String> {
    logs.all().into_iter().map(|line| line.text).collect()
}

#[test]
fn the_newest_lines_stay() {
    let logs = logs(2, 1_000, 100);
    for text in ["one", "two", "three"] {
        logs.add(Moment::from_micros(0), LogSource::Stderr, text.as_bytes());
    }
    assert_eq!(texts(&logs), ["two", "three"]);
}

#[test]
fn bytes_are_bounded_and_lines_cut() {
    let logs = logs(100, 10, 6);
    logs.add(Moment::from_micros(0), LogSource::Stderr, b"123456789");
    logs.add(Moment::from_micros(0), LogSource::Stdout, b"abcd");
    assert_eq!(texts(&logs), ["123456", "abcd"]);
    logs.add(Moment::from_micros(0), LogSource::Peta, b"x");
    assert_eq!(texts(&logs), ["abcd", "x"]);
}

#[test]
fn what_is_no_text_is_kept_readable() {
    let logs = logs(10, 1_000, 100);
    logs.add(Moment::from_micros(0), LogSource::Stderr, b"\xff\x1b[31m");
    assert_eq!(texts(&logs), ["\u{fffd}\u{1b}[31m"]);
}
