use super::{Columns, HEADINGS};

fn row(capability: &str) -> [String; 8] {
    ["2026-11-25 09:30:00", "agent", "tool_call", "files", capability, "allow", "ok", "1.2ms"].map(str::to_owned)
}

#[test]
fn rows_stand_under_their_headings() {
    let columns = Columns { started: false, width: None };
    let (head, line) = (columns.line(HEADINGS.map(str::to_owned)), columns.line(row("read_file")));
    assert_eq!(head.find("DECISION"), line.find("allow"));
    assert!(columns.line(row(&"x".repeat(80))).contains(&"x".repeat(80)), "nothing is cut where no screen is");
}

#[test]
fn a_long_capability_is_cut_to_the_screen() {
    let columns = Columns { started: false, width: Some(120) };
    let line = columns.line(row(&"x".repeat(80)));
    assert!(line.chars().count() <= 120 && line.contains('…'), "{line}");
}
