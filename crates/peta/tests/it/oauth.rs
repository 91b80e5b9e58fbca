//! Credentials that are granted by OAuth, from outside: a provider and a server behind it, a browser without script, and the
//! built program between them.

mod clients;
mod connecting;
mod lines;
mod real;

use http::Method;
use peta_testkit::{
    Agent, Answer, Browser, Core, Provider, Setup, Value, command, eventually, finish, json, peers, peta_program,
    suite_node,
};

use self::connecting::connecting;

async fn house() -> (Core, Provider) {
    let provider = Provider::start().await;
    let core = Core::start().await;
    core.peta(&["server", "add", "idp", "--url", &provider.mcp(), "--no-discover"]).await;
    (core, provider)
}

async fn link_of(core: &Core, name: &str) -> String {
    core.peta(&["credential", "connect", name, "--no-wait"]).await.trim().to_owned()
}

/// Connects as an administrator and a browser do.
async fn connect(core: &Core, name: &str) -> Answer {
    let link = link_of(core, name).await;
    let page = Browser::default().connect(&link).await;
    assert_eq!(page.status, 200, "{page:?}\nCore said:\n{}", core.said());
    page
}

async fn shown(core: &Core, name: &str) -> Value {
    core.json(&["credential", "show", name, "--json"]).await
}

async fn refused(agent: &Agent) -> Value {
    agent.call_error("whoami", "{}").await
}

fn tokens(provider: &Provider) -> Vec<String> {
    let state = provider.state();
    state.live.keys().chain(&state.refresh).cloned().collect()
}

#[tokio::test]
async fn oauth_connected_used_and_removed() {
    let (core, provider) = house().await;
    let added = core.peta(&["credential", "add", "idp", "--server", "idp", "--oauth", "--scopes", "read"]).await;
    assert!(added.contains("unconnected"), "{added}");
    let connecting = connecting(&core, "idp").await;

    let mut browser = Browser::default();
    let page = browser.get(&connecting.link).await;
    assert_eq!(page.status, 200, "{page:?}");
    for part in ["idp", &provider.origin, "method=\"post\"", "read"] {
        assert!(page.body.contains(part), "{part}: {}", page.body);
    }
    assert!(!page.body.contains("<script"), "{}", page.body);
    assert!(page.header("content-security-policy").contains("default-src 'none'"));
    assert!(provider.state().registered == 0, "looking changes nothing");
    let done = browser.connect(&connecting.link).await;
    assert!(done.status == 200 && done.body.contains("Connected"), "{done:?}");
    let used = browser.get(&connecting.link).await;
    assert!(used.status == 404 && used.body.contains("P4022"), "{used:?}");
    let (code, said) = connecting.end().await;
    assert!(
        code == 0 && said.contains("is connected: ready") && said.contains("granted by") && said.contains("read"),
        "{said}"
    );

    let it = shown(&core, "idp").await;
    assert_eq!((&it["state"], &it["oauth"]["issuer"]), (&json!("ready"), &json!(provider.origin)), "{it}");
    assert_eq!((&it["oauth"]["scopes"], &it["oauth"]["refreshable"]), (&json!("read"), &json!(true)), "{it}");
    assert!(provider.state().asked["resource"] == provider.mcp(), "the token is for this server");

    let agent = core.open("bot", &["idp"], "/mcp/idp").await;
    let answer = agent.call("whoami", "{}").await.to_string();
    let live = provider.state().live.keys().next().unwrap().clone();
    assert_eq!(provider.state().shown.last(), Some(&format!("Bearer {live}")));
    assert!(answer.contains("you show") && answer.contains("[secret removed]"), "the echo is cut: {answer}");

    // Nowhere does Peta tell a token.
    let mut told = vec![answer, core.said(), core.peta(&["events", "--json", "--all"]).await];
    told.push(core.peta(&["credential", "show", "idp"]).await);
    told.push(it.to_string());
    for text in &told {
        for token in tokens(&provider) {
            assert!(!text.contains(&token), "{token} in {text}");
        }
    }
    for file in ["peta.db", "peta.db-wal"] {
        let bytes = std::fs::read(core.data.join(file)).unwrap_or_default();
        for token in tokens(&provider) {
            assert!(!bytes.windows(token.len()).any(|window| window == token.as_bytes()), "{token} in {file}");
        }
    }
    let connected = core.events(|event| event["kind"] == "credential.connected").await;
    assert_eq!(connected.len(), 1, "{connected:?}");

    let removed = core.run(&["credential", "remove", "idp"]).await;
    assert!(removed.code == 0 && !removed.stderr.contains("warning"), "{removed:?}");
    let revoked = provider.state().revoked.clone();
    assert_eq!(revoked.len(), 2, "revoked at the provider first: {revoked:?}");
    assert!(revoked[0].starts_with("rt-") && revoked[1].starts_with("at-"), "{revoked:?}");
}

