//! Tasks of 2025-11-25, in both directions: their life, whose they are, where their ids go, and how long they are kept.

use peta_testkit::{Agent, Core, Served, Setup, Value, eventually, json};

use crate::house::{Solo, WAYS, Way};

const HOSTS: &str = r#"{"sampling":{},"elicitation":{},"tasks":{"list":{},"cancel":{},"requests":{"sampling":{"createMessage":{}},"elicitation":{"create":{}}}}}"#;

/// Begins a task; its object.
async fn begin(agent: &Agent, tool: &str, arguments: &str) -> Value {
    begin_as(agent, tool, arguments, "{}").await
}

async fn begin_as(agent: &Agent, tool: &str, arguments: &str, task: &str) -> Value {
    let params =
        format!(r#"{{"name":"{tool}","arguments":{arguments},"task":{task},"_meta":{{"progressToken":"mine"}}}}"#);
    agent.result("tools/call", &params).await["task"].clone()
}

fn about(task: &Value) -> String {
    json!({ "taskId": task["taskId"] }).to_string()
}

async fn status(agent: &Agent, task: &Value) -> Value {
    agent.ask("tasks/get", &about(task)).await["result"]["status"].clone()
}

async fn until(agent: &Agent, task: &Value, wanted: &str) {
    eventually(&format!("the task is {wanted}"), || async { (status(agent, task).await == wanted).then_some(()) })
        .await;
}

/// All ids that `tasks/list` gives, page by page.
async fn listed(agent: &Agent) -> Vec<String> {
    let (mut ids, mut params) = (Vec::new(), json!({}));
    loop {
        let page = agent.result("tasks/list", &params.to_string()).await;
        ids.extend(page["tasks"].as_array().unwrap().iter().map(|task| task["taskId"].as_str().unwrap().to_owned()));
        match page.get("nextCursor") {
            Some(cursor) => params = json!({ "cursor": cursor }),
            None => return ids,
        }
        assert!(ids.len() < 1_000, "the list ends");
    }
}

async fn instances(core: &Core) -> u64 {
    core.json(&["server", "show", "fix", "--json"]).await["instances"].as_u64().unwrap()
}

#[tokio::test]
async fn a_task_from_beginning_to_end_on_every_transport() {
    for way in WAYS {
        let solo = Solo::by(way, &[], &["--tasks"]).await;
        let mut aggregate = solo.core.agent("/mcp", solo.agent.token.as_deref().unwrap());
        let hello = aggregate.open().await;
        let declared = json!({"list":{},"cancel":{},"requests":{"tools":{"call":{}}}});
        assert_eq!(hello["capabilities"]["tasks"], declared, "{way:?}");
        for (agent, prefix) in [(&solo.agent, ""), (&aggregate, "fix__")] {
            let task = begin(agent, &format!("{prefix}task_work"), r#"{"ms":1,"label":"x"}"#).await;
            assert_eq!((&task["status"], &task["pollInterval"]), (&json!("working"), &json!(50)), "{way:?}");
            let id = task["taskId"].as_str().unwrap();
            assert!(!id.contains("task-"), "{id} is sealed");
            let result = agent.result("tasks/result", &about(&task)).await;
            assert_eq!(result["structuredContent"]["label"], "x", "{way:?}");
            assert_eq!(result["_meta"]["io.modelcontextprotocol/related-task"]["taskId"], id, "{way:?}");
            let got = agent.result("tasks/get", &about(&task)).await;
            assert_eq!((&got["status"], &got["taskId"]), (&json!("completed"), &json!(id)), "{way:?}");
            assert!(listed(agent).await.contains(&id.to_owned()), "{way:?}");
        }
        let received = solo.received("tasks/");
        assert!(received.iter().any(|text| text.contains("task-1")), "the server hears its own ids: {received:?}");
    }
}

#[tokio::test]
async fn older_revisions_are_told_of_no_tasks() {
    let solo = Solo::new(&["--tasks"]).await;
    let mut old = solo.core.agent("/mcp", solo.agent.token.as_deref().unwrap());
    assert!(old.open_as("2025-06-18", "{}").await["capabilities"].get("tasks").is_none());
}

#[tokio::test]
async fn a_task_is_cancelled_once() {
    let solo = Solo::new(&["--tasks"]).await;
    let task = begin(&solo.agent, "task_only", "{}").await;
    let cancelled = solo.agent.result("tasks/cancel", &about(&task)).await;
    assert_eq!((&cancelled["status"], &cancelled["taskId"]), (&json!("cancelled"), &task["taskId"]));
    let again = solo.agent.ask("tasks/cancel", &about(&task)).await;
    assert_eq!(again["error"]["code"], -32602, "{again}");
    let words = again["error"]["message"].as_str().unwrap();
    assert!(words.contains(task["taskId"].as_str().unwrap()) && !words.contains("task-1"), "{words}");
}

#[tokio::test]
async fn a_result_is_waited_for_longer_than_a_call_may_be_silent() {
    let setup = Setup::new().config("[calls]\nidle = \"300ms\"\ntotal = \"400ms\"\n[streams]\nkeep_alive = \"100ms\"");
    let solo = Solo::on(setup, Way::Stdio, &[], &["--tasks"]).await;
    let task = begin(&solo.agent, "task_work", r#"{"ms":1500}"#).await;
    let result = solo.agent.ask("tasks/result", &about(&task)).await;
    assert_eq!(result["result"]["structuredContent"]["said"], "worked", "{result}");
}

#[tokio::test]
async fn tools_are_called_as_their_task_support_says() {
    let solo = Solo::new(&["--tasks"]).await;
    let mut aggregate = solo.core.agent("/mcp", solo.agent.token.as_deref().unwrap());
    aggregate.open().await;
    for (agent, prefix) in [(&solo.agent, ""), (&aggregate, "fix__")] {
        let call = async |tool: &str, task: &str| {
            agent.ask("tools/call", &format!(r#"{{"name":"{prefix}{tool}","arguments":{{"ms":1}}{task}}}"#)).await
        };
        for (tool, task) in [("task_only", ""), ("echo", r#","task":{}"#)] {
            let refused = call(tool, task).await;
            assert_eq!(
                (&refused["error"]["code"], &refused["error"]["data"]["code"]),
                (&json!(-32601), &json!("P2005"))
            );
        }
        assert_eq!(call("task_work", "").await["result"]["content"][0]["text"], "done at once");
        assert!(call("task_only", r#","task":{}"#).await["result"]["task"].is_object());
    }
    let plain = Solo::new(&[]).await;
    let as_task = plain.agent.ask("tools/call", r#"{"name":"echo","arguments":{},"task":{}}"#).await;
    assert!(as_task["result"]["content"].is_array(), "where no tasks are declared, `task` means nothing: {as_task}");
    let absent = plain.agent.ask("tasks/list", "{}").await;
    assert_eq!(absent["error"]["code"], -32601, "{absent}");
}

#[tokio::test]
async fn a_foreign_task_is_like_an_unknown_one() {
    for isolation in ["per-session", "shared"] {
        let solo = Solo::by(Way::Stdio, &["--isolation", isolation], &["--tasks"]).await;
        let task = begin(&solo.agent, "task_work", "{}").await;
        let other = solo.core.open("other", &["fix"], "/mcp/fix").await;
        begin(&other, "task_work", "{}").await;
        let id = task["taskId"].as_str().unwrap();
        let forged = format!("{}{}", &id[..id.len() - 1], if id.ends_with('0') { "1" } else { "0" });
        for method in ["tasks/get", "tasks/result", "tasks/cancel"] {
            let mut answers = Vec::new();
            for id in [id, &forged, "task-1", "", "00"] {
                let body =
                    format!(r#"{{"jsonrpc":"2.0","id":"same","method":"{method}","params":{{"taskId":"{id}"}}}}"#);
                answers.push(other.post(&body).send().await.likeness());
            }
            assert!(answers.iter().all(|answer| *answer == answers[0]), "{answers:#?}");
            assert!(answers[0].contains("-32602") && answers[0].contains("P2004"), "{answers:#?}");
        }
        assert_eq!(status(&solo.agent, &task).await, "working", "{isolation}: nothing happened to it");
        assert!(!listed(&other).await.contains(&id.to_owned()), "{isolation}");
    }
}

#[tokio::test]
async fn agents_that_share_a_server_see_their_own_tasks() {
    for way in [Way::Stdio, Way::Http] {
        let solo = Solo::by(way, &["--isolation", "shared"], &["--tasks"]).await;
        let other = solo.core.open("other", &["fix"], "/mcp/fix").await;
        let mut aside = other.listen().await;
        let mut heard = solo.agent.listen().await;
        let mine = begin(&solo.agent, "task_work", r#"{"ms":50,"log":1,"progress":2}"#).await;
        let done = heard.until("notifications/tasks/status").await;
        assert_eq!((&done["params"]["taskId"], &done["params"]["status"]), (&mine["taskId"], &json!("completed")));
        let theirs = begin(&other, "task_work", "{}").await;
        assert_eq!(listed(&solo.agent).await, [mine["taskId"].as_str().unwrap()], "{way:?}");
        assert_eq!(listed(&other).await, [theirs["taskId"].as_str().unwrap()], "{way:?}");
        other.call("touch", "{}").await;
        assert!(
            aside.silent_for(std::time::Duration::from_millis(300)).await,
            "{way:?}: another's task is not heard of"
        );
    }
}

#[tokio::test]
async fn lists_of_several_servers_are_merged_and_paged() {
    let core = Setup::new().config("[calls]\npage = 3").start().await;
    core.stdio_server("fix", &[], &["--tasks"]).await;
    core.stdio_server("other", &[], &["--tasks"]).await;
    core.stdio_server("mute", &[], &["--tasks", "--no-task-list"]).await;
    core.stdio_server("none", &[], &[]).await;
    let agent = core.open("a", &["fix", "other", "mute", "none"], "/mcp").await;
    let mut made = Vec::new();
    for tool in ["fix__task_work", "other__task_work", "mute__task_work"] {
        for _ in 0..5 {
            made.push(begin(&agent, tool, "{}").await["taskId"].as_str().unwrap().to_owned());
        }
    }
    let first = agent.result("tasks/list", "{}").await;
    assert!(first["nextCursor"].is_string() && first["tasks"].as_array().unwrap().len() < 10, "{first}");
    let mut all = listed(&agent).await;
    all.sort();
    let mut lists: Vec<String> = made[..10].to_vec();
    lists.sort();
    assert_eq!(all, lists, "each once, and none of the server that does not list");
    for (cursor, other) in [(first["nextCursor"].as_str().unwrap(), true), ("nonsense", false)] {
        let stranger = core.open(if other { "b" } else { "c" }, &["fix"], "/mcp").await;
        let refused = stranger.ask("tasks/list", &json!({ "cursor": cursor }).to_string()).await;
        assert_eq!(refused["error"]["data"]["code"], "P1023", "{refused}");
    }
    // At its own endpoint a server's own cursors are used.
    let mut own = core.agent("/mcp/fix", agent.token.as_deref().unwrap());
    own.open().await;
    for _ in 0..3 {
        begin(&own, "task_work", "{}").await;
    }
    let page = own.result("tasks/list", "{}").await;
    assert_eq!(page["nextCursor"], "from-3");
    assert_eq!(listed(&own).await.len(), 8, "those of the other session too");
}

#[tokio::test]
async fn what_belongs_to_a_task_names_it_as_its_caller_does() {
    for way in WAYS {
        for (path, prefix) in [("/mcp/fix", ""), ("/mcp", "fix__")] {
            let solo = Solo::by(way, &[], &["--tasks"]).await;
            let mut agent = solo.core.agent(path, solo.agent.token.as_deref().unwrap());
            agent.open().await;
            let mut heard = agent.listen().await;
            let arguments = r#"{"ms":1,"progress":2,"log":1,"ask":"sampling/createMessage"}"#;
            let task = begin(&agent, &format!("{prefix}task_work"), arguments).await;
            let id = &task["taskId"];
            let related =
                |message: &Value| message["params"]["_meta"]["io.modelcontextprotocol/related-task"]["taskId"].clone();
            for step in [1, 2] {
                let progress = heard.until("notifications/progress").await;
                assert_eq!(
                    (&progress["params"]["progressToken"], &progress["params"]["progress"]),
                    (&json!("mine"), &json!(step))
                );
                assert_eq!(related(&progress), *id, "{way:?} {path}");
            }
            assert_eq!(related(&heard.until("notifications/message").await), *id, "{way:?} {path}");
            let status = heard.until("notifications/tasks/status").await;
            assert_eq!((&status["params"]["taskId"], &status["params"]["status"]), (id, &json!("input_required")));
            let mut waiting = agent.begin("tasks/result", &about(&task)).await;
            let asked = waiting.until("sampling/createMessage").await;
            assert_eq!(related(&asked), *id, "{way:?} {path}");
            let answer = json!({"role":"assistant","model":"m","content":{"type":"text","text":"yes"},
                "_meta":{"io.modelcontextprotocol/related-task":{"taskId":id}}});
            agent.reply(&asked, &answer.to_string()).await;
            let result = waiting.answer().await;
            let heard = result["result"]["structuredContent"]["said"].as_str().unwrap();
            let heard: Value = serde_json::from_str(heard).unwrap();
            let own = heard["result"]["_meta"]["io.modelcontextprotocol/related-task"]["taskId"].clone();
            assert!(own.as_str().unwrap().starts_with("task-"), "{way:?} {path}: the server reads its own id: {heard}");
        }
    }
}

#[tokio::test]
async fn a_task_outlives_the_session_that_made_it() {
    for way in WAYS {
        let solo = Solo::by(way, &[], &["--tasks"]).await;
        let token = solo.agent.token.clone().unwrap();
        let task = begin(&solo.agent, "task_work", r#"{"ask":"sampling/createMessage","ms":1}"#).await;
        let other = begin(&solo.agent, "task_work", "{}").await;
        solo.agent.end().await;
        let mut next = solo.core.agent("/mcp", &token);
        next.open().await;
        let mut heard = next.listen().await;
        until(&next, &task, "input_required").await;
        assert_eq!(listed(&next).await.len(), 2, "{way:?}");
        let mut waiting = next.begin("tasks/result", &about(&task)).await;
        let asked = waiting.until("sampling/createMessage").await;
        next.reply(&asked, r#"{"role":"assistant","model":"m","content":{"type":"text","text":"late"}}"#).await;
        let done = heard.until("notifications/tasks/status").await;
        assert_eq!(done["params"]["taskId"], task["taskId"], "{way:?}");
        let result = waiting.answer().await;
        assert!(result["result"]["structuredContent"]["said"].as_str().unwrap().contains("late"), "{way:?}: {result}");
        let cancelled = next.result("tasks/cancel", &about(&other)).await;
        assert_eq!(cancelled["status"], "cancelled", "{way:?}");
        next.end().await;
        eventually("nothing is owed any more, so the instance ends", || async {
            (instances(&solo.core).await == 0).then_some(())
        })
        .await;
    }
}

#[tokio::test]
async fn an_instance_is_kept_for_a_task_only_so_long() {
    let setup = Setup::new().config("[tasks]\noutlive = \"1s\"");
    let solo = Solo::on(setup, Way::Stdio, &[], &["--tasks"]).await;
    let task = begin(&solo.agent, "task_work", "{}").await;
    solo.agent.end().await;
    let mut next = solo.core.agent("/mcp/fix", solo.agent.token.as_deref().unwrap());
    next.open().await;
    assert_eq!(status(&next, &task).await, "working");
    let lost = eventually("it is given up", || async {
        let answer = next.ask("tasks/get", &about(&task)).await;
        answer.get("error").cloned()
    })
    .await;
    assert_eq!((&lost["code"], &lost["data"]["code"]), (&json!(-32603), &json!("P5015")), "{lost}");
    // One that was started would stay.
    eventually("asking started nothing", || async { (instances(&solo.core).await == 0).then_some(()) }).await;
}

#[tokio::test]
async fn an_instance_that_owes_a_task_is_not_stopped() {
    let setup = Setup::new().config("[instances]\nidle = \"400ms\"");
    let solo = Solo::on(setup, Way::Stdio, &["--isolation", "shared"], &["--tasks"]).await;
    let pid = async || solo.agent.call("who", "{}").await["structuredContent"]["pid"].clone();
    let before = pid().await;
    let task = begin(&solo.agent, "task_work", r#"{"ms":2500}"#).await;
    // Nothing is asked of it for much longer than it may be idle.
    let mut heard = solo.agent.listen().await;
    let done = heard.until("notifications/tasks/status").await;
    assert_eq!(done["params"]["status"], "completed");
    assert_eq!(solo.agent.result("tasks/result", &about(&task)).await["structuredContent"]["said"], "worked");
    eventually("it is stopped now", || async { (instances(&solo.core).await == 0).then_some(()) }).await;
    assert_ne!(pid().await, before);
    let lost = solo.agent.ask("tasks/get", &about(&task)).await;
    assert_eq!(lost["error"]["data"]["code"], "P5015", "another process has no task of that id: {lost}");
}

#[tokio::test]
async fn a_task_outlives_core_where_its_server_does() {
    for way in [Way::Http, Way::Stdio] {
        let mut solo = Solo::by(way, &[], &["--tasks"]).await;
        let token = solo.agent.token.clone().unwrap();
        let task = begin(&solo.agent, "task_work", r#"{"ms":1}"#).await;
        until(&solo.agent, &task, "completed").await;
        solo.core.kill().await;
        let core = Setup::again(&solo.core).start().await;
        let mut next = core.agent("/mcp", &token);
        next.open().await;
        if way == Way::Stdio {
            for method in ["tasks/get", "tasks/result", "tasks/cancel"] {
                let lost = next.ask(method, &about(&task)).await;
                assert_eq!((&lost["error"]["code"], &lost["error"]["data"]["code"]), (&json!(-32603), &json!("P5015")));
            }
            assert_eq!(solo.received("tools/call").len(), 1, "it never runs twice");
            continue;
        }
        let got = next.result("tasks/get", &about(&task)).await;
        assert_eq!((&got["status"], &got["taskId"]), (&json!("completed"), &task["taskId"]));
        let result = next.result("tasks/result", &about(&task)).await;
        assert_eq!(result["_meta"]["io.modelcontextprotocol/related-task"]["taskId"], task["taskId"]);
        assert_eq!(solo.received("tools/call").len(), 1, "it never runs twice");
        let stranger = core.open("stranger", &["fix"], "/mcp").await;
        assert_eq!(stranger.ask("tasks/get", &about(&task)).await["error"]["data"]["code"], "P2004");
    }
}

#[tokio::test]
async fn a_task_of_a_tool_that_is_no_longer_granted_is_unknown() {
    let solo = Solo::new(&["--tasks"]).await;
    let agent = solo.core.open("b", &["fix/task_work", "fix/echo"], "/mcp/fix").await;
    let task = begin(&agent, "task_work", "{}").await;
    solo.core.peta(&["grant", "remove", "b", "fix/task_work"]).await;
    for method in ["tasks/get", "tasks/result", "tasks/cancel"] {
        assert_eq!(agent.ask(method, &about(&task)).await["error"]["data"]["code"], "P2004", "{method}");
    }
    assert!(listed(&agent).await.is_empty());
    let task = begin(&solo.agent, "task_work", "{}").await;
    let mut aggregate = solo.core.agent("/mcp", solo.agent.token.as_deref().unwrap());
    aggregate.open().await;
    assert_eq!(status(&aggregate, &task).await, "working");
    solo.core.peta(&["server", "remove", "fix"]).await;
    assert_eq!(aggregate.ask("tasks/get", &about(&task)).await["error"]["data"]["code"], "P2004");
}

#[tokio::test]
async fn no_task_lives_longer_than_the_settings_say() {
    let setup = Setup::new().config("[tasks]\nttl_most = \"10m\"\nper_agent = 2");
    let solo = Solo::on(setup, Way::Stdio, &[], &["--tasks"]).await;
    let task = begin_as(&solo.agent, "task_work", "{}", r#"{"ttl":99999999}"#).await;
    assert_eq!(task["ttl"], 600_000);
    assert!(solo.received("task_work")[0].contains(r#""task":{"ttl":600000}"#));
    let endless = begin_as(&solo.agent, "task_work", "{}", "{}").await;
    assert_eq!(endless["ttl"], 600_000, "the server said null");
    let params = r#"{"name":"task_work","arguments":{},"task":{"ttl":5000}}"#;
    let refused = solo.agent.ask("tools/call", params).await;
    assert_eq!(refused["error"]["data"]["code"], "P1020", "{refused}");
    solo.agent.result("tasks/cancel", &about(&task)).await;
    assert_eq!(solo.agent.result("tools/call", params).await["task"]["ttl"], 5000);
}

#[tokio::test]
async fn agents_host_tasks_for_servers() {
    for way in WAYS {
        for (method, result) in [
            ("sampling/createMessage", r#"{"role":"assistant","model":"m","content":{"type":"text","text":"slow"}}"#),
            ("elicitation/create", r#"{"action":"accept","content":{"n":1}}"#),
        ] {
            let solo = Solo::by(way, &[], &["--tasks"]).await;
            let mut agent = solo.core.agent("/mcp/fix", solo.agent.token.as_deref().unwrap());
            agent.open_with(HOSTS).await;
            let mut call = agent.begin_call("ask_task", &format!(r#"{{"method":"{method}","ttl":5000}}"#)).await;
            let asked = call.until(method).await;
            assert_eq!(asked["params"]["task"], json!({"ttl": 5000}), "{way:?}");
            let task = |status: &str| json!({"taskId":"mine-7","status":status,"createdAt":"x","lastUpdatedAt":"x","ttl":5000,"pollInterval":10});
            agent.reply(&asked, &json!({"task": task("working")}).to_string()).await;
            let get = call.until("tasks/get").await;
            assert_eq!(get["params"]["taskId"], "mine-7", "the agent's ids are its own");
            agent.reply(&get, &task("working").to_string()).await;
            agent.notify("notifications/tasks/status", &task("working").to_string()).await;
            solo.receives("notifications/tasks/status").await;
            let token = &asked["params"]["_meta"]["progressToken"];
            agent.notify("notifications/progress", &json!({"progressToken": token, "progress": 1}).to_string()).await;
            let progress = solo.receives("notifications/progress").await;
            assert!(progress.contains(r#""progressToken":"mine""#), "{progress}");
            let get = call.until("tasks/get").await;
            agent.reply(&get, &task("completed").to_string()).await;
            let wants = call.until("tasks/result").await;
            agent.reply(&wants, result).await;
            let list = call.until("tasks/list").await;
            let foreign = json!({"taskId":"another server's","status":"working"});
            agent.reply(&list, &json!({"tasks": [foreign, task("completed")]}).to_string()).await;
            let said = call.answer().await["result"]["structuredContent"]["said"].clone();
            let said = said.as_array().unwrap();
            assert_eq!(said[said.len() - 2]["result"], serde_json::from_str::<Value>(result).unwrap(), "{way:?}");
            assert_eq!(said[said.len() - 1]["result"]["tasks"], json!([task("completed")]), "{way:?}");
        }
    }
}

#[tokio::test]
async fn a_hosted_task_is_for_the_instance_it_is_hosted_for() {
    let core = Core::start().await;
    core.stdio_server("fix", &[], &["--tasks"]).await;
    core.stdio_server("other", &[], &["--tasks"]).await;
    let token = core.token("a", &["fix", "other"]).await;
    let mut agent = core.agent("/mcp", &token);
    agent.open_with(HOSTS).await;
    let mut call = agent.begin_call("fix__ask_task", r#"{"cancel":1}"#).await;
    let asked = call.until("sampling/createMessage").await;
    agent.reply(&asked, r#"{"task":{"taskId":"h","status":"working","ttl":null}}"#).await;
    let cancel = call.until("tasks/cancel").await;
    agent.reply(&cancel, r#"{"taskId":"h","status":"cancelled"}"#).await;
    assert_eq!(call.answer().await["result"]["structuredContent"]["said"][1]["result"]["status"], "cancelled");
    for method in ["tasks/get", "tasks/result", "tasks/cancel"] {
        let answer = agent.call("other__ask_of_task", &format!(r#"{{"method":"{method}","id":"h"}}"#)).await;
        assert_eq!(answer["structuredContent"]["answer"]["error"]["code"], -32602, "{method}: {answer}");
    }
    let mut bare = core.agent("/mcp", &token);
    bare.open().await;
    for method in ["tasks/list", "tasks/cancel", "tasks/get"] {
        let answer = bare.call("fix__ask_of_task", &format!(r#"{{"method":"{method}","id":"h"}}"#)).await;
        assert!(
            answer["structuredContent"]["answer"]["error"].is_object(),
            "{method}: not declared, not asked: {answer}"
        );
    }
}

#[tokio::test]
async fn task_operations_are_recorded() {
    let solo = Solo::new(&["--tasks"]).await;
    let task = begin(&solo.agent, "task_work", "{}").await;
    status(&solo.agent, &task).await;
    solo.agent.result("tasks/cancel", &about(&task)).await;
    solo.agent.ask("tasks/get", r#"{"taskId":"nobody's"}"#).await;
    listed(&solo.agent).await;
    let events = solo.core.events(|event| event["kind"] == "task").await;
    let shown: Vec<_> = events
        .iter()
        .map(|event| {
            let part = |name: &str| event[name].as_str().unwrap_or_default().to_owned();
            (part("server"), part("capability"), part("decision"), part("outcome"))
        })
        .collect();
    let row = |capability: &str, decision: &str, outcome: &str| {
        ("fix".to_owned(), capability.to_owned(), decision.to_owned(), outcome.to_owned())
    };
    assert_eq!(
        shown,
        [
            row("task_work", "allow", "ok"),
            row("task_work", "allow", "ok"),
            row("tasks/get", "deny", "refused"),
            row("tasks/list", "allow", "ok")
        ]
    );
}

#[tokio::test]
async fn a_server_at_a_url_is_asked_again_when_its_session_is_new() {
    let served = Served::http(&["--tasks"]).await;
    let core = Core::start().await;
    core.url_server("fix", &served.url("/mcp"), &[]).await;
    let agent = core.open("a", &["fix"], "/mcp/fix").await;
    let task = begin(&agent, "task_work", r#"{"ms":1}"#).await;
    until(&agent, &task, "completed").await;
    agent.call("forget_session", "{}").await;
    assert_eq!(status(&agent, &task).await, "completed", "the task is the server's, not the line's");
}

#[tokio::test]
async fn progress_of_a_task_is_for_the_session_that_gave_its_token() {
    let solo = Solo::by(Way::Stdio, &["--isolation", "per-user"], &["--tasks"]).await;
    let mut next = solo.core.agent("/mcp/fix", solo.agent.token.as_deref().unwrap());
    next.open().await;
    let mut heard = next.listen().await;
    let task = begin(&solo.agent, "task_work", r#"{"when_waited":1,"progress":3,"ms":1}"#).await;
    solo.agent.end().await;
    let mut waiting = next.begin("tasks/result", &about(&task)).await;
    let first = heard.message().await;
    assert!(waiting.message().await.get("method").is_none(), "no progress there either");
    assert_eq!(first["method"], "notifications/tasks/status", "its status is heard, its progress is not: {first}");
}

#[tokio::test]
async fn a_server_that_asks_how_a_hosted_task_goes_is_not_silent() {
    let setup = Setup::new().config("[calls]\nidle = \"700ms\"");
    let solo = Solo::on(setup, Way::Stdio, &[], &["--tasks"]).await;
    let mut agent = solo.core.agent("/mcp/fix", solo.agent.token.as_deref().unwrap());
    agent.open_with(HOSTS).await;
    let mut call = agent.begin_call("ask_task", "{}").await;
    let asked = call.until("sampling/createMessage").await;
    agent.reply(&asked, r#"{"task":{"taskId":"h","status":"working","ttl":null}}"#).await;
    let began = std::time::Instant::now();
    while began.elapsed() < std::time::Duration::from_secs(2) {
        let get = call.until("tasks/get").await;
        agent.reply(&get, r#"{"taskId":"h","status":"working"}"#).await;
    }
    let get = call.until("tasks/get").await;
    agent.reply(&get, r#"{"taskId":"h","status":"failed"}"#).await;
    let wants = call.until("tasks/result").await;
    agent.reply(&wants, "{}").await;
    let list = call.until("tasks/list").await;
    agent.reply(&list, r#"{"tasks":[]}"#).await;
    assert!(call.answer().await["result"]["structuredContent"]["said"].is_array());
}

#[tokio::test]
async fn a_question_of_a_task_is_taken_back_where_it_was_asked() {
    let solo = Solo::new(&["--tasks"]).await;
    let task = begin(&solo.agent, "task_work", r#"{"ask":"sampling/createMessage","takes_back":1,"ms":1}"#).await;
    solo.agent.end().await;
    let mut next = solo.core.agent("/mcp/fix", solo.agent.token.as_deref().unwrap());
    next.open().await;
    let mut heard = next.listen().await;
    let mut waiting = next.begin("tasks/result", &about(&task)).await;
    let asked = waiting.until("sampling/createMessage").await;
    let cancelled = heard.until("notifications/cancelled").await;
    assert_eq!(cancelled["params"]["requestId"], asked["id"]);
}

#[tokio::test]
async fn a_revoked_agents_task_holds_no_instance() {
    let solo = Solo::new(&["--tasks"]).await;
    begin(&solo.agent, "task_work", "{}").await;
    solo.agent.end().await;
    assert_eq!(instances(&solo.core).await, 1);
    solo.core.peta(&["agent", "revoke", "a"]).await;
    eventually("its instance ends", || async { (instances(&solo.core).await == 0).then_some(()) }).await;
}

#[tokio::test]
async fn what_is_known_of_an_agents_tasks_is_bounded() {
    let setup = Setup::new().config("[tasks]\nper_agent = 2");
    let solo = Solo::on(setup, Way::Stdio, &[], &["--tasks"]).await;
    let mut made = Vec::new();
    for _ in 0..7 {
        let task = begin(&solo.agent, "task_work", "{}").await;
        solo.agent.result("tasks/cancel", &about(&task)).await;
        made.push(task);
    }
    let listed = listed(&solo.agent).await;
    let last: Vec<_> = made[3..].iter().map(|task| task["taskId"].as_str().unwrap()).collect();
    assert_eq!(listed, last, "the oldest that nobody comes for are forgotten first");
    assert_eq!(solo.agent.ask("tasks/get", &about(&made[0])).await["error"]["data"]["code"], "P2004");
    assert_eq!(status(&solo.agent, &made[6]).await, "cancelled");
}

#[tokio::test]
async fn a_session_that_listens_hears_of_a_task_whose_own_was_left() {
    let solo = Solo::new(&["--tasks"]).await;
    let mut next = solo.core.agent("/mcp", solo.agent.token.as_deref().unwrap());
    next.open().await;
    let mut heard = next.listen().await;
    // The first session neither listens nor ends: its agent is gone without a word.
    let task = begin(&solo.agent, "task_work", r#"{"ms":1}"#).await;
    let done = heard.until("notifications/tasks/status").await;
    assert_eq!((&done["params"]["taskId"], &done["params"]["status"]), (&task["taskId"], &json!("completed")));
}
