//! `peta audit report`: each report as a table, as JSON and as CSV, what filters leave, and what a spreadsheet or a terminal
//! makes of names that attack them.

mod bundle;
mod compliance;
mod hostile;
mod sheet;
mod world;

use std::collections::BTreeMap;

use peta_testkit::{Value, json};
use sheet::Sheet;
use world::{SECRET, World, moment, rows_with};

#[tokio::test]
async fn who_can_reach_what() {
    let world = World::new().await;
    let table = world.core.peta(&["audit", "report", "access"]).await;
    for part in [
        "build-bot",
        "ada, group dev",
        "everything: tools",
        "echo",
        "web",
        "files (disabled)",
        "denied",
        "Everything that is not listed is denied",
    ] {
        assert!(table.contains(part), "{part}: {table}");
    }
    assert!(!table.contains("gone"), "revoked agents reach nothing: {table}");

    let json = world.core.json(&["audit", "report", "access", "--json"]).await;
    assert_eq!((&json["report"], &json["otherwise"]), (&json!("access"), &json!("deny")));
    let agents = json["agents"].as_array().unwrap();
    let named = |name: &str| agents.iter().find(|it| it["agent"]["name"] == name).unwrap();
    let bot = &named("build-bot")["servers"];
    assert_eq!((&bot[0]["server"], &bot[0]["state"]), (&json!("files"), &json!("disabled")));
    assert_eq!((&bot[1]["everything"], &bot[1]["denied"]["tools"]), (&json!(true), &json!(0)));
    assert!(bot[1]["tools"].as_array().unwrap().contains(&json!("who")), "{bot}");
    assert!(!bot[1]["resources"].as_array().unwrap().is_empty() && !bot[1]["prompts"].as_array().unwrap().is_empty());
    let reader = &named("reader")["servers"][0];
    assert_eq!(
        (&reader["tools"], &reader["resources"], &reader["everything"]),
        (&json!(["echo"]), &json!([]), &json!(false))
    );
    assert!(reader["denied"]["tools"].as_u64().unwrap() > 5, "{reader}");
    assert_eq!(named("idle")["servers"], json!([]));
    assert!(!named("build-bot")["agent"]["tokens"][0]["last_used"].is_null());

    let sheet = Sheet::of(&world.core, &["access"]).await;
    let reader: Vec<_> = sheet.rows.iter().filter(|row| row["agent"] == "reader").collect();
    assert_eq!(reader.len(), 1);
    assert_eq!((&*reader[0]["kind"], &*reader[0]["capability"], &*reader[0]["everything"]), ("tool", "echo", "no"));
    assert!(
        sheet.rows.iter().any(|row| row["agent"] == "idle" && row["server"].is_empty()),
        "who reaches nothing is there"
    );
}

/// What the review says is what the gateway does.
#[tokio::test]
async fn the_review_and_the_gateway_agree() {
    let world = World::new().await;
    let json = world.core.json(&["audit", "report", "access", "--json"]).await;
    let of =
        |name: &str| json["agents"].as_array().unwrap().iter().find(|it| it["agent"]["name"] == name).unwrap().clone();
    for (name, agent) in [("build-bot", &world.bot), ("reader", &world.reader)] {
        let servers = of(name)["servers"].as_array().unwrap().clone();
        let web = servers.iter().find(|it| it["server"] == "web").unwrap();
        for (list, member) in [
            ("tools/list", "tools"),
            ("resources/list", "resources"),
            ("resources/templates/list", "templates"),
            ("prompts/list", "prompts"),
        ] {
            assert_eq!(json!(agent.names(list).await), web[member], "{name} {list}");
        }
    }
}

