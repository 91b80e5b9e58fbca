//! Ends: of calls when their server is withdrawn, of Core when it is told to, of whole process trees in any case.

use std::{
    path::Path,
    time::{Duration, Instant},
};

use peta_testkit::{Core, Setup, eventually, within};

use crate::house::{Solo, Way};

fn alive(pid: &str) -> bool {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    // A process that nobody has waited for yet is dead all the same.
    stat.rsplit(')').next().is_some_and(|rest| !rest.is_empty() && !rest.trim_start().starts_with(['Z', 'X']))
}

async fn number(file: &Path) -> String {
    eventually("the grandchild runs", || async {
        let text = std::fs::read_to_string(file).ok()?;
        (!text.trim().is_empty()).then(|| text.trim().to_owned())
    })
    .await
}

/// A Core with a stubborn server and its stubborn grandchild; both their numbers.
async fn stubborn() -> (Solo, [String; 2]) {
    let setup = Setup::new().config("[instances]\nstop = \"200ms\"\nterm = \"300ms\"");
    let file = setup.file("grandchild");
    let solo =
        Solo::on(setup, Way::Stdio, &["--no-discover"], &["--stubborn", "--grandchild", file.to_str().unwrap()]).await;
    let who = solo.agent.call("who", "{}").await;
    let child = who["structuredContent"]["pid"].to_string();
    let grandchild = number(&file).await;
    assert!(alive(&child) && alive(&grandchild));
    (solo, [child, grandchild])
}

async fn gone(pids: &[String; 2]) {
    eventually("no orphan is left", || async { (!alive(&pids[0]) && !alive(&pids[1])).then_some(()) }).await;
}

#[tokio::test]
async fn no_orphan_after_stop() {
    let (mut solo, pids) = stubborn().await;
    let code = solo.core.stop().await;
    assert_eq!(code, 0, "{}", solo.core.said());
    gone(&pids).await;
}

#[tokio::test]
async fn no_orphan_after_kill() {
    let (mut solo, pids) = stubborn().await;
    solo.core.kill().await;
    gone(&pids).await;
}

#[tokio::test]
async fn no_orphan_after_the_session() {
    let (solo, pids) = stubborn().await;
    solo.agent.end().await;
    gone(&pids).await;
}

#[tokio::test]
async fn no_orphan_after_removal() {
    let (solo, pids) = stubborn().await;
    solo.core.peta(&["server", "remove", "fix", "--now"]).await;
    gone(&pids).await;
}

#[tokio::test]
async fn a_withdrawn_server_lets_running_calls_end() {
    for act in ["disable", "remove"] {
        let setup = Setup::new().config("[calls]\nwithdrawn = \"1s\"");
        let solo = Solo::on(setup, Way::Stdio, &[], &[]).await;
        solo.agent.call("test_simple_text", "{}").await;
        let mut brief = solo.agent.begin_call("slow", r#"{"ms":600}"#).await;
        let mut long = solo.agent.begin_call("hang", "{}").await;
        solo.receives("\"hang\"").await;
        let words = ["server", act, "fix"];
        let (_, (), after) = tokio::join!(
            solo.core.peta(&words),
            async {
                assert!(brief.answer().await["result"].is_object(), "{act}: it had time to end");
                let answer = long.answer().await;
                assert_eq!(answer["error"]["data"]["code"], "P5008", "{act}: {answer}");
            },
            async {
                tokio::time::sleep(Duration::from_millis(300)).await;
                solo.agent.post(&solo.agent.request_text("tools/call", r#"{"name":"test_simple_text"}"#)).send().await
            }
        );
        assert!(after.status == 404 || after.code().starts_with("P5") || after.code() == "P2001", "{act}: {after:?}");
    }
}

#[tokio::test]
async fn now_cuts_running_calls() {
    let solo = Solo::new(&[]).await;
    solo.agent.call("test_simple_text", "{}").await;
    let mut call = solo.agent.begin_call("hang", "{}").await;
    solo.receives("\"hang\"").await;
    let began = Instant::now();
    solo.core.peta(&["server", "disable", "fix", "--now"]).await;
    assert_eq!(call.answer().await["error"]["data"]["code"], "P5008");
    assert!(began.elapsed() < Duration::from_secs(3), "{:?}", began.elapsed());
}

#[tokio::test]
async fn core_drains_before_it_ends() {
    let mut solo = Solo::new(&[]).await;
    solo.agent.call("test_simple_text", "{}").await;
    let mut call = solo.agent.begin_call("slow", r#"{"ms":1000}"#).await;
    let address = solo.core.address.clone();
    let (code, answer) = tokio::join!(solo.core.stop(), call.answer());
    assert_eq!(code, 0);
    assert_eq!(answer["result"]["content"][0]["text"], "slept", "{answer}");
    let refused = tokio::net::TcpListener::bind(&address).await;
    assert!(refused.is_ok(), "the port is free again");
}

#[tokio::test]
async fn core_does_not_wait_for_ever() {
    let setup = Setup::new().config("[drain]\nwithin = \"1s\"");
    let mut solo = Solo::on(setup, Way::Stdio, &[], &[]).await;
    let mut call = solo.agent.begin_call("hang", "{}").await;
    solo.receives("\"hang\"").await;
    let began = Instant::now();
    let (code, answer) = tokio::join!(solo.core.stop(), call.answer());
    assert_eq!(code, 0);
    assert!(answer["error"]["data"]["code"].as_str().is_some_and(|code| code.starts_with('P')), "{answer}");
    assert!(began.elapsed() < Duration::from_secs(8), "{:?}", began.elapsed());
}

#[tokio::test]
async fn everything_is_there_after_a_restart() {
    let mut solo = Solo::new(&[]).await;
    solo.agent.call("test_simple_text", "{}").await;
    solo.core.stop().await;
    let core = Setup::again(&solo.core).start().await;
    let mut agent = core.agent("/mcp/fix", solo.agent.token.as_deref().unwrap());
    agent.open().await;
    agent.call("test_simple_text", "{}").await;
    let calls = core.events(|event| event["kind"] == "tool_call").await;
    assert_eq!(calls.len(), 2, "{calls:?}");
}

#[tokio::test]
async fn a_call_cut_by_a_kill_has_an_unknown_outcome() {
    let mut solo = Solo::new(&[]).await;
    let call = solo.agent.begin_call("hang", "{}");
    let hanging = within("the call is under way", async {
        let call = call.await;
        solo.receives("\"hang\"").await;
        call
    })
    .await;
    solo.core.kill().await;
    drop(hanging);
    let core: Core = Setup::again(&solo.core).start().await;
    let events = core.events(|event| event["capability"] == "hang").await;
    assert_eq!(events.len(), 1, "{events:?}");
    assert_eq!(events[0]["outcome"], "unknown", "{events:?}");
}
