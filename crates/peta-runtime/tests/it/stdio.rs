//! Servers on standard streams, well-behaved and otherwise.

use std::collections::BTreeMap;

use peta_mcp::write;
use peta_model::{Code, Transport};
use peta_runtime::{Executed, InstanceState, LogSource, Said};

use crate::{
    peer::peer,
    world::{LONG, SERVER, World, answer, begin, bytes, call, config},
};

#[tokio::test]
async fn a_server_is_opened_when_it_is_needed_and_answers() {
    let world = World::new(peer(""));
    let instance = world.instance();
    assert!(instance.description().is_none());
    assert_eq!(world.runtime.health(SERVER).instances, 0);
    let description = instance.ready(LONG).await.unwrap();
    assert!(description.features.tools && description.features.resources_subscribe);
    assert!(description.result.contains(r#""x-told": {"roots": {}}"#), "{}", description.result);
    assert_eq!(call(&instance, "echo", r#"{"a":1}"#).await.unwrap(), r#"{"a": 1}"#);
    assert_eq!(world.runtime.health(SERVER).instances, 1);
    world.runtime.shutdown(LONG).await;
    assert_eq!(world.runtime.health(SERVER).instances, 0);
}

#[tokio::test]
async fn the_handshake_comes_first_and_whole() {
    let world = World::new(peer(""));
    let instance = world.instance();
    instance.keep_level(Some(r#"{"level":"debug"}"#.to_owned()));
    instance.keep_subscription(r#"{"uri":"a"}"#.to_owned());
    instance.ready(LONG).await.unwrap();
    let told = call(&instance, "told", "{}").await.unwrap();
    let expected =
        r#"["initialize", "notifications/initialized", "logging/setLevel", "resources/subscribe", "tools/call"]"#;
    assert_eq!(told, expected);
}

#[tokio::test]
async fn the_environment_is_minimal() {
    // `env` prints its own environment, which is logged line by line as what it is to MCP: garbage.
    let env = [("CONFIGURED", "yes"), ("LANG", "xx")].map(|(name, value)| (name.to_owned(), value.to_owned()));
    let world = World::new(Transport::Stdio { command: "env".to_owned(), args: Vec::new(), env: env.to_vec() });
    world.instance().ready(LONG).await.unwrap_err();
    let logs = world.runtime.logs(SERVER);
    let seen = logs.iter().filter(|line| line.source == LogSource::Stdout).filter_map(|line| line.text.split_once('='));
    let seen: BTreeMap<&str, &str> = seen.collect();
    assert_eq!((seen["CONFIGURED"], seen["LANG"]), ("yes", "xx"));
    for name in seen.keys() {
        assert!(["PATH", "HOME", "LANG", "TMPDIR", "USER", "CONFIGURED"].contains(name), "{name} came through");
    }
}

#[tokio::test]
async fn banners_are_logged_and_passed_over() {
    let world = World::new(peer(""));
    let instance = world.instance();
    instance.ready(LONG).await.unwrap();
    assert_eq!(call(&instance, "banner", "{}").await.unwrap(), "ok");
    let logs = world.runtime.logs(SERVER);
    assert!(logs.iter().any(|line| line.source == LogSource::Stdout && line.text.starts_with("Welcome")));
}

#[tokio::test]
async fn a_flood_of_garbage_gives_the_server_up() {
    let mut world = World::new(peer(""));
    let instance = world.instance();
    instance.ready(LONG).await.unwrap();
    let why = call(&instance, "flood", "{}").await.unwrap_err();
    assert_eq!((why.code, why.executed), (Code::SERVER_GARBAGE, Executed::Maybe));
    world.becomes(InstanceState::Lost).await;
    assert_eq!(world.runtime.health(SERVER).failure.unwrap().code, Code::SERVER_GARBAGE);
    // It is tried again when it is next needed.
    instance.ready(LONG).await.unwrap();
    assert!(world.runtime.health(SERVER).failure.is_none());
}

#[tokio::test]
async fn a_line_over_the_limit_fails_its_call_and_no_other() {
    let mut config = config();
    config.limits.bytes = 100_000;
    let world = World::with(config, peer(""));
    let instance = world.instance();
    instance.ready(LONG).await.unwrap();
    let why = call(&instance, "huge", r#"{"bytes":5000000}"#).await.unwrap_err();
    assert_eq!(why.code, Code::SERVER_GARBAGE);
    assert_eq!(call(&instance, "echo", "{}").await.unwrap(), "{}");
}

#[tokio::test]
async fn a_line_of_five_megabytes_is_a_message_like_any() {
    let world = World::new(peer(""));
    let instance = world.instance();
    instance.ready(LONG).await.unwrap();
    let mut exchange = begin(&instance, "huge", r#"{"bytes":5000000}"#).await;
    assert!(matches!(exchange.next().await, Said::Answer(answer) if answer.bytes().len() > 5_000_000));
}

#[tokio::test]
async fn wrong_ids_answer_nothing() {
    let world = World::new(peer(""));
    let instance = world.instance();
    instance.ready(LONG).await.unwrap();
    assert_eq!(call(&instance, "wrong ids", "{}").await.unwrap(), "right");
    assert_eq!(call(&instance, "echo", "{}").await.unwrap(), "{}");
    assert_eq!(world.runtime.health(SERVER).dropped, 3);
}

#[tokio::test]
async fn a_crash_fails_what_runs_at_once_and_the_next_call_opens_it_anew() {
    let mut world = World::new(peer(""));
    let instance = world.instance();
    instance.ready(LONG).await.unwrap();
    let mut hanging = begin(&instance, "hang", "{}").await;
    let why = call(&instance, "crash", "{}").await.unwrap_err();
    assert_eq!((why.code, why.executed), (Code::SERVER_LOST, Executed::Maybe));
    assert!(why.text.contains("status 3"), "{}", why.text);
    assert_eq!(answer(&mut hanging).await.unwrap_err().code, Code::SERVER_LOST);
    world.becomes(InstanceState::Lost).await;
    assert_eq!(instance.begin().send(bytes("{}")).await.unwrap_err().code, Code::SERVER_LOST);
    instance.ready(LONG).await.unwrap();
    assert_eq!(call(&instance, "echo", "{}").await.unwrap(), "{}");
}

#[tokio::test]
async fn half_a_line_is_no_answer() {
    let world = World::new(peer(""));
    let instance = world.instance();
    instance.ready(LONG).await.unwrap();
    assert_eq!(call(&instance, "half", "{}").await.unwrap_err().code, Code::SERVER_LOST);
}

#[tokio::test]
async fn progress_comes_before_the_answer_in_order() {
    let world = World::new(peer(""));
    let instance = world.instance();
    instance.ready(LONG).await.unwrap();
    let mut exchange = begin(&instance, "progress", "{}").await;
    for number in 0..3 {
        let Said::Related(progress) = exchange.next().await else { panic!("progress comes first") };
        let told = progress.params().unwrap().get("progress").unwrap().as_u64();
        assert_eq!(told, Some(number));
    }
    assert_eq!(answer(&mut exchange).await.unwrap(), "done");
}

#[tokio::test]
async fn what_the_server_asks_is_heard_and_its_answer_told() {
    let mut world = World::new(peer(""));
    let instance = world.instance();
    instance.ready(LONG).await.unwrap();
    let mut exchange = begin(&instance, "ask", "{}").await;
    assert_eq!(world.message().await, (None, r#"{"jsonrpc": "2.0", "id": "q", "method": "roots/list"}"#.to_owned()));
    // An answer on several lines leaves on one.
    instance.tell(write::result("\"q\"", "{\n\"roots\": [7]\r\n}")).await.unwrap();
    assert_eq!(answer(&mut exchange).await.unwrap(), r#"{"roots": [7]}"#);
}

#[tokio::test]
async fn pings_are_answered_here() {
    let world = World::new(peer(""));
    let instance = world.instance();
    instance.ready(LONG).await.unwrap();
    assert_eq!(call(&instance, "ping", "{}").await.unwrap(), r#"{"jsonrpc": "2.0", "id": 77, "result": {}}"#);
}

#[tokio::test]
async fn what_came_before_the_handshake_ended_is_heard_after_it() {
    let mut world = World::new(peer("early"));
    world.instance().ready(LONG).await.unwrap();
    assert!(world.message().await.1.contains("early"));
}

#[tokio::test]
async fn standard_error_is_kept_line_by_line() {
    let world = World::new(peer(""));
    let instance = world.instance();
    instance.ready(LONG).await.unwrap();
    call(&instance, "stderr", "{}").await.unwrap();
    world.runtime.shutdown(LONG).await;
    let logs = world.runtime.logs(SERVER);
    let lines: Vec<_> = logs.iter().filter(|line| line.source == LogSource::Stderr).collect();
    assert_eq!(lines[0].text, "one");
    assert_eq!(lines[1].text, "two \u{1b}[31mred");
    assert_eq!(lines[2].text.len(), 8 << 10);
}

#[tokio::test]
async fn a_server_that_does_not_read_holds_up_its_own_calls_only() {
    let mut config = config();
    config.times.write = std::time::Duration::from_millis(100);
    let world = World::with(config, peer(""));
    let (stuck, other) = (world.instance(), world.instance_of(crate::world::session(2)));
    stuck.ready(LONG).await.unwrap();
    other.ready(LONG).await.unwrap();
    call(&stuck, "stop reading", "{}").await.unwrap();
    let large = format!(r#"{{"x":"{}"}}"#, "x".repeat(200_000));
    let mut refused = None;
    for _ in 0..100 {
        let mut exchange = stuck.begin();
        let params = format!(r#"{{"name":"echo","arguments":{large}}}"#);
        if let Err(error) = exchange.send(write::request(exchange.id(), "tools/call", Some(&params))).await {
            refused = Some(error);
            break;
        }
    }
    assert_eq!(refused.unwrap().code, Code::SERVER_IDLE_TIMEOUT);
    assert_eq!(call(&other, "echo", "{}").await.unwrap(), "{}");
}

#[tokio::test]
async fn a_command_that_does_not_exist_is_told_as_such() {
    let missing = Transport::Stdio { command: "/no/such/peta-peer".to_owned(), args: Vec::new(), env: Vec::new() };
    let world = World::new(missing);
    let error = world.instance().ready(LONG).await.unwrap_err();
    assert_eq!(error.code, Code::SERVER_UNREACHABLE);
    assert_eq!(error.text, "the command `peta-peer` cannot be started: command not found");
}

#[tokio::test]
async fn a_server_that_ends_at_once_is_told_with_its_status() {
    let world = World::new(peer("dead"));
    let error = world.instance().ready(LONG).await.unwrap_err();
    assert_eq!(error.text, "the server's process exited with status 9");
    let failure = world.runtime.health(SERVER).failure.unwrap();
    assert_eq!((failure.code, failure.text), (Code::SERVER_UNREACHABLE, error.text));
    assert!(world.runtime.logs(SERVER).iter().any(|line| line.text == "cannot start"));
}

#[tokio::test]
async fn a_server_that_never_shakes_hands_is_given_up() {
    let mut config = config();
    config.times.open = std::time::Duration::from_millis(300);
    let world = World::with(config, peer("silent"));
    let error = world.instance().ready(LONG).await.unwrap_err();
    assert_eq!(error.code, Code::SERVER_UNREACHABLE);
    world.runtime.shutdown(LONG).await;
}

#[tokio::test]
async fn an_unknown_revision_is_refused() {
    let world = World::new(peer("old"));
    assert_eq!(world.instance().ready(LONG).await.unwrap_err().code, Code::SERVER_VERSION);
}

#[tokio::test]
async fn a_dropped_exchange_is_forgotten() {
    let world = World::new(peer(""));
    let instance = world.instance();
    instance.ready(LONG).await.unwrap();
    drop(begin(&instance, "echo", "{}").await);
    assert_eq!(call(&instance, "echo", r#"{"b":2}"#).await.unwrap(), r#"{"b": 2}"#);
    assert_eq!(world.runtime.health(SERVER).dropped, 1);
}
