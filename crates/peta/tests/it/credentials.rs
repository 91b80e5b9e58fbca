//! Credentials from outside: stored, shown, made anew and taken over by the built program, and readable nowhere.

use std::{fs, os::unix::fs::PermissionsExt as _};

use http::Method;
use peta_testkit::{Agent, Core, Setup, Value, json};

const SECRET: &str = "sk_live/hunter2+9aX2vQ7LmT4c";

/// How it may come back: as it is, in Base64 (whole, and as a password), percent-encoded, in hexadecimal, escaped.
fn forms() -> Vec<String> {
    let hex: String = SECRET.bytes().map(|b| format!("{b:02x}")).collect();
    let base64 = "c2tfbGl2ZS9odW50ZXIyKzlhWDJ2UTdMbVQ0Y";
    let percent = "sk_live%2Fhunter2%2B9aX2vQ7LmT4c";
    [SECRET, "hunter2", base64, percent, &hex, &hex.to_uppercase(), "sk_live\\/hunter2"].map(str::to_owned).to_vec()
}

async fn administrator(core: &Core) -> Agent {
    let token = core.json(&["admin", "token", "--json"]).await["token"].as_str().unwrap().to_owned();
    Agent::new(&core.address, "/", Some(&token))
}

/// A Core with a server at a URL and one with a command, each with a credential that was made anew once.
async fn house() -> Core {
    let core = Core::start().await;
    let (file, first) = (core.file("secret"), core.file("first"));
    fs::write(&file, format!("{SECRET}\n")).unwrap();
    fs::write(&first, "hunter2-the-first-one-9aX2vQ7L").unwrap();
    let (file, first) = (file.to_str().unwrap(), first.to_str().unwrap());
    core.peta(&["server", "add", "web", "--url", "http://127.0.0.1:9/mcp", "--no-discover"]).await;
    core.stdio_server("fix", &[], &["--small"]).await;
    let header = ["--header", "Authorization: Bearer {}"];
    let add = ["credential", "add", "token", "--server", "web", header[0], header[1], "--from-file", first];
    core.peta(&add).await;
    core.peta(&["credential", "rotate", "token", "--from-file", file]).await;
    core.peta(&["credential", "add", "pw", "--server", "web", "--basic", "ada", "--user", "ada", "--from-file", file])
        .await;
    core.peta(&["credential", "add", "child", "--server", "fix", "--env", "TOKEN", "--from-file", file]).await;
    core
}

/// T66: every GET of the contract is asked, and nothing that Core or a command says holds any form of a secret.
#[tokio::test]
async fn api_gives_no_secret() {
    let core = house().await;
    core.peta(&["agent", "add", "bot", "--grant", "web"]).await;
    let (to, file) = ("webhook+http://127.0.0.1:9/in", core.file("secret"));
    core.peta(&["audit", "sink", "add", "hook", "--to", to, "--from-file", file.to_str().unwrap()]).await;
    let admin = administrator(&core).await;
    let contract = core.json(&["openapi"]).await;
    let mut said = vec![core.said()];
    let mut asked = 0;
    for (path, methods) in contract["paths"].as_object().unwrap() {
        if methods.get("get").is_none() {
            continue;
        }
        let named: &[&str] = match path.split('/').nth(3).unwrap() {
            "servers" => &["web", "fix"],
            "agents" => &["bot"],
            "credentials" => &["token", "pw", "child"],
            "sinks" => &["hook"],
            _ => &[""],
        };
        for name in named {
            let path = path.replace("{name}", name).replace("{event}", "2");
            let wanted = match path.rsplit('/').next() {
                Some("entries") => "?from=0&count=1",
                Some("tile") => "?level=0&number=0&width=1",
                _ => "",
            };
            let path = format!("{path}{wanted}");
            let answer = admin.request(Method::GET).path(&path).header("accept", "application/json").send().await;
            let status = match path.as_str() {
                // What was said is for a role that no owner has.
                path if path.ends_with("/payload") => 403,
                // None is set; what is shown of one stands in `archived_in_a_bucket_of_moto`.
                "/api/v1/audit/archive" => 404,
                _ => 200,
            };
            assert_eq!(answer.status, status, "{path}: {answer:?}");
            said.push(answer.body.clone());
            asked += 1;
        }
    }
    assert!(asked > 15, "{asked}");
    said.push(admin.request(Method::GET).path("/metrics").send().await.body);
    for words in [
        &["credential", "list"][..],
        &["credential", "list", "--json"],
        &["credential", "show", "token"],
        &["server", "show", "web"],
        &["events", "--all"],
        &["vault", "status"],
        &["audit", "sink", "list"],
        &["audit", "sink", "show", "hook"],
        &["audit", "sink", "test", "hook"],
        &["doctor"],
    ] {
        let ran = core.run(words).await;
        said.extend([ran.stdout, ran.stderr]);
    }
    for text in said {
        for form in forms() {
            assert!(!text.contains(&form), "{form} stands in:\n{text}");
        }
    }
}