#[tokio::test]
async fn oauth_renewed_ahead_of_its_end_and_after_a_restart() {
    let (mut core, provider) = house().await;
    provider.state().lifetime = Some(4);
    core.peta(&["credential", "add", "idp", "--server", "idp", "--oauth"]).await;
    connect(&core, "idp").await;
    eventually("a renewal", async || {
        (provider.state().grants.iter().filter(|grant| *grant == "refresh_token").count() >= 2).then_some(())
    })
    .await;
    let agent = core.open("bot", &["idp"], "/mcp/idp").await;
    agent.call("whoami", "{}").await;
    assert!(shown(&core, "idp").await["version"].as_u64().unwrap() >= 3);
    core.stop().await;
    let before = provider.state().grants.len();
    let core = Setup::again(&core).start().await;
    eventually("a renewal after the restart", async || (provider.state().grants.len() > before).then_some(())).await;

    // A provider that does not answer for a while ends nothing; one that revokes does.
    provider.state().refuses = Some((503, "temporarily_unavailable".into()));
    let before = provider.state().grants.len();
    eventually("two renewals that fail", async || (provider.state().grants.len() >= before + 2).then_some(())).await;
    assert_eq!(shown(&core, "idp").await["state"], "ready");
    provider.state().refuses = Some((400, "invalid_grant".into()));
    eventually("it is over", async || (shown(&core, "idp").await["state"] == "reconnect").then_some(())).await;
    let token = core.token("other", &["idp"]).await;
    let mut agent = core.agent("/mcp/idp", &token);
    agent.open().await;
    let error = refused(&agent).await;
    assert_eq!(error["data"]["code"], "P4021", "{error}");
    provider.state().refuses = None;
    provider.state().lifetime = Some(600);
    connect(&core, "idp").await;
    assert_eq!(shown(&core, "idp").await["state"], "ready");
    agent.call("whoami", "{}").await;
}