#[tokio::test]
async fn what_was_done() {
    let world = World::new().await;
    let json = world.core.json(&["audit", "report", "activity", "--agent", "build-bot", "--json"]).await;
    let rows = json["rows"].as_array().unwrap();
    let echo = rows_with(rows, "capability", "echo");
    assert_eq!(echo.len(), 1, "alike calls are one row: {json}");
    assert_eq!(echo[0]["count"], 3);
    assert!(echo[0]["first"].as_str() < echo[0]["last"].as_str());
    assert_eq!(
        (&echo[0]["user"], &echo[0]["server"], &echo[0]["outcome"]),
        (&json!("ada"), &json!("web"), &json!("ok"))
    );
    assert!(rows.iter().all(|row| row["agent"] == "build-bot"), "{json}");
    assert_eq!(json["filters"]["agent"], "build-bot");

    let reader = world.core.json(&["audit", "report", "activity", "--agent", "reader", "--json"]).await;
    let codes = reader["codes"].as_array().unwrap();
    assert_eq!(codes.len(), 1, "{reader}");
    assert_eq!((&codes[0]["decision"], &codes[0]["count"]), (&json!("deny"), &json!(2)));
    let by_user = world.core.json(&["audit", "report", "activity", "--user", "ada", "--json"]).await;
    assert_eq!(by_user["rows"], json["rows"], "the only agent of that person");
    let persons = world.core.json(&["audit", "report", "processing", "--json"]).await["persons"].clone();
    let nobody = world.core.peta(&["audit", "report", "activity", "--user", "eve"]).await;
    assert!(nobody.contains("Nothing is recorded that matches"), "{nobody}");
    // Who asks for somebody makes no person of them.
    let all = world.core.peta(&["events", "--json", "--all"]).await;
    assert!(!all.contains("eve\"") && all.contains("\"unknown_user\":true"), "{all}");
    assert_eq!(world.core.json(&["audit", "report", "processing", "--json"]).await["persons"], persons);
    let unknown = world.core.run(&["audit", "report", "activity", "--agent", "build-bto"]).await;
    assert!(unknown.code == 1 && unknown.stderr.contains("P7003") && unknown.stdout.is_empty(), "{unknown:?}");

    // The time is a half-open interval.
    let (first, last) = (echo[0]["first"].as_str().unwrap(), echo[0]["last"].as_str().unwrap());
    for (from, to, count) in
        [(Some(first), None, 3), (None, Some(last), 2), (Some(first), Some(last), 2), (Some(last), None, 1)]
    {
        let mut words = vec!["audit", "report", "activity", "--agent", "build-bot", "--json"];
        words.extend(from.into_iter().flat_map(|at| ["--from", at]));
        words.extend(to.into_iter().flat_map(|at| ["--to", at]));
        let json = world.core.json(&words).await;
        assert_eq!(rows_with(json["rows"].as_array().unwrap(), "capability", "echo")[0]["count"], count, "{words:?}");
    }
    let text = world.core.peta(&["audit", "report", "activity"]).await;
    for part in ["build-bot", "tool_call", "echo", "Refusals and failures, by code", "events read"] {
        assert!(text.contains(part), "{part}: {text}");
    }
    let sheet = Sheet::of(&world.core, &["activity", "--agent", "build-bot"]).await;
    let echo: Vec<_> = sheet.rows.iter().filter(|row| row["capability"] == "echo").collect();
    assert_eq!((echo.len(), &*echo[0]["count"], &*echo[0]["code"]), (1, "3", ""));
}

#[tokio::test]
async fn what_a_credential_touched() {
    let world = World::new().await;
    let json = world.core.json(&["audit", "report", "credentials", "web-token", "--json"]).await;
    let credential = &json["credentials"][0];
    assert_eq!((&credential["class"], &credential["version"]), (&json!("request"), &json!(2)));
    assert_eq!(credential["set_by"], "owner at the socket");
    let uses = json["uses"].as_array().unwrap();
    let echo = rows_with(uses, "capability", "echo");
    let told: Vec<_> =
        echo.iter().map(|row| (row["agent"].clone(), row["version"].clone(), row["count"].clone())).collect();
    assert_eq!(told, [(json!("build-bot"), json!(1), json!(3)), (json!("reader"), json!(2), json!(1)),], "{json}");
    // An incident: what the second secret touched since it was set.
    let since = credential["set"].as_str().unwrap();
    let incident = world.core.json(&["audit", "report", "credentials", "web-token", "--from", since, "--json"]).await;
    let uses = incident["uses"].as_array().unwrap();
    assert!(!uses.is_empty() && uses.iter().all(|row| row["version"] == 2), "{incident}");
    let id = credential["id"].as_str().unwrap();
    assert_eq!(world.core.json(&["audit", "report", "credentials", id, "--json"]).await["uses"], json["uses"]);

    let table = world.core.peta(&["audit", "report", "credentials"]).await;
    for part in [
        "web-token",
        "shared",
        "request",
        "owner at the socket",
        "Calls that carried them",
        "build-bot",
        "spare",
        "never",
    ] {
        assert!(table.contains(part), "{part}: {table}");
    }
    let sheet = Sheet::of(&world.core, &["credentials"]).await;
    let spare: Vec<_> = sheet.rows.iter().filter(|row| row["credential"] == "spare").collect();
    assert_eq!((spare.len(), &*spare[0]["count"], &*spare[0]["owner"]), (1, "", "user bob"));
    assert!(!sheet.text.contains(SECRET) && !json.to_string().contains(SECRET));

    // What was removed is still found, by what the record has of it.
    world.core.peta(&["credential", "remove", "web-token"]).await;
    let removed = Sheet::of(&world.core, &["credentials", "web-token"]).await;
    assert!(removed.rows.iter().all(|row| row["state"] == "removed") && !removed.rows.is_empty(), "{}", removed.text);
    let unknown = world.core.run(&["audit", "report", "credentials", "web-tokne"]).await;
    assert!(unknown.code == 1 && unknown.stderr.contains("P7003"), "{unknown:?}");
}

