//! The fixture itself against the official suite: what fails through the gateway must not fail here.

use peta_testkit::{Agent, Served, server_suite};

#[tokio::test]
async fn the_fixture_conforms() {
    let fixture = Served::http(&[]).await;
    let folder = tempfile::tempdir().unwrap();
    let scores = server_suite(&fixture.url("/mcp"), folder.path()).await;
    scores.all_pass(&["server-session-lifecycle", "json-schema-2020-12", "server-sse-polling"]);
}

#[tokio::test]
async fn an_agent_of_the_kit_talks_to_the_fixture() {
    let fixture = Served::http(&["--decorate", "--pages", "3"]).await;
    let mut agent = Agent::new(&format!("127.0.0.1:{}", fixture.port), "/mcp", None);
    agent.open().await;
    assert!(agent.names("tools/list").await.contains(&"echo".to_owned()));
    let result = agent.call("echo", r#"{"n":1e0}"#).await;
    assert!(result["content"][0]["text"].as_str().unwrap().contains(r#""n":1e0"#), "{result}");
    let mut stream = agent.begin_call("ask_sampling", r#"{"label":"x"}"#).await;
    let asked = stream.until("sampling/createMessage").await;
    agent.reply(&asked, r#"{"role":"assistant","model":"m","content":{"type":"text","text":"hi"}}"#).await;
    let answer = stream.answer().await;
    assert_eq!(answer["result"]["structuredContent"]["answer"]["result"]["content"]["text"], "hi");
}
