//! What survives the end of Core, by a kill or in good order: sessions, and nothing that has ended.

use std::path::PathBuf;

use http::Method;
use peta_testkit::{
    Agent, Bridge, Core, Setup, command, eventually, finish, json, peers, python_peer, read_trace, suite_node,
};

use crate::house::{PING, Solo, Way, knock, raw};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum End {
    Kill,
    Stop,
}

/// Ends Core so and starts it again on the same data and the same address.
async fn again(core: &mut Core, end: End, config: &str) {
    match end {
        End::Kill => core.kill().await,
        End::Stop => assert_eq!(core.stop().await, 0, "{}", core.said()),
    }
    let next = Setup::again(core).config(config).listen(&core.address).start().await;
    *core = next;
}

async fn initializations(core: &Core) -> usize {
    core.events(|event| event["kind"] == "initialize").await.len()
}

#[tokio::test]
async fn sessions_survive_a_restart() {
    for (way, end) in [(Way::Stdio, End::Kill), (Way::Http, End::Stop), (Way::Sse, End::Kill)] {
        let mut solo = Solo::by(way, &[], &[]).await;
        let features = r#"{"sampling":{},"experimental":{"vendor/x":{"n":1.0}}}"#;
        let mut agent = solo.core.agent("/mcp/fix", solo.agent.token.as_deref().unwrap());
        agent.open_with(features).await;
        agent.result("logging/setLevel", r#"{"level":"warning"}"#).await;
        agent.result("resources/subscribe", r#"{"uri":"test://watched-resource"}"#).await;
        let before = initializations(&solo.core).await;
        again(&mut solo.core, end, "").await;

        // Nothing was started for it before it came back.
        let mut stream = agent.listen().await;
        let who = agent.call("who", "{}").await;
        let text = who["content"][0]["text"].as_str().unwrap();
        assert_eq!(raw(raw(text, "initialize"), "capabilities"), features, "{way:?}");
        let notes = agent.call("notes", "{}").await;
        assert_eq!(notes["structuredContent"]["level"], "warning", "{way:?}: {notes}");
        agent.call("touch", "{}").await;
        let update = stream.until("notifications/resources/updated").await;
        assert_eq!(update["params"]["uri"], "test://watched-resource", "{way:?}");
        assert_eq!(initializations(&solo.core).await, before, "{way:?}: nobody initialized again");
        // And once more, from what was kept before.
        again(&mut solo.core, End::Kill, "").await;
        assert_eq!(agent.call("notes", "{}").await["structuredContent"]["level"], "warning", "{way:?}");
        assert_eq!(agent.end().await.status, 204, "{way:?}");
    }
}

#[tokio::test]
async fn a_session_that_only_listens_hears_of_its_subscriptions() {
    let mut solo = Solo::by(Way::Http, &["--isolation", "shared"], &[]).await;
    solo.agent.result("resources/subscribe", r#"{"uri":"test://watched-resource"}"#).await;
    again(&mut solo.core, End::Kill, "").await;
    let mut stream = solo.agent.listen().await;
    let mut other = solo.core.agent("/mcp/fix", solo.agent.token.as_deref().unwrap());
    other.open().await;
    let touching = async {
        loop {
            other.call("touch", "{}").await;
        }
    };
    let update = tokio::select! {
        update = stream.until("notifications/resources/updated") => update,
        never = touching => never,
    };
    assert_eq!(update["params"]["uri"], "test://watched-resource");
}

#[tokio::test]
async fn what_has_ended_stays_ended() {
    let mut solo = Solo::new(&[]).await;
    let own = solo.agent.token.clone().unwrap();
    let mut ended = solo.core.agent("/mcp/fix", &own);
    ended.open().await;
    let revoked = solo.core.open("revoked", &["fix"], "/mcp/fix").await;
    let thief = solo.core.token("thief", &["fix"]).await;
    solo.core.peta(&["agent", "revoke", "revoked"]).await;
    assert_eq!(ended.end().await.status, 204);
    again(&mut solo.core, End::Kill, "").await;

    let session = solo.agent.session.clone().unwrap();
    for method in [Method::POST, Method::GET, Method::DELETE] {
        let unknown = knock(&solo.agent, &method, &own, "/mcp/fix", "nobody-has-this-session").await;
        assert_eq!((unknown.status, unknown.code().as_str()), (404, "P1004"), "{unknown:?}");
        for (what, answer) in [
            ("ended", knock(&solo.agent, &method, &own, "/mcp/fix", ended.session.as_deref().unwrap()).await),
            (
                "of a revoked agent",
                knock(&solo.agent, &method, &own, "/mcp/fix", revoked.session.as_deref().unwrap()).await,
            ),
            ("foreign", knock(&solo.agent, &method, &thief, "/mcp/fix", &session).await),
            ("other endpoint", knock(&solo.agent, &method, &own, "/mcp", &session).await),
            ("written otherwise", knock(&solo.agent, &method, &own, "/mcp/fix", &session.to_uppercase()).await),
            ("a number", knock(&solo.agent, &method, &own, "/mcp/fix", &format!("+{session}")).await),
        ] {
            // An id without letters is the same in capitals.
            if what != "written otherwise" || session != session.to_uppercase() {
                assert_eq!(answer.likeness(), unknown.likeness(), "{method} {what}");
            }
        }
    }
    assert_eq!(solo.agent.post(PING).send().await.status, 200, "nothing of that ended the session");
    assert_eq!(revoked.post(PING).send().await.status, 401);
    assert_eq!(solo.agent.end().await.status, 204, "a session that came back ends like any other");
    again(&mut solo.core, End::Kill, "").await;
    assert_eq!(solo.agent.post(PING).send().await.status, 404);
}

#[tokio::test]
async fn a_session_that_nobody_used_for_long_is_forgotten() {
    let mut solo = Solo::new(&[]).await;
    again(&mut solo.core, End::Kill, "[sessions]\nkept = \"1ms\"").await;
    assert_eq!(solo.agent.post(PING).send().await.status, 404);
}

#[tokio::test]
async fn a_call_that_was_cut_is_told_as_unknown_and_never_runs_twice() {
    for end in [End::Kill, End::Stop] {
        let config = "[drain]\nwithin = \"200ms\"";
        let mut solo = Solo::on(Setup::new().config(config), Way::Stdio, &[], &[]).await;
        let body = r#"{"jsonrpc":"2.0","id":"cut 1","method":"tools/call","params":{"name":"hang","arguments":{}}}"#;
        let mut stream = solo.agent.post(body).open().await;
        let first = stream.event().await.unwrap();
        solo.receives("\"hang\"").await;
        let quick = solo.agent.begin_call("slow", r#"{"ms":300}"#).await.event().await.unwrap();
        again(&mut solo.core, end, config).await;
        for (id, asked) in [(&first.id, json!("cut 1")), (&quick.id, json!(1))] {
            let answer = solo.agent.resume(id).await.answer().await;
            assert_eq!(answer["id"], asked, "{end:?}: {answer}");
            assert_eq!(answer["error"]["data"]["code"], "P5009", "{end:?}: {answer}");
        }
        // The session goes on, on new streams, which are never taken for the old ones.
        let mut later = solo.agent.begin_call("slow", r#"{"ms":400}"#).await;
        assert_ne!(later.event().await.unwrap().id.split('.').next(), first.id.split('.').next());
        assert_eq!(later.answer().await["result"]["content"][0]["text"], "slept");
        let ran = read_trace(&solo.trace).into_iter().filter(|line| line.way == "in" && line.text.contains("\"hang\""));
        assert_eq!(ran.count(), 1, "{end:?}: once");
    }
}

#[tokio::test]
async fn lists_that_changed_unseen_are_told_and_others_are_not() {
    let mut core = Core::start().await;
    core.stdio_server("one", &[], &["--small"]).await;
    core.stdio_server("two", &[], &["--small"]).await;
    let agent = core.open("a", &["one"], "/mcp").await;
    let bystander = core.open("b", &["one"], "/mcp").await;
    core.peta(&["grant", "add", "a", "two"]).await;
    again(&mut core, End::Kill, "").await;
    let (mut stream, mut aside) = (agent.listen().await, bystander.listen().await);
    stream.until("notifications/tools/list_changed").await;
    assert!(aside.silent_for(std::time::Duration::from_millis(600)).await, "nothing changed for the other agent");
}

#[tokio::test]
async fn many_sessions_come_back_at_once_and_no_limit_is_broken() {
    let mut solo = Solo::new(&[]).await;
    let token = solo.agent.token.clone().unwrap();
    let mut agents = Vec::new();
    for _ in 0..40 {
        let mut agent = solo.core.agent("/mcp", &token);
        agent.open_with("{}").await;
        agents.push(agent);
    }
    let config = "[sessions]\nper_agent = 41";
    again(&mut solo.core, End::Kill, config).await;
    // All at once, and each with two requests that both find it for the first time.
    let ping = |(id, agent): (usize, &Agent)| {
        let (agent, body) = (copy(agent), format!(r#"{{"jsonrpc":"2.0","id":{id},"method":"ping"}}"#));
        tokio::spawn(async move { agent.post(&body).send().await.status })
    };
    let pings: Vec<_> = agents.iter().chain(agents.iter()).enumerate().map(ping).collect();
    for status in pings {
        assert_eq!(status.await.unwrap(), 200);
    }
    let mut one_more = solo.core.agent("/mcp", &token);
    one_more.open_with("{}").await;
    let full = solo.agent.post(PING).send().await;
    assert_eq!((full.status, full.code().as_str()), (429, "P1020"), "the limit holds: {full:?}");
    one_more.end().await;
    assert_eq!(solo.agent.post(PING).send().await.status, 200, "with room again it comes back");
}

fn copy(agent: &Agent) -> Agent {
    let mut copy = Agent::new(&agent.address, &agent.path, agent.token.as_deref());
    copy.session.clone_from(&agent.session);
    copy.version.clone_from(&agent.version);
    copy
}

#[tokio::test]
async fn the_bridge_goes_on_with_its_session() {
    let mut core = Core::start().await;
    core.stdio_server("fix", &[], &[]).await;
    let token = core.token("a", &["fix"]).await;
    let mut bridge = Bridge::launch(&["--data", core.data.to_str().unwrap()], &[("PETA_AGENT_TOKEN", &token)]);
    bridge.open().await;
    bridge.ask(1, "logging/setLevel", r#"{"level":"error"}"#).await;
    let uri = r#"{"uri":"fix+test://watched-resource"}"#;
    assert!(bridge.ask(2, "resources/subscribe", uri).await["result"].is_object());
    again(&mut core, End::Kill, "").await;
    let notes = bridge.ask(3, "tools/call", r#"{"name":"fix__notes","arguments":{}}"#).await;
    assert_eq!(notes["result"]["structuredContent"]["level"], "error", "{notes}");
    bridge
        .write(r#"{"jsonrpc":"2.0","id":4,"method":"tools/call","params":{"name":"fix__touch","arguments":{}}}"#)
        .await;
    let updated = loop {
        let message = bridge.message().await;
        if message["method"] == "notifications/resources/updated" {
            break message;
        }
    };
    assert_eq!(updated["params"]["uri"], "fix+test://watched-resource");
    assert_eq!(initializations(&core).await, 1, "the same session");
    assert_eq!(bridge.close().await, 0);
}

/// Runs a client that tells by a file when Core may go, and waits for another before it goes on.
async fn client_through_a_restart(program: PathBuf, script: PathBuf) {
    let mut core = Core::start().await;
    core.stdio_server("fix", &[], &[]).await;
    let token = core.token("a", &["fix"]).await;
    let (ready, go) = (core.file("ready"), core.file("go"));
    let mut client = command(&program);
    client.arg(&script).envs([("URL", core.url("/mcp/fix")), ("TOKEN", token)]);
    client.env("READY", &ready).env("GO", &go).env("HOME", core.file("."));
    let (ran, ()) = tokio::join!(finish("a client of an SDK", client), async {
        eventually("the client has used its session", || async { ready.exists().then_some(()) }).await;
        again(&mut core, End::Kill, "").await;
        std::fs::write(&go, "").unwrap();
    });
    let said = format!("{}\n{}\nCore said:\n{}", ran.stdout, ran.stderr, core.said());
    assert_eq!(ran.code, 0, "{said}");
    assert!(
        ran.stdout.lines().last().is_some_and(|line| line.contains("\"ok\": true") || line.contains("\"ok\":true")),
        "{said}"
    );
    assert_eq!(initializations(&core).await, 1, "the same session: {said}");
}

#[tokio::test]
async fn typescript_sdk_client_through_a_restart() {
    client_through_a_restart(suite_node(), peers().join("ts/restart.mjs")).await;
}

#[tokio::test]
async fn python_sdk_client_through_a_restart() {
    client_through_a_restart(python_peer("python"), peers().join("py/restart.py")).await;
}