/// With the vault locked nobody can say what was carried; the report says that instead of saying nothing.
#[tokio::test]
async fn what_cannot_be_read_is_told() {
    let world = World::new().await;
    world.core.peta(&["vault", "lock"]).await;
    let json = world.core.json(&["audit", "report", "credentials", "--json"]).await;
    assert!(json["sealed"].as_u64().unwrap() >= 4 && json["uses"] == json!([]), "{json}");
    let table = world.core.peta(&["audit", "report", "credentials"]).await;
    assert!(table.contains("does not open"), "{table}");
    let changes = world.core.peta(&["audit", "report", "changes"]).await;
    assert!(changes.contains("it is not known what they changed"), "{changes}");
    world.core.peta(&["vault", "unlock"]).await;
    let json = world.core.json(&["audit", "report", "credentials", "--json"]).await;
    assert_eq!(json["sealed"], 0, "{json}");
}

#[tokio::test]
async fn what_was_changed() {
    let world = World::new().await;
    let token = world.core.json(&["admin", "token", "--role", "auditor", "--json"]).await;
    let file = world.core.file("changes.csv");
    let said = world.core.peta(&["audit", "report", "changes", "--csv", "--out", file.to_str().unwrap()]).await;
    assert!(said.contains("changes.csv"), "{said}");
    let sheet = Sheet::read(&std::fs::read_to_string(&file).unwrap());
    let acts: Vec<&str> = sheet.rows.iter().map(|row| &*row["act"]).collect();
    for act in
        ["server.add", "agent.add", "grant.add", "credential.rotate", "agent.revoke", "server.disable", "admin.token"]
    {
        assert!(acts.contains(&act), "{act}: {acts:?}");
    }
    assert!(!acts.contains(&"tool_call"), "{acts:?}");
    assert!(sheet.rows.is_sorted_by_key(|row| row["time"].clone()), "oldest first");
    let is_grant =
        |row: &&BTreeMap<String, String>| row["act"] == "grant.add" && row["detail"].contains("web/tool:echo");
    let grant = sheet.rows.iter().find(is_grant).unwrap();
    assert_eq!(
        (&*grant["role"], &*grant["door"], &*grant["outcome"], &*grant["server"]),
        ("owner", "socket", "ok", "web")
    );

    let json = world.core.json(&["audit", "report", "changes", "--json"]).await;
    let made = rows_with(json["acts"].as_array().unwrap(), "kind", "audit.report");
    assert_eq!(made.len(), 1, "the report before this one is an act: {json}");
    assert_eq!(made[0]["detail"]["report"], "changes");
    let refused = world.core.run(&["agent", "add", "build-bot"]).await;
    assert_eq!(refused.code, 1);
    let from = moment(&world.core).await;
    world.core.peta(&["grant", "remove", "reader", "web/echo"]).await;
    let text = world.core.peta(&["audit", "report", "changes", "--from", &from]).await;
    assert!(text.contains("grant.remove") && text.contains("owner, socket") && !text.contains("grant.add"), "{text}");
    let all = world.core.peta(&["audit", "report", "changes"]).await;
    assert!(all.contains("refused P7004"), "what was tried and refused is there: {all}");

    // An auditor may make every report, over the network, and is named by their token.
    let by_token = |words: &'static [&'static str]| {
        let mut peta = peta_testkit::command(&peta_testkit::peta_program());
        peta.args(words).env("PETA_URL", world.core.url("")).env("PETA_TOKEN", token["token"].as_str().unwrap());
        peta_testkit::finish("an auditor's report", peta)
    };
    for words in [
        &["audit", "report", "access"][..],
        &["audit", "report", "activity"],
        &["audit", "report", "credentials"],
        &["audit", "report", "changes"],
        &["audit", "report", "retention"],
        &["audit", "report", "processing"],
    ] {
        let ran = by_token(words).await;
        assert!(ran.code == 0 && !ran.stdout.is_empty(), "{words:?}: {ran:?}");
    }
    let ran = by_token(&["audit", "report", "changes"]).await;
    let id = token["id"].as_str().unwrap();
    assert!(ran.stdout.contains("auditor, token") && ran.stdout.contains(id), "{ran:?}");
}

