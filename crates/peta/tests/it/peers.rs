//! Independent implementations through the gateway: three clients, five servers, all of npm and PyPI.

use std::path::{Path, PathBuf};

use peta_testkit::{Core, Served, Stream, Value, command, finish, peers, python_peer, suite_node};

/// The program of an npm peer, to be run by Node.
fn npm(path: &str) -> String {
    peers().join("node_modules").join(path).display().to_string()
}

const EVERYTHING: &str = "@modelcontextprotocol/server-everything/dist/index.js";

/// Runs a peer client; the verdict it prints as its last line.
async fn verdict(program: PathBuf, words: &[&str], environment: &[(&str, &str)], core: &Core) -> Value {
    let mut client = command(&program);
    client.args(words).envs(environment.iter().copied()).env("HOME", core.file("."));
    let ran = finish(&format!("{words:?}"), client).await;
    let last = ran.stdout.lines().last().unwrap_or_default().to_owned();
    assert_eq!(ran.code, 0, "{words:?}: {}\n{}\nCore said:\n{}", ran.stdout, ran.stderr, core.said());
    serde_json::from_str(&last).unwrap_or_else(|error| panic!("{error}: {ran:?}"))
}

async fn with_fixture() -> (Core, String) {
    let core = Core::start().await;
    core.stdio_server("fix", &[], &[]).await;
    core.stdio_server("other", &[], &["--small"]).await;
    let token = core.token("a", &["fix", "other"]).await;
    (core, token)
}

#[tokio::test]
async fn typescript_sdk_client() {
    let (core, token) = with_fixture().await;
    let script = peers().join("ts/client.mjs");
    for (path, prefix) in [("/mcp/fix", ""), ("/mcp", "fix__")] {
        let url = core.url(path);
        let environment = [("URL", url.as_str()), ("TOKEN", &token), ("PREFIX", prefix)];
        let told = verdict(suite_node(), &[script.to_str().unwrap()], &environment, &core).await;
        assert_eq!(told["ok"], true, "{path}: {told}");
    }
}

#[tokio::test]
async fn typescript_sdk_client_over_the_bridge() {
    let (core, token) = with_fixture().await;
    let script = peers().join("ts/client.mjs");
    let peta = peta_testkit::peta_program();
    let environment = [
        ("PETA", peta.to_str().unwrap()),
        ("PETA_DATA", core.data.to_str().unwrap()),
        ("TOKEN", &token),
        ("PREFIX", "fix__"),
    ];
    let told = verdict(suite_node(), &[script.to_str().unwrap()], &environment, &core).await;
    assert_eq!(told["ok"], true, "{told}");
}

#[tokio::test]
async fn python_sdk_client() {
    let (core, token) = with_fixture().await;
    let script = peers().join("py/client.py");
    for (path, prefix) in [("/mcp/fix", ""), ("/mcp", "fix__")] {
        let url = core.url(path);
        let environment = [("URL", url.as_str()), ("TOKEN", &token), ("PREFIX", prefix)];
        let told = verdict(python_peer("python"), &[script.to_str().unwrap()], &environment, &core).await;
        assert_eq!(told["ok"], true, "{path}: {told}");
    }
}

#[tokio::test]
async fn inspector_client() {
    let (core, token) = with_fixture().await;
    let inspector = npm("@modelcontextprotocol/inspector/clients/launcher/build/index.js");
    let bearer = format!("Authorization: Bearer {token}");
    let url = core.url("/mcp");
    let base = [inspector.as_str(), "--cli", &url, "--transport", "http", "--header", &bearer];
    for (words, has) in [
        (&["--method", "tools/list"][..], "fix__test_simple_text"),
        (&["--method", "resources/list"], "fix+test://static-text"),
        (&["--method", "prompts/list"], "fix__test_simple_prompt"),
        (&["--method", "tools/call", "--tool-name", "fix__test_simple_text"], "This is a simple text response"),
    ] {
        let mut client = command(&suite_node());
        client.args(base).args(words).env("HOME", core.file("."));
        let ran = finish(&format!("inspector {words:?}"), client).await;
        assert!(ran.code == 0 && ran.stdout.contains(has), "{words:?}: {ran:?}\n{}", core.said());
    }
}

