//! Secrets go where they belong, and to nobody else.

use peta_testkit::{Core, eventually};

use super::{SECRET, World, calls};

/// Header, cookie and basic pair, on all transports: every request carries them, from the handshake on, and no agent's
/// token does.
#[tokio::test]
async fn credentials_go_with_every_request() {
    for face in ["http", "sse"] {
        let world = World::new(face).await;
        let core = &world.core;
        core.credential("github", "fix", &["--header", "Authorization: Bearer {}"], SECRET).await;
        core.credential("session", "fix", &["--cookie", "sid"], "cookie-secret-0123456789abcdef").await;
        core.credential("extra", "fix", &["--header", "X-Api-Key: {}"], "another-secret-0123456789abcd").await;
        let before = world.heads().len();
        let agent = core.open("one", &["fix"], "/mcp/fix").await;
        agent.call("who", "{}").await;
        agent.end().await;

        let heads = world.heads().split_off(before);
        assert!(heads.len() >= 3, "{face}: {heads:?}");
        for head in &heads {
            assert_eq!(head["authorization"], format!("Bearer {SECRET}"), "{face}: {head}");
            assert_eq!(head["cookie"], "sid=cookie-secret-0123456789abcdef", "{face}: {head}");
            assert_eq!(head["x-api-key"], "another-secret-0123456789abcd", "{face}: {head}");
        }
        let token = agent.token.clone().unwrap();
        assert!(!std::fs::read_to_string(&world.trace).unwrap().contains(&token), "{face}");
        let event = calls(core).await.pop().unwrap();
        let names: Vec<_> = event["detail"]["credentials"].as_array().unwrap().iter().map(|one| &one["name"]).collect();
        assert_eq!(names, ["session", "github", "extra"], "{event}");
        assert_eq!(event["detail"]["credentials"][0]["owner"], "shared", "{event}");
    }
}

#[tokio::test]
async fn a_basic_pair_is_sent_as_one() {
    let world = World::new("http").await;
    world.core.credential("basic", "fix", &["--basic", "ada"], SECRET).await;
    let agent = world.core.open("one", &["fix"], "/mcp/fix").await;
    agent.call("who", "{}").await;
    let sent = world.heads().pop().unwrap()["authorization"].as_str().unwrap().to_owned();
    // `ada:` and the secret, by hand: RFC 7617.
    let pair = "YWRhOnNrLWxpdmUtN1FtMnhWOWNUNGJOOHJLMXdaNXlIM3BMNmRGMGdKMnM=";
    assert_eq!(sent, format!("Basic {pair}"));
}

/// Answers of a server that shows what it was sent come back without it.
#[tokio::test]
async fn what_a_server_shows_of_its_head_is_cut() {
    let world = World::new("http").await;
    world.core.credential("github", "fix", &["--header", "Authorization: Bearer {}"], SECRET).await;
    let agent = world.core.open("one", &["fix"], "/mcp/fix").await;
    let shown = agent.call("who", "{}").await.to_string();
    assert!(!shown.contains(SECRET) && shown.contains("[secret removed]"), "{shown}");
    eventually("the cut is on record", async || {
        let told = world.core.events(|event| event["kind"] == "credential.echo").await;
        told.iter().any(|event| event["detail"]["name"] == "github" && event["server"] == "fix").then_some(())
    })
    .await;
}

/// Environment, descriptor and file; the command line of no child shows a secret, nor does an environment where it was
/// not chosen.
#[tokio::test]
async fn proc_scan() {
    for (option, in_environment) in [("--env", true), ("--fd", false), ("--file", false)] {
        let core = Core::start().await;
        core.stdio_server("fix", &["--no-discover"], &[]).await;
        core.credential("token", "fix", &[option, "FIXTURE_TOKEN"], SECRET).await;
        let agent = core.open("one", &["fix"], "/mcp/fix").await;
        let shown = agent.call("env", "{}").await;
        let value = shown["structuredContent"]["env"]["FIXTURE_TOKEN"].as_str().unwrap().to_owned();
        if in_environment {
            assert_eq!(value, "[secret removed]");
        } else {
            assert!(value.starts_with("/dev/shm/") || value.parse::<i32>().is_ok(), "{option}: {value}");
        }
        let mut seen = 0;
        for child in below(core.pid()) {
            seen += 1;
            let read = |what: &str| std::fs::read(format!("/proc/{child}/{what}")).unwrap_or_default();
            let holds = |what: &str| read(what).windows(SECRET.len()).any(|window| window == SECRET.as_bytes());
            assert!(!holds("cmdline"), "{option}: {child}");
            let is_launcher = String::from_utf8_lossy(&read("cmdline")).contains("launch");
            assert_eq!(holds("environ"), in_environment && !is_launcher, "{option}: {child}");
        }
        assert!(seen >= 2, "a launcher and its server: {seen}");
    }
}

