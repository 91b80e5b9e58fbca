//! Floods and bombs (T04): while they go on, every call of others is answered; afterwards nothing of them is left.

use std::time::{Duration, Instant};

use http::Method;
use peta_testkit::{
    Agent, Core, Setup, eventually, memory_of, narrow_socket, raise_descriptors, raw_exchange, raw_socket, within,
};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    task::JoinSet,
};

use super::people::Person;
use crate::house::{PING, Solo, Way};

/// A figure of the metrics page.
pub(super) async fn figure(person: &Person, name: &str) -> u64 {
    let page = person.ask(Method::GET, "/metrics", None).await;
    let line = page.body.lines().find(|line| line.starts_with(name)).unwrap_or_else(|| panic!("{name}: {}", page.body));
    line.rsplit(' ').next().and_then(|number| number.parse::<f64>().ok()).unwrap_or_default() as u64
}

/// The head of an admitted agent's request.
fn head(agent: &Agent, framing: &str) -> String {
    format!(
        "POST {} HTTP/1.1\r\nHost: {}\r\nAuthorization: Bearer {}\r\nMcp-Session-Id: {}\r\nContent-Type: application/json\r\n{framing}\r\n\r\n",
        agent.path,
        agent.address,
        agent.token.as_deref().unwrap(),
        agent.session.as_deref().unwrap()
    )
}

#[tokio::test]
async fn hostile_load() {
    let setup = Setup::new().config("[limits]\nhead_read = \"2s\"\nbody_read = \"2s\"");
    let solo = Solo::on(setup, Way::Stdio, &["--isolation", "shared"], &["--small"]).await;
    let evil = solo.core.open("evil", &["fix"], "/mcp/fix").await;
    let owner = Person::of_role(&solo.core, "owner").await;
    solo.agent.call("small_one", "{}").await;
    let (before, address) = (memory_of(solo.core.pid()), solo.core.address.clone());
    let mut attackers = JoinSet::new();
    for bytes in bombs(&evil) {
        let address = address.clone();
        attackers.spawn(async move {
            let answer = raw_exchange(&address, &bytes).await;
            assert!(!answer.starts_with("HTTP/1.1 5") && !answer.contains("\"result\""), "{answer}");
        });
    }
    for start in [
        "POST /mcp HT",
        "",
        "\x16\x03\x01\x02",
        "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
        &head(&evil, "Content-Length: 5000000"),
        &head(&evil, "Transfer-Encoding: chunked"),
    ] {
        for _ in 0..15 {
            attackers.spawn(dribble(address.clone(), start.as_bytes().to_vec()));
        }
    }
    let mut slowest = Duration::ZERO;
    for _ in 0..150 {
        let began = Instant::now();
        solo.agent.call("small_one", "{}").await;
        slowest = slowest.max(began.elapsed());
    }
    assert!(slowest < Duration::from_secs(5), "a call of another agent took {slowest:?}");
    attackers.join_all().await;
    let grown = memory_of(solo.core.pid()).saturating_sub(before);
    assert!(grown < 200 << 20, "Core grew by {} MiB", grown >> 20);
    eventually("the slow ones are let go", || async { (figure(&owner, "peta_connections").await < 5).then_some(()) })
        .await;
    assert_eq!(evil.post(PING).send().await.status, 200, "the attacker's session still stands");
}