#[tokio::test]
async fn what_an_operator_sees() {
    let core = house().await;
    let list = core.peta(&["credential", "list"]).await;
    for part in ["NAME", "token", "web", "shared", "header Authorization: Bearer {}", "user ada", "env TOKEN", "never"]
    {
        assert!(list.contains(part), "{part}: {list}");
    }
    let shown = core.peta(&["credential", "show", "token"]).await;
    for part in ["ready", "lent to one request at a time", "http://127.0.0.1:9", "owner at the socket", "version    2"]
    {
        assert!(shown.contains(part), "{part}: {shown}");
    }
    let child = core.json(&["credential", "show", "child", "--json"]).await;
    assert_eq!((&child["class"], &child["delivery"]), (&json!("env"), &json!({ "env": "TOKEN" })));

    core.peta(&["server", "set", "web", "--url", "http://127.0.0.1:10/mcp"]).await;
    let list = core.peta(&["credential", "list"]).await;
    assert!(list.contains("unbound") && list.contains("peta credential confirm token"), "{list}");
    let confirmed = core.peta(&["credential", "confirm", "token"]).await;
    assert!(confirmed.contains("is confirmed: ready"), "{confirmed}");
    core.peta(&["credential", "remove", "token"]).await;
    let gone = core.run(&["credential", "show", "token"]).await;
    assert!(gone.code == 1 && gone.stderr.contains("P7003"), "{gone:?}");

    let set = core.run(&["server", "set", "web", "--isolation", "shared"]).await;
    assert!(set.code == 1 && set.stderr.contains("P7008"), "{set:?}");
    core.peta(&["server", "set", "web", "--credential", "user"]).await;
    assert_eq!(core.json(&["server", "show", "web", "--json"]).await["credential"], "user");
}

#[tokio::test]
async fn secrets_come_by_stdin_variable_or_file() {
    let core = house().await;
    for words in [
        &["credential", "add", "x", "--server", "web", "--query", "k"][..],
        &["credential", "add", "x", "--server", "web", "--from-stdin"],
        &["credential", "add", "x", "hunter2", "--server", "web", "--query", "k", "--from-stdin"],
        &["credential", "add", "x", "--server", "web", "--query", "k", "--cookie", "c", "--from-stdin"],
        &["credential", "add", "x", "--server", "web", "--query", "k", "--from-stdin", "--from-env", "V"],
        &["credential", "add", "x", "--server", "web", "--header", "no template", "--from-stdin"],
        &["vault", "rotate"],
        &["vault", "rotate", "--root", "paper"],
    ] {
        let ran = core.run(words).await;
        assert_eq!(ran.code, 2, "{words:?}: {ran:?}");
    }
    // Standard input is empty here.
    let empty = core.run(&["credential", "rotate", "token", "--from-stdin"]).await;
    assert!(empty.code == 1 && empty.stderr.contains("P4006"), "{empty:?}");
    let unset = core.run(&["credential", "rotate", "token", "--from-env", "PETA_NO_SUCH"]).await;
    assert!(unset.code == 1 && unset.stderr.contains("PETA_NO_SUCH"), "{unset:?}");
    core.peta(&["credential", "rotate", "token", "--from-env", "PATH"]).await;
}