/// Calls a tool of a server at `/mcp/{name}` and on the aggregate; the answer must hold a text.
async fn calls(core: &Core, name: &str, tool: &str, arguments: &str, has: &str) {
    let shown = core.json(&["server", "show", name, "--json"]).await;
    assert!(shown["capabilities"]["tools"].as_u64().is_some_and(|tools| tools > 0), "{shown}");
    let agent = core.open(&format!("for-{name}"), &[name], &format!("/mcp/{name}")).await;
    assert!(agent.names("tools/list").await.contains(&tool.to_owned()));
    let result = agent.call(tool, arguments).await;
    assert!(result["isError"] != true && result.to_string().contains(has), "{name} {tool}: {result}");
    let mut aggregate = core.agent("/mcp", agent.token.as_deref().unwrap());
    aggregate.open().await;
    let result = aggregate.call(&format!("{name}__{tool}"), arguments).await;
    assert!(result.to_string().contains(has), "{name} {tool}: {result}");
}

fn node() -> String {
    suite_node().display().to_string()
}

#[tokio::test]
async fn server_everything_on_stdio() {
    let core = Core::start().await;
    core.peta(&["server", "add", "every", "--", &node(), &npm(EVERYTHING), "stdio"]).await;
    calls(&core, "every", "echo", r#"{"message":"hello there"}"#, "hello there").await;
    let agent = core.open("deep", &["every"], "/mcp/every").await;
    assert!(!agent.names("resources/list").await.is_empty() && !agent.names("prompts/list").await.is_empty());
    let sum = agent.call("get-sum", r#"{"a":2,"b":3}"#).await;
    assert!(sum.to_string().contains('5'), "{sum}");
}

async fn everything_at(face: &str, path: &str, line: &'static str) {
    let (_served, core) = everything_served(face, path, line).await;
    calls(&core, "every", "echo", r#"{"message":"hello there"}"#, "hello there").await;
}

async fn everything_served(face: &str, path: &str, line: &'static str) -> (Served, Core) {
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let words = [npm(EVERYTHING), face.to_owned()];
    let served = Served::program(suite_node(), &words, &[("PORT", port.to_string())], |said| {
        said.contains(line).then_some(port)
    })
    .await;
    let core = Core::start().await;
    core.url_server("every", &served.url(path), &[]).await;
    (served, core)
}

#[tokio::test]
async fn server_everything_on_streamable_http() {
    everything_at("streamableHttp", "/mcp", "listening on port").await;
}

#[tokio::test]
async fn server_everything_on_sse() {
    everything_at("sse", "/sse", "running on port").await;
}

/// The TypeScript SDK's client and server-everything, with Peta between them, and tasks in both directions.
async fn tasks_of_everything(core: &Core) {
    let token = core.token("tasks", &["every"]).await;
    let script = peers().join("ts/tasks.mjs");
    for (path, prefix) in [("/mcp/every", ""), ("/mcp", "every__")] {
        let url = core.url(path);
        let environment = [("URL", url.as_str()), ("TOKEN", &token), ("PREFIX", prefix)];
        let told = verdict(suite_node(), &[script.to_str().unwrap()], &environment, core).await;
        assert_eq!(told["ok"], true, "{path}: {told}");
    }
}

#[tokio::test]
async fn tasks_of_server_everything_on_stdio() {
    let core = Core::start().await;
    core.peta(&["server", "add", "every", "--", &node(), &npm(EVERYTHING), "stdio"]).await;
    tasks_of_everything(&core).await;
}

#[tokio::test]
async fn tasks_of_server_everything_on_streamable_http() {
    let (_served, core) = everything_served("streamableHttp", "/mcp", "listening on port").await;
    tasks_of_everything(&core).await;
}

#[tokio::test]
async fn tasks_of_server_everything_over_the_bridge() {
    let core = Core::start().await;
    core.peta(&["server", "add", "every", "--", &node(), &npm(EVERYTHING), "stdio"]).await;
    let token = core.token("tasks", &["every"]).await;
    let (script, peta) = (peers().join("ts/tasks.mjs"), peta_testkit::peta_program());
    let environment = [
        ("PETA", peta.to_str().unwrap()),
        ("PETA_DATA", core.data.to_str().unwrap()),
        ("TOKEN", &token),
        ("PREFIX", "every__"),
    ];
    let told = verdict(suite_node(), &[script.to_str().unwrap()], &environment, &core).await;
    assert_eq!(told["ok"], true, "{told}");
}

#[tokio::test]
async fn server_filesystem() {
    let core = Core::start().await;
    let folder = core.file("files");
    std::fs::create_dir(&folder).unwrap();
    std::fs::write(folder.join("note.txt"), "a note to find").unwrap();
    let place = folder.to_str().unwrap();
    core.peta(&[
        "server",
        "add",
        "files",
        "--",
        &node(),
        &npm("@modelcontextprotocol/server-filesystem/dist/index.js"),
        place,
    ])
    .await;
    let agent = core.open("a", &["files"], "/mcp/files").await;
    // It asks for roots right at its start; this agent has none to give, so it declares none.
    let mut rootless = core.agent("/mcp/files", agent.token.as_deref().unwrap());
    rootless.open_with("{}").await;
    let note = folder.join("note.txt");
    let result = rootless.call("read_text_file", &format!(r#"{{"path":"{}"}}"#, note.display())).await;
    assert!(result.to_string().contains("a note to find"), "{result}");
    // Another agent answers, and may then read what its own roots hold.
    let elsewhere = core.file("elsewhere");
    std::fs::create_dir(&elsewhere).unwrap();
    std::fs::write(elsewhere.join("other.txt"), "somewhere else").unwrap();
    let mut listening = agent.listen().await;
    let mut call = agent.begin_call("list_allowed_directories", "{}").await;
    // It asks at once: on the open call's stream, or on the session's.
    let asked = tokio::select! {
        asked = asked_on(&mut call) => asked,
        asked = listening.until("roots/list") => asked,
    };
    agent.reply(&asked, &format!(r#"{{"roots":[{{"uri":"file://{}"}}]}}"#, elsewhere.display())).await;
    peta_testkit::eventually("the server works in its roots", || async {
        let read =
            agent.call("read_text_file", &format!(r#"{{"path":"{}"}}"#, elsewhere.join("other.txt").display())).await;
        read.to_string().contains("somewhere else").then_some(())
    })
    .await;
}

/// The question on this stream; never, if the stream ends without one.
async fn asked_on(stream: &mut Stream) -> Value {
    while let Some(text) = stream.text().await {
        let message: Value = serde_json::from_str(&text).unwrap();
        if message["method"] == "roots/list" {
            return message;
        }
    }
    std::future::pending().await
}

#[tokio::test]
async fn server_memory() {
    let core = Core::start().await;
    let place = core.file("memory.jsonl");
    let variable = format!("MEMORY_FILE_PATH={}", place.display());
    core.peta(&[
        "server",
        "add",
        "memory",
        "--env",
        &variable,
        "--",
        &node(),
        &npm("@modelcontextprotocol/server-memory/dist/index.js"),
    ])
    .await;
    let entity = r#"{"entities":[{"name":"Peta","entityType":"gateway","observations":["governs calls"]}]}"#;
    calls(&core, "memory", "create_entities", entity, "").await;
    calls_again(&core, "memory", "read_graph", "{}", "governs calls").await;
}

async fn calls_again(core: &Core, name: &str, tool: &str, arguments: &str, has: &str) {
    let agent = core.open("again", &[name], &format!("/mcp/{name}")).await;
    let result = agent.call(tool, arguments).await;
    assert!(result.to_string().contains(has), "{result}");
}

#[tokio::test]
async fn server_git() {
    let core = Core::start().await;
    let repository = core.file("repository");
    std::fs::create_dir(&repository).unwrap();
    git(&repository, &["init", "--quiet", "--initial-branch=main"]).await;
    std::fs::write(repository.join("a.txt"), "a").unwrap();
    git(&repository, &["add", "a.txt"]).await;
    git(
        &repository,
        &["-c", "user.name=t", "-c", "user.email=t@example.org", "commit", "--quiet", "-m", "the first commit"],
    )
    .await;
    let place = repository.to_str().unwrap().to_owned();
    core.peta(&["server", "add", "git", "--", python_peer("mcp-server-git").to_str().unwrap(), "--repository", &place])
        .await;
    calls(&core, "git", "git_log", &format!(r#"{{"repo_path":"{place}"}}"#), "the first commit").await;
}

async fn git(folder: &Path, words: &[&str]) {
    let mut git = command(Path::new("git"));
    git.args(words).current_dir(folder);
    let ran = finish("git", git).await;
    assert_eq!(ran.code, 0, "{ran:?}");
}

#[tokio::test]
async fn server_time() {
    let core = Core::start().await;
    core.peta(&[
        "server",
        "add",
        "time",
        "--",
        python_peer("mcp-server-time").to_str().unwrap(),
        "--local-timezone",
        "UTC",
    ])
    .await;
    calls(&core, "time", "get_current_time", r#"{"timezone":"UTC"}"#, "UTC").await;
}
