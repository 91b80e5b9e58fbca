use proptest::prelude::*;

use super::*;

fn fault(text: &str, side: Side) -> Option<Fault> {
    match scan(text.as_bytes(), side, 64) {
        Ok(scanned) => scanned.tolerable,
        Err(broken) => Some(broken.fault),
    }
}

#[test]
fn agrees_with_serde_json_on_the_grammar() {
    let texts = [
        "{}",
        "[]",
        "0",
        "-0",
        "1e0",
        "1.0",
        "-1.5E+10",
        "true",
        "null",
        "\"\"",
        " [1 , 2]\n",
        "{\"a\":{\"b\":[]}}",
        "",
        " ",
        "{",
        "}",
        "[",
        "[1,]",
        "{\"a\"}",
        "{\"a\":}",
        "{\"a\":1,}",
        "{a:1}",
        "01",
        "1.",
        ".5",
        "-",
        "+1",
        "1e",
        "tru",
        "nul",
        "truex",
        "[1 2]",
        "\"",
        "\"\\x\"",
        "\"\\u12\"",
        "\"\t\"",
        "\"\\ud83d\\ude00\"",
        "{} {}",
        "[}",
        "{]",
        "\"\u{7f}\"",
        "'a'",
        "[1,,2]",
        "{\"a\":1 \"b\":2}",
        "\u{feff}{}",
        "NaN",
        "--1",
        "1.e1",
        "\"\\",
    ];
    for text in texts {
        let ours = scan(text.as_bytes(), Side::Agent, 64).is_ok();
        assert_eq!(ours, serde_json::from_str::<serde_json::Value>(text).is_ok(), "{text:?}");
    }
}

#[test]
fn depth_counts_containers() {
    let nested = |n: usize| format!("{}{}", "[".repeat(n), "]".repeat(n));
    assert_eq!(fault(&nested(64), Side::Agent), None);
    assert_eq!(fault(&nested(65), Side::Agent), Some(Fault::TooDeep { limit: 64 }));
    assert_eq!(fault(&"[".repeat(1_000_000), Side::Agent), Some(Fault::TooDeep { limit: 64 }));
}

#[test]
fn twins_are_found_where_both_ends_read() {
    let cases = [
        (r#"{"id":1,"\u0069d":2}"#, true, true),
        (r#"{"params":{"name":"a","name":"b"}}"#, true, false),
        (r#"{"params":{"arguments":{"x":[{"y":1,"y":2}]}}}"#, true, false),
        (r#"{"\u0070arams":{"a":{"y":1,"\u0079":2}}}"#, true, false),
        (r#"{"result":{"a":1,"a":2}}"#, false, false),
        (r#"{"params":{"a":{"x":1},"b":{"x":1}}}"#, false, false),
        (r#"{"x":{"a":1,"a":2},"params":{}}"#, false, false),
    ];
    for (text, agent, server) in cases {
        assert_eq!(fault(text, Side::Agent) == Some(Fault::DuplicateKey), agent, "agent: {text}");
        assert_eq!(fault(text, Side::Server) == Some(Fault::DuplicateKey), server, "server: {text}");
    }
    let many: String = (0..5_000).map(|n| format!("\"k{n}\":0,")).collect();
    assert_eq!(fault(&format!("{{\"params\":{{{many}\"z\":0}}}}"), Side::Agent), None);
    assert_eq!(fault(&format!("{{\"params\":{{{many}\"k17\":0}}}}"), Side::Agent), Some(Fault::DuplicateKey));
}

#[test]
fn half_characters_are_refused_where_an_agent_is_judged() {
    let cases = [
        (r#"{"method":"\ud800"}"#, true, true),
        (r#"{"params":{"a":["\udc00x"]}}"#, true, false),
        (r#"{"params":{"\ud800":1}}"#, true, false),
        (r#"{"result":"\ud800"}"#, true, true),
        (r#"{"result":{"a":"\ud800"}}"#, false, false),
        (r#"{"params":{"a":"\ud83d\ude00"}}"#, false, false),
    ];
    for (text, agent, server) in cases {
        assert_eq!(fault(text, Side::Agent) == Some(Fault::LoneSurrogate), agent, "agent: {text}");
        assert_eq!(fault(text, Side::Server) == Some(Fault::LoneSurrogate), server, "server: {text}");
    }
    // A broken escape deep in what a server says is for the agent to find; an agent's own is found here.
    assert!(matches!(fault(r#"{"result":{"a":"\ud800\q"}}"#, Side::Agent), Some(Fault::NotJson { .. })));
    assert_eq!(fault(r#"{"result":{"a":"\ud800\q"}}"#, Side::Server), None);
}

proptest! {
    /// Whatever bytes come, the answer is the library's, and nothing breaks.
    #[test]
    fn never_differs_from_serde_json(text in r#"[\[\]{},:"\\0-9a-fntrue\-+. \n]{0,40}"#) {
        let theirs = serde_json::from_str::<serde_json::Value>(&text).is_ok();
        prop_assert_eq!(scan(text.as_bytes(), Side::Agent, 64).is_ok(), theirs);
    }
}