/// The root is in a file for its owner alone, and the vault opens by itself after a restart.
#[tokio::test]
async fn the_vault_opens_again() {
    let mut core = Core::start().await;
    let file = core.file("secret");
    fs::write(&file, SECRET).unwrap();
    core.peta(&["server", "add", "web", "--url", "http://127.0.0.1:9/mcp", "--no-discover"]).await;
    let add = ["credential", "add", "t", "--server", "web", "--query", "k", "--from-file", file.to_str().unwrap()];
    core.peta(&add).await;
    let key = core.data.join("vault.key");
    assert_eq!(fs::metadata(&key).unwrap().permissions().mode() & 0o777, 0o600);
    assert_eq!(core.stop().await, 0);

    let mut core = Setup::again(&core).start().await;
    assert_eq!(core.json(&["vault", "status", "--json"]).await["locked"], false);
    core.peta(&["vault", "lock"]).await;
    let rotate = core.run(&["credential", "rotate", "t", "--from-file", file.to_str().unwrap()]).await;
    assert!(rotate.code == 1 && rotate.stderr.contains("P4001"), "{rotate:?}");
    core.peta(&["vault", "unlock"]).await;
    core.peta(&["credential", "rotate", "t", "--from-file", file.to_str().unwrap()]).await;
    assert_eq!(core.stop().await, 0);

    // Without the root nothing is opened, nothing made in its place; and Core runs.
    fs::rename(&key, core.file("kept")).unwrap();
    let core = Setup::again(&core).start().await;
    let status = core.json(&["vault", "status", "--json"]).await;
    assert_eq!(status["locked"], true);
    assert!(status["root"]["trouble"].as_str().unwrap().contains("P4009") && !key.exists(), "{status}");
    let unlock = core.run(&["vault", "unlock"]).await;
    assert!(unlock.code == 1 && unlock.stderr.contains("P4009"), "{unlock:?}");
    fs::rename(core.file("kept"), &key).unwrap();
    core.peta(&["vault", "unlock"]).await;
}

#[tokio::test]
async fn a_clients_configuration_is_taken_over() {
    let core = Core::start().await;
    let file = core.file("mcp.json");
    let text = r#"{
  // of a client
  "mcpServers": {
    "Web": {"url": "http://127.0.0.1:9/mcp", "headers": {"Authorization": "Bearer hunter2-9aX2vQ7LmT4c"}},
    "child": {"command": "/bin/false", "env": {"API_KEY": "hunter2-child", "LOG": "debug", "T": "${input:t}"}},
  }
}
"#;
    fs::write(&file, text).unwrap();
    let path = file.to_str().unwrap();
    let dry = core.run(&["credential", "import", path, "--dry-run"]).await;
    assert_eq!(dry.code, 0, "{dry:?}");
    assert!(dry.stdout.contains("would register server `web` and store `web-authorization`"), "{dry:?}");
    assert!(dry.stderr.contains("T refers to a value"), "{dry:?}");
    assert!(core.json(&["server", "list", "--json"]).await["items"].as_array().unwrap().is_empty());

    let ran = core.run(&["credential", "import", path]).await;
    assert_eq!(ran.code, 0, "{ran:?}");
    assert!(!format!("{dry:?}{ran:?}").contains("hunter2"), "{ran:?}");
    assert_eq!(fs::read_to_string(&file).unwrap(), text, "only --rewrite changes it");
    let names = |list: &Value| -> Vec<String> {
        list["items"].as_array().unwrap().iter().map(|it| it["name"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(names(&core.json(&["server", "list", "--json"]).await), ["child", "web"]);
    let stored = core.json(&["credential", "list", "--json"]).await;
    assert_eq!(names(&stored), ["child-api_key", "web-authorization"]);
    let child = core.json(&["server", "show", "child", "--json"]).await;
    assert_eq!(child["env"], json!(["LOG"]));
    let again = core.run(&["credential", "import", path]).await;
    assert!(again.code == 0 && again.stderr.contains("is there already"), "{again:?}");
}
