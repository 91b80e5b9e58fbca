//! Wrong tokens are counted by address (T12), and the address is the peer's own unless a named proxy says otherwise (T13).

use http::Method;
use peta_testkit::{Agent, Answer, Core, Setup, eventually};

/// A well-formed token that nobody has.
fn wrong(number: usize) -> String {
    format!("peta_st_{number:043}000000")
}

async fn ask(core: &Core, path: &str, token: &str, forwarded: &[&str]) -> Answer {
    let agent = Agent::new(&core.address, path, Some(token));
    let request = agent.request(if path.starts_with("/api") { Method::GET } else { Method::POST });
    let request = request.header("content-type", "application/json");
    let request = forwarded.iter().fold(request, |request, value| request.header("x-forwarded-for", value));
    request.body(r#"{"jsonrpc":"2.0","id":1,"method":"ping"}"#.into()).send().await
}

fn is(answer: &Answer, status: u16, code: &str, what: &str) {
    assert_eq!((answer.status, answer.code().as_str()), (status, code), "{what}: {answer:?}");
}

#[tokio::test]
async fn guessing_is_slow() {
    let core = Setup::new().config("[limits]\nwrong_tokens_loopback = 5").start().await;
    core.stdio_server("fix", &[], &["--small"]).await;
    let (right, late) = (core.token("a", &["fix"]).await, core.token("late", &["fix"]).await);
    let mut working = core.agent("/mcp/fix", &right);
    // On both wings, and whichever way a token is wrong: unknown, malformed, of another kind.
    is(&ask(&core, "/mcp", &wrong(0), &[]).await, 401, "P1002", "a wrong one");
    working.open().await;
    is(&ask(&core, "/mcp/nothing", "nonsense", &[]).await, 401, "P1002", "no token at all");
    is(&ask(&core, "/api/v1/servers", "peta_ac_x", &[]).await, 401, "P7001", "at the people's door");
    is(&ask(&core, "/metrics", &wrong(1), &[]).await, 401, "P7001", "at the metrics");
    is(&ask(&core, "/mcp", &wrong(2), &[]).await, 401, "P1002", "the last that is looked at");
    for path in ["/mcp", "/mcp/fix", "/api/v1/servers", "/metrics"] {
        let answer = ask(&core, path, &wrong(3), &[]).await;
        is(&answer, 429, "P1031", path);
        let wait: u64 = answer.header("retry-after").parse().unwrap();
        assert!((1..=60).contains(&wait), "{answer:?}");
    }
    is(&ask(&core, "/mcp/fix", &late, &[]).await, 429, "P1031", "a right guess is not told from a wrong one");
    // Whoever was at work goes on; what brings no token is no guess; and the socket has no address.
    assert!(working.names("tools/list").await.contains(&"small_one".to_owned()));
    let nobody = Agent::new(&core.address, "/mcp", None).initialize("2025-11-25", "{}").await;
    is(&nobody, 401, "P1001", "no token");
    assert_eq!(Agent::new(&core.address, "/healthz", None).request(Method::GET).send().await.status, 200);
    core.peta(&["agent", "list"]).await;
}

/// Who is limited behind a proxy, and who is not believed.
#[tokio::test]
async fn proxy_header_matrix() {
    let setup = "[gateway]\ntrusted_proxies = [\"127.0.0.1\", \"10.9.0.0/16\"]\n[limits]\nwrong_tokens = 3\nwrong_tokens_loopback = 3";
    let core = Setup::new().config(setup).start().await;
    let right = core.token("a", &[]).await;
    for number in 0..3 {
        // What a client writes itself stands left of what the proxy adds, and moves nothing.
        let forged = format!("10.0.0.{number}, 198.51.100.7");
        is(&ask(&core, "/mcp", &wrong(number), &[&forged]).await, 401, "P1002", &forged);
    }
    for chain in [
        "198.51.100.7",
        "203.0.113.9, 198.51.100.7",
        "127.0.0.1, 198.51.100.7",
        "nonsense,,198.51.100.7",
        "198.51.100.7:4711",
        "198.51.100.7, 10.9.3.4",
        "198.51.100.7 ,10.9.3.4, 127.0.0.1",
        "::ffff:198.51.100.7",
    ] {
        for path in ["/mcp", "/mcp/fix", "/api/v1/servers", "/metrics"] {
            is(&ask(&core, path, &right, &[chain]).await, 429, "P1031", chain);
        }
    }
    for chain in ["198.51.100.8", "198.51.100.7, 198.51.100.8", "2001:db8::7", "[2001:db8::7]:80", "10.9.3.4"] {
        is(&ask(&core, "/mcp", &right, &[chain]).await, 400, "P1016", chain);
    }
    // What must be read and cannot be: refused on every route, health too, whatever token it brings.
    for chain in [
        "",
        "unknown",
        "198.51.100.8,",
        "198.51.100",
        "198.51.100.8 10.9.0.1",
        "_hidden",
        "evil.example",
        "[198.51.100.8]",
        "1.2.3.4:99999",
    ] {
        for path in ["/mcp", "/mcp/fix", "/api/v1/servers", "/metrics", "/nothing"] {
            is(&ask(&core, path, &right, &[chain]).await, 400, "P1030", &format!("{path} {chain:?}"));
        }
        let health = Agent::new(&core.address, "/healthz", None);
        is(&health.request(Method::GET).header("x-forwarded-for", chain).send().await, 400, "P1030", chain);
    }
    // Other names for the same are nobody's business.
    for name in ["forwarded", "x-real-ip", "x-client-ip", "true-client-ip", "cf-connecting-ip", "x-forwarded"] {
        let agent = Agent::new(&core.address, "/mcp", Some(&right));
        let answer =
            agent.post("{").header(name, "for=nonsense").header("x-forwarded-for", "198.51.100.7").send().await;
        is(&answer, 429, "P1031", name);
    }
}

/// From a peer that nobody named, the header is not even read.
#[tokio::test]
async fn nobody_else_is_believed() {
    let core = Setup::new().config("[limits]\nwrong_tokens_loopback = 3").start().await;
    let right = core.token("a", &[]).await;
    for number in 0..3 {
        let other = format!("198.51.100.{number}");
        is(&ask(&core, "/mcp", &wrong(number), &[&other]).await, 401, "P1002", &other);
    }
    is(&ask(&core, "/mcp", &right, &["198.51.100.9"]).await, 429, "P1031", "all of them came from here");
    is(&ask(&core, "/mcp", &right, &["nonsense"]).await, 429, "P1031", "unread");
}

/// T11: within a second of the command, every stream and call of the agent is over and its token is refused. A busy
/// machine may spoil one try, not three.
#[tokio::test]
async fn revoked_within_a_second() {
    let core = Core::start().await;
    core.stdio_server("fix", &["--isolation", "shared"], &[]).await;
    let mut took = Vec::new();
    for round in 0..3 {
        let name = format!("a{round}");
        let agent = core.open(&name, &["fix"], "/mcp/fix").await;
        let mut second = core.agent("/mcp", agent.token.as_deref().unwrap());
        second.open().await;
        let (mut streams, mut call) =
            (vec![agent.listen().await, second.listen().await], agent.begin_call("hang", "{}").await);
        eventually("the call is under way", || async {
            let events = core.events(|event| event["agent"] == name.as_str() && event["capability"] == "hang").await;
            (!events.is_empty()).then_some(())
        })
        .await;
        core.peta(&["agent", "revoke", &name]).await;
        let began = std::time::Instant::now();
        let answer = call.answer().await;
        assert!(answer["error"]["data"]["code"].as_str().is_some_and(|code| code.starts_with('P')), "{answer}");
        assert!(call.text().await.is_none(), "the call's stream ends");
        for stream in &mut streams {
            while stream.text().await.is_some() {}
        }
        let after = agent.post(r#"{"jsonrpc":"2.0","id":1,"method":"ping"}"#).send().await;
        is(&after, 401, "P1003", "afterwards");
        took.push(began.elapsed());
        if began.elapsed().as_secs_f32() < 1.0 {
            return;
        }
    }
    panic!("revoked only after {took:?}");
}
