//! Servers as attackers: what they send, ask and demand reaches nobody but the one who called, holds up nobody else, and
//! costs no memory without bound (T50); and nothing of an agent's token reaches them (T10).

use std::time::{Duration, Instant};

use peta_testkit::{Agent, Core, Served, Tap, eventually, json, memory_of};

use super::{load::figure, people::Person};
use crate::house::{Solo, WAYS, Way};

/// T10: a recorder between Core and its server hears no byte of the token, in head, body or query, on any transport,
/// through retries and redirects.
#[tokio::test]
async fn north_token_never_south() {
    for way in WAYS {
        let solo = Solo::by(way, &[], &[]).await;
        let token = solo.agent.token.clone().unwrap();
        let core = &solo.core;
        let tap = match &solo.served {
            Some(served) => Some(Tap::before(served.port).await),
            None => None,
        };
        if let Some(tap) = &tap {
            let path = if way == Way::Http { "/mcp" } else { "/sse" };
            core.url_server("tapped", &tap.url(path), &[]).await;
            core.peta(&["grant", "add", "a", "tapped"]).await;
        }
        let mut agent = core.agent(if tap.is_some() { "/mcp/tapped" } else { "/mcp/fix" }, &token);
        agent.open().await;
        let mut stream = agent.listen().await;
        agent.call("echo", r#"{"a":1}"#).await;
        agent.names("resources/list").await;
        agent.result("resources/subscribe", r#"{"uri":"test://watched-resource"}"#).await;
        if way == Way::Http {
            // The server forgets the session: it is begun anew, and the call is sent again.
            agent.call("forget_session", "{}").await;
            agent.call("test_simple_text", "{}").await;
        }
        // A server's own stream is waited for only so long; what it says before that is there is lost, as MCP has it.
        let mut told = std::pin::pin!(stream.until("notifications/resources/updated"));
        while {
            agent.call("touch", "{}").await;
            tokio::time::timeout(Duration::from_secs(1), &mut told).await.is_err()
        } {}
        let env = agent.call("env", "{}").await.to_string();
        agent.end().await;
        assert!(!env.contains("peta_st_"), "{env}");
        for line in solo.traced().into_iter().filter(|line| line.way != "out") {
            assert!(!line.text.contains(&token) && !line.text.contains("\"authorization\""), "{way:?}: {}", line.text);
        }
        if let Some(tap) = tap {
            let heard = tap.heard();
            assert!(heard.contains("tools/call") && heard.len() > 1_000, "the recorder heard: {heard}");
            clean(&heard, &token);
        }
    }
}

/// No part of the token that could be told from chance.
fn clean(heard: &str, token: &str) {
    let secret = token.trim_start_matches("peta_st_");
    for at in 0..secret.len() - 8 {
        assert!(!heard.contains(&secret[at..at + 8]), "a part of the token went south: {heard}");
    }
    let lower = heard.to_ascii_lowercase();
    assert!(!lower.contains("authorization") && !lower.contains("bearer") && !lower.contains("cookie"), "{heard}");
}

#[tokio::test]
async fn a_redirect_takes_no_token_along() {
    let core = Core::start().await;
    let stranger = Served::http(&[]).await;
    let far = Tap::before(stranger.port).await;
    let served = Served::http(&["--redirect", &far.url("/mcp")]).await;
    let near = Tap::before(served.port).await;
    core.url_server("fix", &near.url("/mcp"), &["--no-discover"]).await;
    let token = core.token("a", &["fix"]).await;
    let answer = core.agent("/mcp/fix", &token).initialize("2025-11-25", "{}").await;
    assert!(answer.json()["error"].is_object(), "{answer:?}");
    assert!(near.heard().contains("initialize"), "the near server was asked");
    clean(&near.heard(), &token);
    assert_eq!(far.heard(), "", "the far one was not");
}

/// T50: a server's challenge ends at Peta: an agent that got one would take its token elsewhere.
#[tokio::test]
async fn challenge_stays() {
    for status in ["401", "403"] {
        let solo = Solo::by(Way::Http, &[], &["--challenge-calls", status]).await;
        let mut aggregate = solo.core.agent("/mcp", solo.agent.token.as_deref().unwrap());
        aggregate.open().await;
        for (agent, tool) in [(&solo.agent, "echo"), (&aggregate, "fix__echo")] {
            let call = agent.request_text("tools/call", &json!({ "name": tool, "arguments": {} }).to_string());
            let answer = agent.post(&call).send().await;
            assert_eq!(answer.status, 200, "{status}: {answer:?}");
            let error = &answer.json()["error"];
            assert_eq!(
                (error["code"].as_i64(), error["data"]["code"].as_str()),
                (Some(-32603), Some("P5010")),
                "{error}"
            );
            let whole = answer.likeness();
            for part in ["www-authenticate", "show-me-your-token", "phish.example", "set-cookie", "x-from-the-server"] {
                assert!(!whole.contains(part), "{part}: {whole}");
            }
        }
        assert!(solo.agent.names("tools/list").await.contains(&"echo".to_owned()), "what is not challenged goes on");
    }
    // And one that challenges at once: at the handshake.
    let served = Served::http(&["--challenge"]).await;
    let core = Core::start().await;
    core.url_server("fix", &served.url("/mcp"), &[]).await;
    let shown = core.json(&["server", "show", "fix", "--json"]).await;
    assert_eq!(shown["failure"]["code"], "P5010", "{shown}");
    let token = core.token("a", &["fix"]).await;
    let answer = core.agent("/mcp/fix", &token).initialize("2025-11-25", "{}").await;
    assert_eq!(
        (answer.status, answer.header("www-authenticate")),
        (200, ""),
        "no 401 of a server is handed on: {answer:?}"
    );
    assert_eq!(answer.json()["error"]["data"]["code"], "P5010", "{answer:?}");
}

/// T50: floods, double answers, answers for others, questions by the millisecond, endless lists, huge answers; meanwhile
/// an agent of another server and one of another session are answered as ever, and memory stays bounded.
#[tokio::test]
async fn hostile_server() {
    for way in WAYS {
        let solo = Solo::by(way, &[], &["--hostile", "--bad-cursor", "endless"]).await;
        let core = &solo.core;
        core.stdio_server("good", &[], &["--small"]).await;
        let (victim, other) =
            (core.open("victim", &["good"], "/mcp/good").await, core.open("other", &["fix"], "/mcp/fix").await);
        victim.call("small_one", "{}").await;
        other.call("twice", "{}").await;
        let before = memory_of(core.pid());
        let attacked = &solo.agent;
        let mut slow = other.begin_call("slow", r#"{"ms":1500}"#).await;
        let done = tokio::sync::Notify::new();
        let attack = async {
            assert_eq!(
                attacked.call("answer_others", r#"{"n":300}"#).await["content"][0]["text"],
                "answer_others",
                "{way:?}"
            );
            assert_eq!(attacked.call("twice", "{}").await["content"][0]["text"], "first", "{way:?}");
            attacked.call("shout", r#"{"n":4000,"bytes":500}"#).await;
            attacked.call("pester", r#"{"n":300,"bytes":3000}"#).await;
            attacked.call("flood", r#"{"n":4000}"#).await;
            let huge = attacked.call_error("huge", r#"{"bytes":17000000}"#).await;
            assert!(huge["data"]["code"].as_str().is_some_and(|code| code.starts_with("P5")), "{way:?}: {huge}");
            attacked.ask("tools/list", "{}").await;
            done.notify_one();
        };
        let (slowest, ()) = tokio::join!(answered_all_along(&victim, &done), attack);
        assert!(slowest < Duration::from_secs(5), "{way:?}: a call of another agent took {slowest:?}");
        let answer = slow.answer().await;
        assert_eq!(
            answer["result"]["content"][0]["text"], "slept",
            "{way:?}: another session's call kept its answer: {answer}"
        );
        let grown = memory_of(core.pid()).saturating_sub(before);
        assert!(grown < 160 << 20, "{way:?}: Core grew by {} MiB", grown >> 20);
        assert_eq!(
            attacked.call("test_simple_text", "{}").await["content"][0]["type"],
            "text",
            "{way:?}: still served"
        );
    }
}

/// Calls one after another until the attack is over; how long the slowest took.
async fn answered_all_along(victim: &Agent, done: &tokio::sync::Notify) -> Duration {
    let mut slowest = Duration::ZERO;
    loop {
        let began = Instant::now();
        victim.call("small_one", "{}").await;
        slowest = slowest.max(began.elapsed());
        let rest = tokio::time::timeout(Duration::from_millis(5), done.notified());
        if rest.await.is_ok() {
            return slowest;
        }
    }
}

/// A server that asks and asks a session which never says `initialized`: so many questions wait, and no more.
#[tokio::test]
async fn questions_pile_up_nowhere() {
    let solo = Solo::by(Way::Http, &[], &["--hostile"]).await;
    let owner = Person::of_role(&solo.core, "owner").await;
    let mut agent = solo.core.agent("/mcp/fix", solo.agent.token.as_deref().unwrap());
    // Opened, but not initialized: whatever is asked has to wait.
    let hello = agent.initialize("2025-11-25", r#"{"roots":{},"sampling":{},"elicitation":{}}"#).await;
    agent.session = Some(hello.header("mcp-session-id").to_owned());
    agent.call("pester", r#"{"n":600}"#).await;
    let unheard = figure(&owner, "peta_notifications_dropped").await;
    assert!((300..600).contains(&unheard), "{unheard} of 600 questions were not taken in");
    agent.end().await;
    assert_eq!(solo.agent.call("test_simple_text", "{}").await["content"][0]["type"], "text", "others are served");
}

/// What a session may keep in Core is bounded: how it greets, and what it subscribes to.
#[tokio::test]
async fn what_a_session_keeps_is_bounded() {
    let solo = Solo::by(Way::Http, &["--isolation", "shared"], &[]).await;
    let long = "x".repeat(70_000);
    let hello = solo.agent.initialize("2025-11-25", &format!(r#"{{"experimental":{{"{long}":{{}}}}}}"#)).await;
    assert_eq!(
        (hello.status, hello.code().as_str(), hello.header("mcp-session-id")),
        (200, "P1022", ""),
        "{:?}",
        hello.headers
    );
    let mut refused = None;
    let mut kept = peta_testkit::Kept::open(&solo.core.address).await;
    for number in 0..1_100 {
        let text =
            solo.agent.request_text("resources/subscribe", &format!(r#"{{"uri":"test://template/{number}/data"}}"#));
        let answer = kept.send(solo.agent.post(&text)).await;
        if answer.json()["error"].is_object() {
            refused = Some((number, answer));
            break;
        }
    }
    let (number, answer) = refused.expect("a subscription too many is refused");
    assert_eq!((number, answer.code().as_str()), (1_024, "P1020"), "{answer:?}");
    solo.agent.result("resources/unsubscribe", r#"{"uri":"test://template/7/data"}"#).await;
    solo.agent.result("resources/subscribe", r#"{"uri":"test://template/x/data"}"#).await;
    eventually("the session is still served", || async {
        let answer = solo.agent.ask("ping", "{}").await;
        answer["result"].is_object().then_some(())
    })
    .await;
}
