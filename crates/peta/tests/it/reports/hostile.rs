//! What agents type reaches reports: it runs in no spreadsheet and moves no terminal.

use super::{sheet::Sheet, world::World};

const FORMULA: &str = "=cmd|' /C calc'!A0";

#[tokio::test]
async fn nothing_runs_in_a_spreadsheet() {
    let world = World::new().await;
    let core = &world.core;
    let token = core
        .peta(&["agent", "add", "evil", "--user", FORMULA, "--group", "@SUM(1)", "--grant", "web", "--quiet"])
        .await;
    let mut evil = core.agent("/mcp/web", token.trim());
    evil.open().await;
    for tool in [
        r#"=HYPERLINK(\"http://x.example\",\"click\")"#,
        "+1+1",
        "-2+3",
        "@SUM(A1:A9)",
        r"\t=1+1",
        r"\r\n=1+1",
        r"\u001b[2J\u001b[31mfine",
        r"name\u202egnp.exe",
        r#"a\",\"b\r\nnew,line"#,
        "  =1+1",
    ] {
        evil.call_error(tool, "{}").await;
    }
    for report in ["activity", "access", "credentials", "changes", "processing", "retention"] {
        let sheet = Sheet::of(core, &[report]).await;
        assert!(!sheet.rows.is_empty(), "{report}");
        for (heading, cell) in sheet.rows.iter().flatten() {
            let first = cell.trim_start().chars().next();
            assert!(!first.is_some_and(|c| "=+-@\t\r".contains(c)), "{report} {heading}: {cell:?}");
            assert!(!cell.chars().any(char::is_control) && !cell.contains('\u{202e}'), "{report} {heading}: {cell:?}");
        }
        let table = core.peta(&["audit", "report", report]).await;
        let acts = |c: char| c != '\n' && (c.is_control() || c == '\u{202e}');
        assert!(!table.chars().any(acts), "{report}: {table:?}");
    }
    let sheet = Sheet::of(core, &["activity", "--agent", "evil"]).await;
    let capabilities: Vec<&str> = sheet.rows.iter().map(|row| &*row["capability"]).collect();
    for told in [
        r#"'=HYPERLINK("http://x.example","click")"#,
        "'+1+1",
        "'-2+3",
        "'@SUM(A1:A9)",
        r"'\t=1+1",
        r"\u{1b}[2J\u{1b}[31mfine",
        r"name\u{202e}gnp.exe",
        r#"a","b\r\nnew,line"#,
    ] {
        assert!(capabilities.contains(&told), "{told}: {capabilities:?}");
    }
    assert!(sheet.rows.iter().all(|row| row["user"] == format!("'{FORMULA}")), "{}", sheet.text);
    // JSON is exact.
    let json = core.json(&["audit", "report", "activity", "--agent", "evil", "--json"]).await;
    let rows = json["rows"].as_array().unwrap();
    for exact in ["\u{1b}[2J\u{1b}[31mfine", "\t=1+1", "+1+1"] {
        assert!(rows.iter().any(|row| row["capability"] == exact), "{exact:?}: {json}");
    }
}
