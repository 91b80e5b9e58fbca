//! The people's wing from outside: what an agent's token, and a role without the power, get there (T31, T62, T63).

use http::Method;
use peta_testkit::{Agent, Answer, Core, Value, json};

use crate::house::Solo;

/// The admin API over HTTP, with some token or none.
pub(super) struct Person(Agent);

impl Person {
    pub(super) fn with(core: &Core, token: Option<&str>) -> Self {
        Self(Agent::new(&core.address, "/", token))
    }

    /// An administrator of this role.
    pub(super) async fn of_role(core: &Core, role: &str) -> Self {
        let said = core.peta(&["admin", "token", "--role", role]).await;
        let token = said.split_whitespace().find(|word| word.starts_with("peta_ac_")).expect("a token");
        Self::with(core, Some(token))
    }

    pub(super) async fn ask(&self, method: Method, path: &str, body: Option<Value>) -> Answer {
        let request = self.0.request(method).path(path);
        match body {
            Some(body) => request.header("content-type", "application/json").body(body.to_string().into()).send().await,
            None => request.send().await,
        }
    }
}

/// Every operation of the checked-in contract: its method, and its path with every name filled in.
pub(super) fn operations(name: &str) -> Vec<(Method, String)> {
    let contract = concat!(env!("CARGO_MANIFEST_DIR"), "/../../openapi/peta.json");
    let contract: Value = serde_json::from_str(&std::fs::read_to_string(contract).unwrap()).unwrap();
    let mut all = Vec::new();
    for (path, methods) in contract["paths"].as_object().unwrap() {
        let filled: Vec<&str> = path.split('/').map(|part| if part.starts_with('{') { name } else { part }).collect();
        for method in methods.as_object().unwrap().keys().filter(|key| *key != "parameters") {
            all.push((method.to_uppercase().parse().unwrap(), filled.join("/")));
        }
    }
    assert!(all.len() > 20, "{all:?}");
    all
}

/// T31: each operation × each kind of token that an agent may hold. And an administrator's token is no agent's.
#[tokio::test]
async fn agent_opens_no_admin_door() {
    let solo = Solo::new(&[]).await;
    let live = solo.agent.token.clone().unwrap();
    let revoked = solo.core.token("gone", &["fix"]).await;
    solo.core.peta(&["agent", "revoke", "gone"]).await;
    // The same token under another kind's name, with the check characters it had.
    let renamed = live.replace("peta_st_", "peta_ac_");
    let before = solo.core.json(&["agent", "list", "--json"]).await;
    for (method, path) in operations("fix") {
        let body = Some(json!({})).filter(|_| method != Method::GET);
        for (token, allowed) in [(&live, &[403][..]), (&revoked, &[401, 403]), (&renamed, &[401])] {
            let answer = Person::with(&solo.core, Some(token)).ask(method.clone(), &path, body.clone()).await;
            assert!(allowed.contains(&answer.status), "{method} {path}: {answer:?}");
            assert!(["P7001", "P7002"].contains(&answer.code().as_str()), "{method} {path}: {answer:?}");
        }
        let none = Person::with(&solo.core, None).ask(method.clone(), &path, body).await;
        assert_eq!((none.status, none.code().as_str()), (401, "P7001"), "{method} {path}: {none:?}");
    }
    assert_eq!(solo.core.json(&["agent", "list", "--json"]).await["items"][0]["name"], before["items"][0]["name"]);
    assert_ne!(solo.core.state("fix").await, "disabled", "and the server is still there");
    let said = solo.core.peta(&["admin", "token"]).await;
    let admin = said.split_whitespace().find(|word| word.starts_with("peta_ac_")).unwrap();
    let call = Agent::new(&solo.core.address, "/mcp", Some(admin)).initialize("2025-11-25", "{}").await;
    assert_eq!((call.status, call.code().as_str()), (401, "P1002"), "{call:?}");
    for path in ["/metrics", "/api/v1/servers"] {
        let page = Person::with(&solo.core, Some(admin)).ask(Method::GET, path, None).await;
        assert_eq!(page.status, 200, "{path}: {page:?}");
        let refused = Person::with(&solo.core, Some(&live)).ask(Method::GET, path, None).await;
        assert_eq!((refused.status, refused.code().as_str()), (403, "P7002"), "{path}: {refused:?}");
    }
}

/// T63: adding, testing, or turning on a server runs a program, so only who may launch gets that far.
#[tokio::test]
async fn launch_needs_power() {
    let solo = Solo::new(&[]).await;
    let proof = solo.core.file("it-ran");
    let command = ["sh", "-c", "touch \"$1\"", "sh", proof.to_str().unwrap()];
    let server = |name: &str| json!({ "name": name, "command": command[0], "args": command[1..] });
    solo.core.peta(&["server", "add", "held", "--no-discover", "--", "sh", "-c", command[2], "sh", command[4]]).await;
    let agents = Person::with(&solo.core, solo.agent.token.as_deref());
    let nobody = Person::with(&solo.core, None);
    let (auditor, payloads) =
        (Person::of_role(&solo.core, "auditor").await, Person::of_role(&solo.core, "payloads").await);
    for (who, person) in [("agent", &agents), ("nobody", &nobody), ("auditor", &auditor), ("payloads", &payloads)] {
        for (path, body) in [
            ("/api/v1/servers", server(who)),
            ("/api/v1/servers/held/test", json!({})),
            ("/api/v1/servers/held/refresh", json!({})),
            ("/api/v1/servers/held/enable", json!({})),
        ] {
            let answer = person.ask(Method::POST, path, Some(body)).await;
            assert!([401, 403].contains(&answer.status), "{who} {path}: {answer:?}");
        }
        let set = person.ask(Method::PATCH, "/api/v1/servers/held", Some(json!({ "eager": true }))).await;
        assert!([401, 403].contains(&set.status), "{who}: {set:?}");
    }
    assert!(!proof.exists(), "a program was started for somebody who may not");
    let owner = Person::of_role(&solo.core, "owner").await;
    let tested = owner.ask(Method::POST, "/api/v1/servers/held/test", Some(json!({}))).await;
    assert!(tested.status != 401 && tested.status != 403, "{tested:?}");
    assert!(proof.exists(), "the same door is open to an owner: {tested:?}");
}
