//! Tokens: an agent's goes to no server and stands nowhere in the clear; an administrator's has its role.

use peta_testkit::{command, peta_program};

use crate::house::Solo;

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
