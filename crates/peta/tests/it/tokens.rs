//! Tokens: an agent's goes to no server and stands nowhere in the clear; an administrator's has its role.

use peta_testkit::{Core, Served, command, peta_program, read_trace};

use crate::house::{Solo, WAYS};

#[tokio::test]
async fn north_token_never_south() {
    for way in WAYS {
        let solo = Solo::by(way, &[], &[]).await;
        let token = solo.agent.token.clone().unwrap();
        solo.agent.call("echo", "{}").await;
        solo.agent.names("resources/list").await;
        let env = solo.agent.call("env", "{}").await.to_string();
        let heard = solo.traced().into_iter().filter(|line| line.way != "out");
        for line in heard {
            assert!(!line.text.contains(&token) && !line.text.contains("\"authorization\""), "{way:?}: {}", line.text);
        }
        assert!(!env.contains("peta_st_"), "{env}");
    }
}

#[tokio::test]
async fn redirects_lead_nowhere_else() {
    let target = Served::http(&[]).await;
    let core = Core::start().await;
    let trace = core.file("stranger");
    let stranger = Served::http(&["--trace", trace.to_str().unwrap()]).await;
    for (name, url) in [("elsewhere", stranger.url("/mcp")), ("metadata", "http://169.254.169.254/latest".to_owned())] {
        let served = Served::http(&["--redirect", &url]).await;
        core.url_server(name, &served.url("/mcp"), &["--transport", "http"]).await;
        let shown = core.json(&["server", "show", name, "--json"]).await;
        assert_eq!(shown["state"], "degraded", "{shown}");
    }
    assert!(read_trace(&trace).is_empty(), "the other origin was not asked");
    core.url_server("fine", &target.url("/mcp"), &[]).await;
}

#[tokio::test]
async fn addresses_that_are_never_dialled() {
    let core = Core::start().await;
    for (name, url) in [
        ("meta", "http://169.254.169.254/mcp"),
        ("link", "http://[fe80::1]/mcp"),
        ("mapped", "http://[::ffff:169.254.169.254]/mcp"),
    ] {
        let ran = core.run(&["server", "add", name, "--url", url]).await;
        if ran.code == 0 {
            let shown = core.json(&["server", "show", name, "--json"]).await;
            assert_eq!(shown["failure"]["code"], "P5011", "{url}: {shown}");
        } else {
            assert!(ran.stderr.contains("P5011") || ran.stderr.contains("P7005"), "{url}: {ran:?}");
        }
    }
    for url in ["ftp://127.0.0.1/", "file:///etc/passwd", "http://user:pass@127.0.0.1/mcp", "nonsense"] {
        let ran = core.run(&["server", "add", "wrong", "--url", url]).await;
        assert_ne!(ran.code, 0, "{url}: {ran:?}");
    }
}

#[tokio::test]
async fn an_administrators_token_over_http() {
    let solo = Solo::new(&[]).await;
    let token = |text: String| text.split_whitespace().find(|word| word.starts_with("peta_ac_")).unwrap().to_owned();
    let owner = token(solo.core.peta(&["admin", "token"]).await);
    let auditor = token(solo.core.peta(&["admin", "token", "--role", "auditor", "--expires", "1h"]).await);
    let run = |token: String, words: &'static [&'static str]| {
        let url = solo.core.url("");
        async move {
            let mut peta = command(&peta_program());
            peta.args(words).env("PETA_URL", url).env("PETA_TOKEN", token);
            peta.output().await.unwrap()
        }
    };
    for token in [&owner, &auditor] {
        let listed = run(token.clone(), &["server", "list", "--json"]).await;
        assert!(listed.status.success(), "{listed:?}");
        assert!(String::from_utf8_lossy(&listed.stdout).contains("\"fix\""), "{listed:?}");
    }
    let refused = run(auditor, &["server", "add", "x", "--", "true"]).await;
    assert_eq!(refused.status.code(), Some(1), "{refused:?}");
    assert!(String::from_utf8_lossy(&refused.stderr).contains("P7002"), "{refused:?}");
    let agents = run(solo.agent.token.clone().unwrap(), &["server", "list"]).await;
    assert_eq!(agents.status.code(), Some(1), "{agents:?}");
}

#[tokio::test]
async fn tokens_stand_nowhere_in_the_clear() {
    let mut solo = Solo::new(&[]).await;
    let token = solo.agent.token.clone().unwrap();
    assert!(token.starts_with("peta_st_") && token.len() == 57, "{token}");
    solo.agent.call("echo", "{}").await;
    let shown = solo.core.peta(&["agent", "show", "a", "--json"]).await;
    assert!(!shown.contains(&token), "{shown}");
    solo.core.stop().await;
    assert!(!solo.core.said().contains(&token), "the log");
    for entry in std::fs::read_dir(&solo.core.data).unwrap().flatten() {
        let bytes = std::fs::read(entry.path()).unwrap_or_default();
        let found = bytes.windows(token.len()).any(|window| window == token.as_bytes());
        assert!(!found, "{:?}", entry.path());
    }
}

#[tokio::test]
async fn children_get_a_small_environment() {
    let core =
        peta_testkit::Setup::new().env("PETA_TOKEN", "peta_ac_secret").env("SOME_SECRET", "s3cr3t").start().await;
    core.stdio_server("fix", &["--env", "GIVEN=yes", "--env", "ALSO=a=b"], &[]).await;
    let agent = core.open("a", &["fix"], "/mcp/fix").await;
    let env = agent.call("env", "{}").await["structuredContent"]["env"].clone();
    assert_eq!((env["GIVEN"].as_str(), env["ALSO"].as_str()), (Some("yes"), Some("a=b")), "{env}");
    for name in ["SOME_SECRET", "PETA_TOKEN", "PETA_DATA"] {
        assert!(env.get(name).is_none(), "{name} in {env}");
    }
    let shown = core.peta(&["server", "show", "fix", "--json"]).await;
    assert!(shown.contains("GIVEN") && !shown.contains("\"yes\""), "values are never shown: {shown}");
}