/// The processes below one.
fn below(pid: u32) -> Vec<u32> {
    let children = std::fs::read_to_string(format!("/proc/{pid}/task/{pid}/children")).unwrap_or_default();
    let threads = std::fs::read_dir(format!("/proc/{pid}/task")).into_iter().flatten().flatten();
    let of_threads = threads.map(|thread| std::fs::read_to_string(thread.path().join("children")).unwrap_or_default());
    let all: std::collections::BTreeSet<u32> = of_threads
        .chain([children])
        .flat_map(|text| text.split_whitespace().filter_map(|pid| pid.parse().ok()).collect::<Vec<u32>>())
        .collect();
    all.into_iter().flat_map(|child| [vec![child], below(child)].concat()).collect()
}

/// A new secret of a stdio server takes its place with the next instance, which is at once.
#[tokio::test]
async fn a_rotated_secret_is_what_is_sent_from_then_on() {
    let world = World::new("http").await;
    let core = &world.core;
    core.credential("github", "fix", &["--header", "Authorization: Bearer {}"], SECRET).await;
    let agent = core.open("one", &["fix"], "/mcp/fix").await;
    agent.call("who", "{}").await;
    let ran =
        core.run_fed(&["credential", "rotate", "github", "--from-stdin"], "rotated-secret-ABCDEFGH-12345678").await;
    assert_eq!(ran.code, 0, "{ran:?}");
    agent.call("who", "{}").await;
    let last = world.heads().pop().unwrap();
    assert_eq!(last["authorization"], "Bearer rotated-secret-ABCDEFGH-12345678");
    // The old one is still cut out of what comes back, and the new one is too.
    for secret in [SECRET, "rotated-secret-ABCDEFGH-12345678"] {
        world.says(&format!("result {{\"content\":[{{\"type\":\"text\",\"text\":\"was {secret}\"}}]}}\n"));
        let shown = agent.call("said", "{}").await.to_string();
        assert!(!shown.contains(secret), "{shown}");
    }
    core.peta(&["credential", "remove", "github"]).await;
    agent.call("who", "{}").await;
    assert!(world.heads().pop().unwrap().get("authorization").is_none());
}

/// One for a capability goes before the one for all, and with nothing else; a process cannot be given such a one.
#[tokio::test]
async fn a_credential_may_be_for_one_capability() {
    let world = World::new("http").await;
    let core = &world.core;
    let before = world.heads().len();
    let bearer = ["--header", "Authorization: Bearer {}"];
    core.credential("all", "fix", &bearer, SECRET).await;
    let for_who = [bearer.as_slice(), &["--capability", "tool:who"]].concat();
    core.credential("who", "fix", &for_who, "scoped-secret-0123456789-abcdef").await;
    let agent = core.open("one", &["fix"], "/mcp/fix").await;
    // The line's own requests, such as for its lists, come beside the calls.
    let scoped = || {
        let heads = world.heads();
        let with =
            |secret: &str| heads.iter().filter(|head| head["authorization"] == format!("Bearer {secret}")).count();
        assert_eq!(with("scoped-secret-0123456789-abcdef") + with(SECRET), heads.len() - before);
        with("scoped-secret-0123456789-abcdef")
    };
    agent.call("notes", "{}").await;
    assert_eq!(scoped(), 0);
    agent.call("who", "{}").await;
    assert_eq!(scoped(), 1);

    core.stdio_server("pipe", &["--no-discover"], &[]).await;
    let add = ["credential", "add", "p", "--server", "pipe", "--env", "T", "--capability", "tool:who", "--from-stdin"];
    let ran = core.run_fed(&add, SECRET).await;
    assert!(ran.code == 1 && ran.stderr.contains("P4006"), "{ran:?}");
}
