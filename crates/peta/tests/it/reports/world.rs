//! A Core that has seen something: two servers, four agents, two credentials, calls and refusals.

use peta_testkit::{Agent, Core, Served, Value};

pub(super) const SECRET: &str = "sk-9aX2vQ7LmT4cR1yZ";

pub(super) struct World {
    pub(super) core: Core,
    /// `build-bot`, for ada, all of `web` and `files`.
    pub(super) bot: Agent,
    /// `reader`, only the tool `echo` of `web`.
    pub(super) reader: Agent,
    _web: Served,
}

impl World {
    pub(super) async fn new() -> Self {
        let core = Core::start().await;
        let said = core.file("said");
        let web = Served::http(&["--said", said.to_str().unwrap()]).await;
        core.url_server("web", &web.url("/mcp"), &[]).await;
        core.stdio_server("files", &[], &["--small"]).await;
        core.credential("web-token", "web", &["--header", "Authorization: Bearer {}"], "sk-first-4cR1yZ9aX2vQ7LmT")
            .await;
        core.credential("spare", "files", &["--env", "SPARE", "--user", "bob"], SECRET).await;
        let add = ["--user", "ada", "--group", "dev", "--grant", "web", "--grant", "files", "--quiet"];
        let bot = agent(&core, "build-bot", &add).await;
        for _ in 0..3 {
            bot.call("echo", "{}").await;
        }
        bot.call("who", "{}").await;
        let rotated = core.run_fed(&["credential", "rotate", "web-token", "--from-stdin"], SECRET).await;
        assert_eq!(rotated.code, 0, "{rotated:?}");
        let reader = agent(&core, "reader", &["--quiet"]).await;
        core.peta(&["grant", "add", "reader", "web/echo"]).await;
        reader.call("echo", "{}").await;
        reader.call_error("who", "{}").await;
        reader.call_error("no_such_tool", "{}").await;
        core.peta(&["agent", "add", "idle"]).await;
        core.peta(&["agent", "add", "gone", "--grant", "web"]).await;
        core.peta(&["agent", "revoke", "gone"]).await;
        core.peta(&["server", "disable", "files", "--now"]).await;
        Self { core, bot, reader, _web: web }
    }
}

/// An agent with a session at `/mcp/web`, once it may use that.
async fn agent(core: &Core, name: &str, add: &[&str]) -> Agent {
    let mut words = vec!["agent", "add", name];
    words.extend(add);
    let token = core.peta(&words).await.trim().to_owned();
    if !add.contains(&"--grant") {
        core.peta(&["grant", "add", name, "web/prompt:none"]).await;
    }
    let mut agent = core.agent("/mcp/web", &token);
    agent.open().await;
    agent
}

/// A time after all that has happened.
pub(super) async fn moment(core: &Core) -> String {
    core.peta(&["audit", "report", "retention"]).await;
    let newest = core.json(&["audit", "report", "changes", "--json"]).await;
    newest["made"].as_str().unwrap().to_owned()
}

pub(super) fn rows_with<'a>(rows: &'a [Value], member: &str, is: &str) -> Vec<&'a Value> {
    rows.iter().filter(|row| row[member] == is).collect()
}
