use peta_mcp::{Limits, Message, Side};

use super::*;

fn description(capabilities: &str) -> Description {
    let answer = format!(
        r#"{{"jsonrpc":"2.0","id":1,"result":{{"protocolVersion":"2025-11-25","capabilities":{capabilities},"serverInfo":{{}}}}}}"#
    );
    Description::read(&Message::parse(answer.into(), Side::Server, &Limits::default()).unwrap()).unwrap()
}

fn greeting(params: &str) -> Greeting {
    Greeting::new(&Profile { params: params.to_owned() }, true)
}

#[test]
fn the_agents_params_go_out_with_only_the_version_changed() {
    let params =
        r#"{"x-odd":1.0,"protocolVersion":"2024-11-05","capabilities":{"sampling":{"tools":{}}},"clientInfo":{}}"#;
    let sent = greeting(params).initialize(7);
    let expected = params.replace("2024-11-05", "2025-11-25");
    assert_eq!(sent, format!(r#"{{"jsonrpc":"2.0","id":7,"method":"initialize","params":{expected}}}"#));
}

#[test]
fn params_on_several_lines_become_one() {
    let sent = greeting("{\n  \"capabilities\": {}\r\n}").initialize(1);
    assert!(!sent.contains(&b'\n') && !sent.contains(&b'\r'));
    assert!(String::from_utf8_lossy(&sent).contains(r#""protocolVersion":"2025-11-25""#));
}

#[test]
fn ids_are_never_used_again() {
    let greeting = greeting("{}");
    let ids: std::collections::HashSet<u64> = (0..100).map(|_| greeting.id()).collect();
    assert_eq!(ids.len(), 100);
}

#[test]
fn what_was_kept_is_said_again_where_the_server_knows_it() {
    let greeting = greeting("{}");
    greeting.keep_level(Some(r#"{"level":"debug"}"#.to_owned()));
    greeting.keep_subscription(r#"{"uri":"a"}"#.to_owned());
    greeting.keep_subscription(r#"{"uri":"b"}"#.to_owned());
    greeting.drop_subscription(r#"{"uri":"a"}"#);
    let all = greeting.replay(&description(r#"{"logging":{},"resources":{"subscribe":true}}"#));
    let expected =
        [(Method::SET_LEVEL, r#"{"level":"debug"}"#.to_owned()), (Method::SUBSCRIBE, r#"{"uri":"b"}"#.to_owned())];
    assert_eq!(all, expected);
    assert!(greeting.replay(&description(r#"{"resources":{}}"#)).is_empty());
}

#[test]
fn a_stream_is_opened_only_where_something_may_come() {
    let (silent, asked) = (greeting(r#"{"capabilities":{}}"#), greeting(r#"{"capabilities":{"roots":{}}}"#));
    assert!(!silent.wants_to_listen(&description(r#"{"tools":{}}"#)));
    assert!(silent.wants_to_listen(&description(r#"{"tools":{"listChanged":true}}"#)));
    assert!(asked.wants_to_listen(&description("{}")));
    assert!(!Greeting::new(&Profile::of_nobody(), false).wants_to_listen(&description(r#"{"logging":{}}"#)));
}