/// T50: a server's 401 and 403 end here; a refused token is renewed once, and the call goes out again.
#[tokio::test]
async fn oauth_challenge_stays() {
    let (core, provider) = house().await;
    core.peta(&["credential", "add", "idp", "--server", "idp", "--oauth", "--scopes", "read"]).await;
    connect(&core, "idp").await;
    let agent = core.open("bot", &["idp"], "/mcp/idp").await;
    agent.call("whoami", "{}").await;
    provider.state().live.clear();
    agent.call("whoami", "{}").await;
    assert_eq!(provider.state().grants.iter().filter(|grant| *grant == "refresh_token").count(), 1);

    // A line of its own is opened with a good token, too.
    provider.state().live.clear();
    let token = core.token("second", &["idp"]).await;
    let mut second = core.agent("/mcp/idp", &token);
    second.open().await;
    second.call("whoami", "{}").await;

    provider.state().wants = Some("admin".into());
    let answer = agent.post(&agent.request_text("tools/call", r#"{"name":"whoami","arguments":{}}"#)).send().await;
    assert!(answer.status == 200 && answer.header("www-authenticate").is_empty(), "{answer:?}");
    let error = answer.json()["error"].clone();
    assert_eq!(error["data"]["code"], "P4029", "{error}");
    assert!(!error.to_string().contains("resource_metadata"), "{error}");
    provider.state().wants = None;

    provider.state().live.clear();
    provider.state().refresh.clear();
    let error = refused(&agent).await;
    assert_eq!(error["data"]["code"], "P4021", "{error}");
    assert_eq!(shown(&core, "idp").await["state"], "reconnect");
}

/// What a server forbids a list leads to a link for more, as what it forbids a call.
#[tokio::test]
async fn oauth_a_list_may_want_more_scopes() {
    let (core, provider) = house().await;
    provider.state().wants = Some("write".into());
    provider.state().wants_of = "tools/list";
    let words = ["credential", "add", "idp", "--server", "idp", "--oauth", "--user", "ada", "--scopes", "read"];
    core.peta(&words).await;
    let token = core.peta(&["agent", "add", "bot", "--user", "ada", "--grant", "idp", "--quiet"]).await;
    let mut agent = core.agent("/mcp/idp", token.trim());
    let error = agent.initialize("2025-11-25", "{}").await.json()["error"].clone();
    assert_eq!(error["data"]["code"], "P4020", "{error}");
    let page = Browser::default().connect(error["data"]["url"].as_str().unwrap()).await;
    assert_eq!(page.status, 200, "{page:?}");
    core.peta(&["credential", "confirm", "idp"]).await;
    agent.open().await;
    let answer = agent.ask("tools/list", "{}").await;
    assert_eq!(answer["error"]["data"]["code"], "P4029", "{answer}");
    let data = &answer["error"]["data"];
    let link = data["elicitations"][0]["url"].as_str().or(data["url"].as_str());
    let page = Browser::default().connect(link.unwrap_or_else(|| panic!("{answer}"))).await;
    assert_eq!(page.status, 200, "{page:?}");
    let asked = provider.state().asked["scope"].clone();
    assert!(asked.contains("read") && asked.contains("write"), "{asked}");
    core.peta(&["credential", "confirm", "idp"]).await;
    let answer = agent.ask("tools/list", "{}").await;
    assert_eq!(answer["result"]["tools"][0]["name"], "whoami", "{answer}");
}

/// A server that was never learnt can be shown to nobody before somebody connects.
#[tokio::test]
async fn oauth_initialize_gives_the_link() {
    let (core, provider) = house().await;
    core.peta(&["credential", "add", "idp", "--server", "idp", "--oauth", "--user", "ada"]).await;
    let token = core.peta(&["agent", "add", "bot", "--user", "ada", "--grant", "idp", "--quiet"]).await;
    let mut agent = core.agent("/mcp/idp", token.trim());
    let error = agent.initialize("2025-11-25", "{}").await.json()["error"].clone();
    assert_eq!(error["data"]["code"], "P4020", "{error}");
    let page = Browser::default().connect(error["data"]["url"].as_str().unwrap()).await;
    assert!(page.status == 200 && page.body.contains("confirm idp"), "{page:?}");
    core.peta(&["credential", "confirm", "idp"]).await;
    agent.open().await;
    agent.call("whoami", "{}").await;
    // A line that is refused when it is opened leads to a renewal, too, and then to a link.
    provider.state().live.clear();
    let mut late = core.agent("/mcp/idp", token.trim());
    late.open().await;
    late.call("whoami", "{}").await;
    // So does what is no call.
    provider.state().live.clear();
    assert_eq!(late.names("tools/list").await, ["whoami"]);
    provider.state().live.clear();
    let unknown = late.ask("unknown/method", "{}").await;
    assert_ne!(unknown["error"]["data"]["code"], "P5010", "{unknown}");
    provider.state().live.clear();
    provider.state().refresh.clear();
    let error = core.agent("/mcp/idp", token.trim()).initialize("2025-11-25", "{}").await.json()["error"].clone();
    assert_eq!(error["data"]["code"], "P4021", "{error}");
    assert!(error["data"]["url"].as_str().unwrap().contains("/connect/"), "{error}");
}

/// A person who has nothing yet gets a link; what comes by it is held until somebody confirms whose it is.
#[tokio::test]
async fn oauth_connect_bound_to_user() {
    let (core, provider) = house().await;
    core.peta(&["credential", "add", "idp", "--server", "idp", "--oauth", "--scopes", "read"]).await;
    connect(&core, "idp").await;
    core.peta(&["server", "set", "idp", "--credential", "user"]).await;
    let token = core.peta(&["agent", "add", "bot", "--user", "ada", "--grant", "idp", "--quiet"]).await;
    let mut agent = core.agent("/mcp/idp", token.trim());
    agent.open_with("{}").await;
    let error = refused(&agent).await;
    assert_eq!((&error["code"], &error["data"]["code"]), (&json!(-32603), &json!("P4020")), "{error}");
    let link = error["data"]["url"].as_str().unwrap().to_owned();
    assert!(error["message"].as_str().unwrap().contains(&link), "{error}");

    let mut able = core.agent("/mcp/idp", token.trim());
    able.open_with(r#"{"elicitation":{"url":{}}}"#).await;
    let asked = refused(&able).await;
    assert_eq!((&asked["code"], &asked["data"]["elicitations"][0]["mode"]), (&json!(-32042), &json!("url")), "{asked}");
    assert!(asked["data"]["elicitations"][0]["url"].as_str().unwrap().contains("/connect/"), "{asked}");

    // Another browser cannot finish what this one began, and nobody can afterwards.
    let mut browser = Browser::default();
    let page = browser.get(&link).await;
    assert!(page.body.contains("ada") && page.body.contains("administrator confirms"), "{}", page.body);
    let back = browser.go(&link).await;
    let stolen = Browser::default().get(&back).await;
    assert!(stolen.status == 404 && stolen.body.contains("P4022"), "{stolen:?}");
    let late = browser.get(&back).await;
    assert!(late.status == 404 && late.body.contains("P4022"), "{late:?}");
    assert_eq!(provider.state().grants.len(), 1, "no code was exchanged");

    let link = refused(&agent).await["data"]["url"].as_str().unwrap().to_owned();
    let mut browser = Browser::default();
    let back = browser.go(&link).await;
    let done = browser.get(&back).await;
    assert!(done.status == 200 && done.body.contains("peta credential confirm idp-ada"), "{done:?}");
    let replay = browser.get(&back).await;
    assert!(replay.status == 404 && replay.body.contains("P4022"), "{replay:?}");

    assert_eq!(refused(&agent).await["data"]["code"], "P4003");
    let it = shown(&core, "idp-ada").await;
    assert_eq!((&it["state"], &it["user"]), (&json!("held"), &json!("ada")), "{it}");
    core.peta(&["credential", "confirm", "idp-ada"]).await;
    agent.call("whoami", "{}").await;
    let other = core.peta(&["agent", "add", "bob", "--user", "bob", "--grant", "idp", "--quiet"]).await;
    let mut other = core.agent("/mcp/idp", other.trim());
    other.open().await;
    assert_eq!(refused(&other).await["data"]["code"], "P4020", "what is ada's is nobody else's");
}

#[tokio::test]
async fn oauth_completes_an_elicitation_of_the_typescript_sdk() {
    let (core, provider) = house().await;
    core.peta(&["credential", "add", "idp", "--server", "idp", "--oauth", "--user", "ada"]).await;
    connect(&core, "idp").await;
    let token = core.peta(&["agent", "add", "bot", "--user", "ada", "--grant", "idp", "--quiet"]).await;
    provider.state().live.clear();
    provider.state().refresh.clear();
    let mut client = command(&suite_node());
    client.arg(peers().join("ts/elicitation.mjs")).env("PETA", peta_program()).env("PETA_DATA", &core.data);
    client.env("URL", core.url("/mcp")).env("TOKEN", token.trim());
    let ran = finish("a client that can open pages", client).await;
    assert!(ran.code == 0 && ran.stdout.contains(r#"{"ok":true"#), "{ran:?}\n{}", core.said());
}

/// Whoever was given the link as an elicitation hears when the person is done, and nobody else does.
#[tokio::test]
async fn oauth_tells_who_was_given_the_link() {
    let (core, provider) = house().await;
    core.peta(&["credential", "add", "idp", "--server", "idp", "--oauth", "--user", "ada"]).await;
    connect(&core, "idp").await;
    let token = core.peta(&["agent", "add", "bot", "--user", "ada", "--grant", "idp", "--quiet"]).await;
    let open = async |path: &str, features: &str| {
        let mut agent = core.agent(path, token.trim());
        agent.open_with(features).await;
        agent
    };
    let agent = open("/mcp", r#"{"elicitation":{"url":{}}}"#).await;
    let other = open("/mcp/idp", r#"{"elicitation":{"url":{}}}"#).await;
    let plain = open("/mcp/idp", r#"{"elicitation":{"form":{}}}"#).await;
    provider.state().live.clear();
    provider.state().refresh.clear();
    let asked = agent.call_error("idp__whoami", "{}").await;
    let elicitation = asked["data"]["elicitations"][0].clone();
    assert_eq!((&asked["code"], &elicitation["mode"]), (&json!(-32042), &json!("url")), "{asked}");
    let not_opened = refused(&other).await;
    let bare = refused(&plain).await;
    let bare = bare["data"]["url"].as_str().unwrap_or_else(|| panic!("{bare}")).to_owned();
    let (mut listening, mut aside, mut deaf) = (agent.listen().await, other.listen().await, plain.listen().await);

    // A person who says no is not done.
    provider.state().denies = Some("access_denied".into());
    let link = not_opened["data"]["elicitations"][0]["url"].as_str().unwrap_or_else(|| panic!("{not_opened}"));
    assert!(Browser::default().walk(link, "ada").await.body.contains("P4023"));
    provider.state().denies = None;
    assert_eq!(Browser::default().walk(&bare, "ada").await.status, 200);
    let done = Browser::default().walk(elicitation["url"].as_str().unwrap(), "ada").await;
    assert!(done.status == 200 && done.body.contains("Connected"), "{done:?}");
    let told = listening.until("notifications/elicitation/complete").await;
    assert_eq!(told["params"], json!({ "elicitationId": elicitation["elicitationId"] }));
    // What was told before this is there already.
    core.peta(&["credential", "confirm", "idp"]).await;
    for (agent, stream) in [(&other, &mut aside), (&plain, &mut deaf)] {
        agent.call("whoami", "{}").await;
        assert!(stream.silent_for(std::time::Duration::from_millis(100)).await, "only to whom it belongs");
    }
}

/// T46: providers that lie, and people who say no.
#[tokio::test]
async fn oauth_client_hostile() {
    let (core, provider) = house().await;
    core.peta(&["credential", "add", "idp", "--server", "idp", "--oauth"]).await;
    let fails = async |code: &str, pressed: bool| {
        let connecting = connecting(&core, "idp").await;
        let mut browser = Browser::default();
        let page =
            if pressed { browser.press(&connecting.link).await } else { browser.connect(&connecting.link).await };
        assert!(page.status >= 400 && page.body.contains(code), "{code}: {page:?}");
        let (exit, said) = connecting.end().await;
        assert!(exit == 1 && said.contains(code), "{code}: {said}");
    };
    provider.state().denies = Some("access_denied".into());
    fails("P4023", false).await;
    provider.state().denies = None;
    provider.state().iss = Some("https://other.example".into());
    fails("P4024", false).await;
    provider.state().iss = None;
    provider.state().refuses = Some((500, "oops".into()));
    fails("P4027", false).await;
    provider.state().refuses = None;
    for (says, code) in [
        (json!({ "issuer": "https://other.example" }), "P4025"),
        (json!({ "code_challenge_methods_supported": ["plain"] }), "P4025"),
        (json!({ "token_endpoint": "http://192.0.2.7/token" }), "P4025"),
        (json!({ "registration_endpoint": null, "issuer": provider.origin.clone() }), "P4026"),
    ] {
        provider.state().says = says;
        if code == "P4026" {
            // It was registered already: at another issuer's word it would not be used, at its own it is.
            continue;
        }
        fails(code, true).await;
    }
    provider.state().says = json!({});
    let made_up = format!("{}?code=x&state=y", core.url("/oauth/callback"));
    let page = Browser::default().get(&made_up).await;
    assert!(page.status == 404 && page.body.contains("P4022"), "{page:?}");
    let nobody = Agent::new(&core.address, "/", None);
    let cross = nobody.request(Method::POST).path("/connect/0000").header("origin", "https://evil.example");
    assert_eq!(cross.send().await.status, 403);
    connect(&core, "idp").await;
}

#[tokio::test]
async fn oauth_of_petas_own() {
    let (core, provider) = house().await;
    let add =
        ["credential", "add", "own", "--server", "idp", "--oauth", "--client-id", "entered", "--client-credentials"];
    let unnamed = core.run_fed(&[&add[..], &["--from-stdin"]].concat(), "entered-secret-7d2e8f91c3").await;
    assert!(unnamed.code == 1 && unnamed.stderr.contains("P7005"), "{unnamed:?}");
    let words = [&add[..], &["--issuer", &provider.origin, "--from-stdin"]].concat();
    let wrong = core.run_fed(&words, "another-secret-that-is-wrong").await;
    assert_eq!(wrong.code, 1, "{wrong:?}");
    assert!(core.run(&["credential", "show", "own"]).await.code == 1, "nothing is left behind");
    let added = core.run_fed(&words, "entered-secret-7d2e8f91c3").await;
    assert!(added.code == 0 && added.stdout.contains("ready"), "{added:?}\n{}", core.said());
    let agent = core.open("bot", &["idp"], "/mcp/idp").await;
    agent.call("whoami", "{}").await;
    let it = shown(&core, "own").await;
    assert_eq!((&it["oauth"]["client_credentials"], &it["oauth"]["scopes"]), (&json!(true), &json!("own")), "{it}");
    assert!(!core.said().contains("entered-secret"));
    // Keys that are made anew take what lies beside the credentials along.
    core.peta(&["vault", "rotate", "--kek"]).await;
    provider.state().live.clear();
    agent.call("whoami", "{}").await;
}
