use super::*;

fn spelled(text: &str) -> String {
    text.parse::<Grant>().map_or_else(|error| format!("refused: {error}"), |grant| grant.to_string())
}

#[test]
fn one_spelling_for_each_meaning() {
    let cases = [
        ("github", "github"),
        ("github/search", "github/tool:search"),
        ("github/tool:search", "github/tool:search"),
        ("github/get_*", "github/tool:get_*"),
        ("fs/resource:file:///a/b", "fs/resource:file:///a/b"),
        ("fs/resource:file:///a/*", "fs/resource:file:///a/*"),
        ("fs/template:file:///{path}", "fs/template:file:///{path}"),
        ("fs/prompt:review", "fs/prompt:review"),
        ("fs/ns:tool", "fs/tool:ns:tool"),
    ];
    for (text, meant) in cases {
        assert_eq!(spelled(text), meant, "{text}");
        assert_eq!(spelled(meant), meant, "{meant}");
    }
}

#[test]
fn refuses_what_names_nothing() {
    for text in ["", "/x", "Big/x", "fs/", "fs/tool:", "fs/a\nb"] {
        assert!(text.parse::<Grant>().is_err(), "{text}");
    }
}
