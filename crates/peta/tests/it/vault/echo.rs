//! T52: a server that says what it was handed, in each encoding, by each way that it can say something.

use peta_testkit::{Agent, Setup, eventually};

use super::{SECRET, World, forms::forms_of};

/// What must be found in nothing that the agent got: the middle of each form, since its edges may stay.
fn traces(form: &str) -> String {
    form[form.len() / 4..form.len() * 3 / 4].to_owned()
}

async fn clean(agent: &Agent, what: &str, form: &str, params: &str) {
    let answer = agent.post(&agent.request_text("tools/call", params)).send().await;
    let text = answer.body.clone();
    assert!(!text.contains(&traces(form)), "{what}: {text}");
    assert!(text.contains("[secret removed]") || text.contains("****") || text.contains("AAAA"), "{what}: {text}");
}

#[tokio::test]
async fn echo_matrix() {
    let world = World::new("http").await;
    let core = &world.core;
    core.credential("github", "fix", &["--header", "Authorization: Bearer {}"], SECRET).await;
    let agent = core.open("one", &["fix"], "/mcp/fix").await;
    let said = r#"{"name":"said","arguments":{},"_meta":{"progressToken":"p"}}"#;
    let ok = r#"result {"content":[{"type":"text","text":"done"}]}"#;
    for (name, form) in forms_of(SECRET) {
        let escaped: String = form.chars().map(|char| format!("\\u{:04x}", char as u32)).collect();
        let nested = format!(r#"{{\"inner\":\"{form}\"}}"#);
        for (carrier, lines) in [
            ("text", format!(r#"result {{"content":[{{"type":"text","text":"it is {form}."}}]}}"#)),
            ("escaped", format!(r#"result {{"content":[{{"type":"text","text":"it is {escaped}."}}]}}"#)),
            ("nested", format!(r#"result {{"content":[{{"type":"text","text":"{nested}"}}]}}"#)),
            ("structured", format!(r#"result {{"content":[],"structuredContent":{{"a":["{form}"]}}}}"#)),
            ("key", format!(r#"result {{"content":[],"structuredContent":{{"{form}":1}}}}"#)),
            ("meta", format!(r#"result {{"content":[],"_meta":{{"x":"{form}"}}}}"#)),
            ("error", format!(r#"error {{"code":-32000,"message":"no: {form}"}}"#)),
            ("data", format!(r#"error {{"code":-32000,"message":"no","data":{{"why":"{form}"}}}}"#)),
            ("progress", format!("progress at {form}\n{ok}")),
            ("log", format!("log {{\"level\":\"error\",\"data\":\"{form}\"}}\n{ok}")),
        ] {
            world.says(&format!("{lines}\n"));
            clean(&agent, &format!("{name} in {carrier}"), &form, said).await;
        }
        world.says(&format!(
            "prompt {{\"messages\":[{{\"role\":\"user\",\"content\":{{\"type\":\"text\",\"text\":\"{form}\"}}}}]}}\n"
        ));
        let prompt = agent.result("prompts/get", r#"{"name":"test_simple_prompt"}"#).await.to_string();
        assert!(!prompt.contains(&traces(&form)), "{name} in a prompt: {prompt}");
        world.says(&format!("resource {{\"contents\":[{{\"uri\":\"test://static-text\",\"text\":\"{form}\"}}]}}\n"));
        let read = agent.result("resources/read", r#"{"uri":"test://static-text"}"#).await.to_string();
        assert!(!read.contains(&traces(&form)), "{name} in a resource: {read}");
    }
    // A large answer is searched as it passes.
    let (before, after) = ("a".repeat(200_000), "b".repeat(200_000));
    world.says(&format!(r#"result {{"content":[{{"type":"text","text":"{before}{SECRET}{after}"}}]}}"#));
    clean(&agent, "a large answer", SECRET, r#"{"name":"said","arguments":{}}"#).await;
    let told = core.events(|event| event["kind"] == "credential.echo").await;
    assert!(!told.is_empty() && told.iter().all(|event| !event.to_string().contains(SECRET)), "{told:?}");
}

/// A server that repeats a secret in a flood writes an event at once and one a minute; those that nobody would write any
/// more are written when Core ends. Each says how many.
#[tokio::test]
async fn a_flood_of_echoes_is_counted() {
    let mut world = World::new("http").await;
    world.core.credential("github", "fix", &["--header", "Authorization: Bearer {}"], SECRET).await;
    let agent = world.core.open("one", &["fix"], "/mcp/fix").await;
    world.says(&format!(r#"result {{"content":[{{"type":"text","text":"{SECRET} and {SECRET}"}}]}}"#));
    for _ in 0..40 {
        let shown = agent.call("said", "{}").await.to_string();
        assert!(!shown.contains(SECRET), "{shown}");
    }
    // And once more, alone.
    world.says(&format!(r#"result {{"content":[{{"type":"text","text":"{SECRET}"}}]}}"#));
    agent.call("said", "{}").await;
    let first = eventually("the first is told of at once", async || {
        world.core.events(|event| event["kind"] == "credential.echo").await.pop()
    })
    .await;
    let detail = &first["detail"];
    assert_eq!((&detail["name"], &detail["times"], &first["server"]), (&"github".into(), &2.into(), &"fix".into()));

    world.core.stop().await;
    let core = Setup::again(&world.core).start().await;
    let told = core.events(|event| event["kind"] == "credential.echo").await;
    let times = told.iter().map(|event| event["detail"]["times"].as_u64().unwrap()).sum::<u64>();
    assert_eq!(times, 81, "none is left out: {told:?}");
    assert!(told.len() <= 4, "one at once, one at the end, and one for each minute that this took: {}", told.len());
}

/// What is told of a person's credential is theirs: it goes with them.
#[tokio::test]
async fn an_echo_of_a_persons_secret_is_erased_with_the_person() {
    let world = World::new("http").await;
    let core = &world.core;
    let add = ["--header", "Authorization: Bearer {}", "--user", "ada"];
    core.credential("ada-github", "fix", &add, SECRET).await;
    let token = core.peta(&["agent", "add", "one", "--user", "ada", "--grant", "fix", "--quiet"]).await;
    let mut agent = core.agent("/mcp/fix", token.trim());
    agent.open().await;
    world.says(&format!(r#"result {{"content":[{{"type":"text","text":"{SECRET}"}}]}}"#));
    agent.call("said", "{}").await;
    let echo = async || core.events(|event| event["kind"] == "credential.echo").await.pop();
    let told = eventually("the echo is on record", echo).await;
    assert_eq!(told["detail"]["name"], "ada-github", "{told}");
    core.peta(&["agent", "revoke", "one"]).await;
    core.peta(&["credential", "remove", "ada-github"]).await;
    core.peta(&["audit", "erase", "ada"]).await;
    let left = echo().await.unwrap();
    assert_eq!((&left["id"], &left["detail"]), (&told["id"], &peta_testkit::Value::Null), "{left}");
}

/// Definitions and what a process prints are searched as well.
#[tokio::test]
async fn definitions_and_standard_error_are_searched() {
    let core = peta_testkit::Core::start().await;
    let said = core.file("said");
    std::fs::write(
        &said,
        format!("definition {{\"name\":\"told\",\"description\":\"use {SECRET}\",\"inputSchema\":{{\"type\":\"object\"}}}}\nstderr key is {SECRET}\n"),
    )
    .unwrap();
    core.stdio_server("fix", &["--no-discover"], &["--said", said.to_str().unwrap()]).await;
    core.credential("token", "fix", &["--env", "TOKEN"], SECRET).await;
    core.peta(&["server", "refresh", "fix"]).await;
    let agent = core.open("one", &["fix"], "/mcp/fix").await;
    agent.call("said", "{}").await;
    let tools = agent.result("tools/list", "{}").await.to_string();
    assert!(tools.contains("use [secret removed]"), "{tools}");
    eventually("what it prints is in its log", async || {
        let log = core.peta(&["server", "logs", "fix"]).await;
        assert!(!log.contains(SECRET), "{log}");
        log.contains("key is [secret removed]").then_some(())
    })
    .await;
}