/// Requests that are large, deep or odd in one way each.
fn bombs(evil: &Agent) -> Vec<Vec<u8>> {
    let body = |body: String| {
        let mut bytes = head(evil, &format!("Content-Length: {}\r\nConnection: close", body.len())).into_bytes();
        bytes.extend(body.into_bytes());
        bytes
    };
    let deep = 400_000;
    let call = |arguments: &str| {
        format!(
            r#"{{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{{"name":"small_one","arguments":{arguments}}}}}"#
        )
    };
    let keys: Vec<String> = (0..150_000).map(|number| format!("\"k{number}\":{number}")).collect();
    let twice = format!("{{{},\"k7\":0}}", keys.join(","));
    let headers: String = (0..3_000).map(|number| format!("X-H{number}: {}\r\n", "a".repeat(20))).collect();
    vec![
        body(call(&format!("{}{}", "[".repeat(deep), "]".repeat(deep)))),
        body(call(&format!("{{\"a\":{}1{}}}", "{\"a\":".repeat(deep), "}".repeat(deep)))),
        body("[".repeat(2_000_000)),
        body(call(&twice)),
        body(format!(r#"{{"jsonrpc":"2.0","id":"{}","method":"ping"}}"#, "i".repeat(1_000_000))),
        body(format!(r#"{{"jsonrpc":"2.0","id":{},"method":"ping"}}"#, "9".repeat(1_000_000))),
        body(format!(r#"{{"jsonrpc":"2.0","id":1,"method":"{}"}}"#, "m/".repeat(500_000))),
        body(format!("[{}]", [PING; 5_000].join(","))),
        body(format!(r#"{{"jsonrpc":"2.0","id":1e{},"method":"ping"}}"#, "9".repeat(100))),
        body(format!("{{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"ping\",\"x\":\"{}", "\\u0041".repeat(300_000))),
        head(evil, "Content-Length: 99999999999999999999").into_bytes(),
        head(evil, "Content-Length: 18446744073709551615").into_bytes(),
        head(evil, &format!("X-Long: {}", "x".repeat(5_000_000))).into_bytes(),
        head(evil, &headers).into_bytes(),
        [head(evil, "Transfer-Encoding: chunked").as_bytes(), b"ffffffffffffffffff\r\n"].concat(),
        [head(evil, "Transfer-Encoding: chunked").as_bytes(), b"1;", "x=y;".repeat(100_000).as_bytes()].concat(),
        format!("POST /{} HTTP/1.1\r\nHost: {}\r\n\r\n", "a/".repeat(50_000), evil.address).into_bytes(),
        format!(
            "POST /mcp HTTP/1.1\r\nHost: {}\r\nContent-Length: 16000000\r\n\r\n{}",
            evil.address,
            "x".repeat(8_000_000)
        )
        .into_bytes(),
        [
            b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".as_slice(),
            &[0, 0, 0, 4, 0, 0, 0, 0, 0],
            &[0, 0, 8, 6, 0, 0, 0, 0, 0, 1, 2, 3, 4, 5, 6, 7, 8].repeat(20_000),
        ]
        .concat(),
    ]
}

/// Sends a beginning and, of a head, a byte now and then, until it is thrown out.
async fn dribble(address: String, start: Vec<u8>) {
    let (mut from, mut to) = raw_socket(&address).await.into_split();
    // Whoever is thrown out at once has nothing more to send.
    let _ = to.write_all(&start).await;
    let in_head = !start.ends_with(b"\r\n\r\n") || start.starts_with(b"PRI");
    let dribbling = async {
        while in_head && to.write_all(b"x").await.is_ok() {
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        std::future::pending::<()>().await
    };
    let mut rest = Vec::new();
    tokio::select! {
        // The end may come as an end or as a reset.
        ended = within("a slow sender is thrown out", from.read_to_end(&mut rest)) => drop(ended),
        () = dribbling => {}
    }
}

/// An agent that asks for floods and reads nothing: others of the same server are answered, memory stays bounded, and the
/// one who does not read is let go.
#[tokio::test]
async fn slow_readers() {
    let setup = Setup::new().config("[limits]\nanswer_unread = \"1s\"");
    let solo = Solo::on(setup, Way::Stdio, &["--isolation", "shared"], &[]).await;
    let owner = Person::of_role(&solo.core, "owner").await;
    solo.core.stdio_server("good", &[], &["--small"]).await;
    let victim = solo.core.open("victim", &["good"], "/mcp/good").await;
    victim.call("small_one", "{}").await;
    solo.agent.call("test_simple_text", "{}").await;
    let before = memory_of(solo.core.pid());
    let mut deaf: Vec<(tokio::net::TcpStream, Agent)> = Vec::new();
    for number in 0..2 {
        let agent = solo.core.open(&format!("deaf{number}"), &["fix"], "/mcp/fix").await;
        let call = agent.request_text("tools/call", r#"{"name":"huge","arguments":{"bytes":10000000}}"#);
        let mut socket = narrow_socket(&solo.core.address).await;
        socket
            .write_all(format!("{}{call}", head(&agent, &format!("Content-Length: {}", call.len()))).as_bytes())
            .await
            .unwrap();
        deaf.push((socket, agent));
    }
    let flood = solo.core.open("flooded", &["fix"], "/mcp/fix").await;
    let call = flood.request_text("tools/call", r#"{"name":"flood","arguments":{"n":10000}}"#);
    let mut unread = narrow_socket(&solo.core.address).await;
    unread
        .write_all(format!("{}{call}", head(&flood, &format!("Content-Length: {}", call.len()))).as_bytes())
        .await
        .unwrap();
    for _ in 0..50 {
        let began = Instant::now();
        victim.call("small_one", "{}").await;
        assert!(began.elapsed() < Duration::from_secs(5), "an agent of another server waited {:?}", began.elapsed());
    }
    // One of the same server comes after what the server has begun to write, but it comes.
    solo.agent.call("test_simple_text", "{}").await;
    drop(unread);
    eventually("those who read nothing are let go", || async {
        (figure(&owner, "peta_connections").await == 1).then_some(())
    })
    .await;
    let grown = memory_of(solo.core.pid()).saturating_sub(before);
    assert!(grown < 300 << 20, "Core grew by {} MiB", grown >> 20);
    for (mut socket, agent) in deaf {
        assert_eq!(agent.post(PING).send().await.status, 200, "the session itself goes on");
        // What was on its way may be read, but not all of it is there.
        let mut all = Vec::new();
        let _ = socket.read_to_end(&mut all).await;
        assert!(all.len() < 10_000_000, "{}", all.len());
    }
}

/// The limits per caller: sessions of an agent, requests in flight in a session.
#[tokio::test]
async fn session_flood() {
    let setup = Setup::new().config("[sessions]\nper_agent = 5\nin_flight = 4");
    let solo = Solo::on(setup, Way::Stdio, &[], &[]).await;
    let token = solo.agent.token.clone().unwrap();
    let mut open = Vec::new();
    for _ in 0..4 {
        let mut agent = solo.core.agent("/mcp", &token);
        agent.open().await;
        open.push(agent);
    }
    for _ in 0..20 {
        let one_more = solo.core.agent("/mcp", &token).initialize("2025-11-25", "{}").await;
        assert_eq!((one_more.status, one_more.code().as_str()), (429, "P1020"), "{one_more:?}");
        assert_eq!(one_more.header("mcp-session-id"), "");
    }
    solo.core.open("neighbour", &["fix"], "/mcp").await;
    open.pop().unwrap().end().await;
    solo.core.agent("/mcp", &token).open().await;
    let mut waiting = Vec::new();
    for _ in 0..4 {
        waiting.push(solo.agent.begin_call("until_cancelled", "{}").await);
    }
    for _ in 0..5 {
        let refused = solo.agent.post(&solo.agent.request_text("tools/call", r#"{"name":"echo"}"#)).send().await;
        assert_eq!((refused.status, refused.code().as_str()), (429, "P1020"), "{refused:?}");
    }
    open[0].call("fix__test_simple_text", "{}").await;
    solo.agent.end().await;
}

/// The limit per address: connections. Whoever is in stays in; whoever leaves makes room.
#[tokio::test]
async fn connection_flood() {
    let core = Setup::new().config("[limits]\nconnections_loopback = 20").start().await;
    let mut open = Vec::new();
    for _ in 0..20 {
        open.push(raw_socket(&core.address).await);
    }
    for _ in 0..30 {
        let mut one_more = raw_socket(&core.address).await;
        let ended = within("one connection too many ends", one_more.read(&mut [0; 16])).await;
        assert!(matches!(ended, Ok(0) | Err(_)), "closed without an answer: {ended:?}");
    }
    // The people's socket is not an address.
    core.peta(&["agent", "list"]).await;
    drop(open);
    eventually("there is room again", || async {
        let mut socket = raw_socket(&core.address).await;
        socket
            .write_all(
                format!("GET /healthz HTTP/1.1\r\nHost: {}\r\nConnection: close\r\n\r\n", core.address).as_bytes(),
            )
            .await
            .ok()?;
        let mut all = String::new();
        socket.read_to_string(&mut all).await.ok()?;
        all.ends_with("ok").then_some(())
    })
    .await;
}

/// 10,000 idle streams (as many as the machine lets one process open), and a call among them is answered as ever.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn ten_thousand_idle_streams() {
    let most = raise_descriptors();
    let streams = usize::try_from(most.saturating_sub(2_000)).unwrap_or(usize::MAX).min(10_000);
    let solo = Solo::new(&["--small"]).await;
    solo.agent.call("small_one", "{}").await;
    let before = memory_of(solo.core.pid());
    let mut workers = JoinSet::new();
    for worker in 0..20 {
        let token = solo.core.token(&format!("idle{worker}"), &["fix"]).await;
        let address = solo.core.address.clone();
        workers.spawn(async move { idle(&address, &token, streams / 20).await });
    }
    let open: Vec<_> = workers.join_all().await.into_iter().flatten().collect();
    assert_eq!(open.len(), streams / 20 * 20);
    let each = memory_of(solo.core.pid()).saturating_sub(before) / open.len() as u64;
    let mut times = Vec::new();
    for _ in 0..20 {
        let began = Instant::now();
        solo.agent.call("small_one", "{}").await;
        times.push(began.elapsed());
    }
    times.sort();
    assert!(times[10] < Duration::from_secs(1), "the median call took {:?} among {} streams", times[10], open.len());
    assert!(each < 80 << 10, "each idle stream costs {} KiB", each >> 10);
    let owner = Person::of_role(&solo.core, "owner").await;
    assert_eq!(figure(&owner, "peta_streams").await, open.len() as u64);
    drop(open);
    eventually("the connections are gone", || async { (figure(&owner, "peta_connections").await < 5).then_some(()) })
        .await;
}

/// So many sessions with their stream open, in as few bytes as it takes.
async fn idle(address: &str, token: &str, count: usize) -> Vec<tokio::net::TcpStream> {
    let agent = Agent::new(address, "/mcp/fix", Some(token));
    let mut kept = peta_testkit::Kept::open(address).await;
    let hello = r#"{"jsonrpc":"2.0","id":0,"method":"initialize","params":{"protocolVersion":"2025-11-25","capabilities":{},"clientInfo":{"name":"t","version":"1"}}}"#;
    let mut open = Vec::with_capacity(count);
    for _ in 0..count {
        let session = kept.send(agent.post(hello)).await.header("mcp-session-id").to_owned();
        let mut socket = raw_socket(address).await;
        let get = format!(
            "GET /mcp/fix HTTP/1.1\r\nHost: {address}\r\nAuthorization: Bearer {token}\r\nMcp-Session-Id: {session}\r\nAccept: text/event-stream\r\n\r\n"
        );
        socket.write_all(get.as_bytes()).await.unwrap();
        let mut answer = [0; 12];
        socket.read_exact(&mut answer).await.unwrap();
        assert_eq!(&answer, b"HTTP/1.1 200");
        open.push(socket);
    }
    open
}

/// A Core that is asked by nobody keeps nothing of those who came and went.
#[tokio::test]
async fn nothing_is_left_of_those_who_went() {
    let core = Core::start().await;
    let owner = Person::of_role(&core, "owner").await;
    for round in 0..3 {
        let agent = core.open(&format!("a{round}"), &[], "/mcp").await;
        let stream = agent.listen().await;
        agent.end().await;
        drop(stream);
    }
    eventually("no session, no stream", || async {
        (figure(&owner, "peta_sessions").await == 0 && figure(&owner, "peta_streams").await == 0).then_some(())
    })
    .await;
}