#[tokio::test]
async fn what_is_kept_and_where_data_goes() {
    let world = World::new().await;
    let none = world.core.peta(&["audit", "report", "retention"]).await;
    assert!(none.contains("No legal hold stands") && none.contains("never kept") && none.contains("24h00m"), "{none}");
    world.core.peta(&["audit", "hold", "add", "case-1", "--person", "ada", "--reason", "court order"]).await;
    let table = world.core.peta(&["audit", "report", "retention"]).await;
    assert!(table.contains("case-1") && table.contains("ada") && table.contains("court order"), "{table}");
    let json = world.core.json(&["audit", "report", "retention", "--json"]).await;
    assert_eq!(json["holds"][0]["name"], "case-1");
    assert_eq!(rows_with(json["kept"].as_array().unwrap(), "what", "sessions")[0]["seconds"], 86_400);
    let sheet = Sheet::of(&world.core, &["retention"]).await;
    assert_eq!(sheet.rows.iter().filter(|row| row["sort"] == "hold").count(), 1);

    let json = world.core.json(&["audit", "report", "processing", "--json"]).await;
    let servers = json["servers"].as_array().unwrap();
    let web = &rows_with(servers, "server", "web")[0];
    assert_eq!(
        (&web["recipient"]["remote"], &web["users"], &web["agents"]),
        (&json!(true), &json!(["ada"]), &json!(2))
    );
    assert!(web["recipient"]["place"].as_str().unwrap().starts_with("http://127.0.0.1:"), "{web}");
    assert_eq!(rows_with(servers, "server", "files")[0]["disabled"], true);
    let table = world.core.peta(&["audit", "report", "processing"]).await;
    assert!(table.contains("No witness gets checkpoints") && table.contains("No sink gets events"), "{table}");
    let to = format!("file:{}", world.core.file("events.jsonl").display());
    world.core.peta(&["audit", "sink", "add", "copy", "--to", &to]).await;
    let place = format!("file:{}", world.core.file("auditor.checkpoint").display());
    world.core.peta(&["audit", "witness", "add", "auditor", "--to", &place]).await;
    let table = world.core.peta(&["audit", "report", "processing"]).await;
    assert!(table.contains("auditor (file:") && table.contains("this machine:"), "{table}");
    assert!(table.contains("Events go to copy (file:") && table.contains("without names"), "{table}");
    let sheet = Sheet::of(&world.core, &["processing"]).await;
    let sorts: Vec<&str> = sheet.rows.iter().map(|row| &*row["sort"]).collect();
    assert_eq!(sorts, ["server", "server", "sink", "witness"]);
}

#[tokio::test]
async fn wrong_words_and_places() {
    let world = World::new().await;
    for words in [
        &["audit", "report"][..],
        &["audit", "report", "everything"],
        &["audit", "report", "access", "--json", "--csv"],
        &["audit", "report", "access", "--json", "--bundle", "x"],
        &["audit", "report", "activity", "--from", "yesterday"],
        &["audit", "report", "retention", "--from", "2026-11-01T00:00:00Z"],
    ] {
        let ran = world.core.run(words).await;
        assert_eq!(ran.code, 2, "{words:?}: {ran:?}");
    }
    let nowhere = world.core.file("no/such/folder/report.json");
    let ran = world.core.run(&["audit", "report", "access", "--json", "--out", nowhere.to_str().unwrap()]).await;
    assert!(ran.code == 1 && ran.stderr.contains("P8012"), "{ran:?}");
    let text: Value = world.core.json(&["audit", "report", "access", "--json"]).await;
    assert_eq!(text["filters"]["agent"], Value::Null);
}
