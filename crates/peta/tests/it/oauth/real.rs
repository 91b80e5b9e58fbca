//! The same with implementations of others: a server of the TypeScript SDK that trusts oidc-provider, and a server of the
//! Python SDK with that SDK's own authorization server. Each is gone through as its users do.

use std::path::PathBuf;

use http::Method;
use peta_testkit::{Agent, Browser, Core, Served, Setup, Value, json, peers, python_peer, suite_node};

use super::connecting::connecting;

/// A server behind OAuth, with a `/debug` that tells what it saw.
pub(super) struct Peer {
    served: Served,
    path: &'static str,
}

impl Peer {
    pub(super) async fn oidc_provider(face: &str) -> Self {
        let path = if face == "sse" { "/sse" } else { "/mcp" };
        Self::start(suite_node(), "ts/oauth.mjs", path, &[("FACE", face.to_owned())]).await
    }

    async fn python() -> Self {
        Self::start(python_peer("python"), "py/oauth.py", "/mcp", &[]).await
    }

    async fn start(program: PathBuf, script: &str, path: &'static str, environment: &[(&str, String)]) -> Self {
        let words = [peers().join(script).display().to_string()];
        let port = |line: &str| line.strip_prefix("listening ")?.trim().parse().ok();
        Self { served: Served::program(program, &words, environment, port).await, path }
    }

    pub(super) fn url(&self) -> String {
        self.served.url(self.path)
    }

    async fn ask(&self, method: Method, path: &str) -> Value {
        let nobody = Agent::new(&format!("127.0.0.1:{}", self.served.port), "/", None);
        let answer = nobody.request(method).path(path).send().await;
        assert_eq!(answer.status, 200, "{path}: {answer:?}");
        answer.json()
    }

    pub(super) async fn seen(&self) -> Value {
        self.ask(Method::GET, "/debug").await
    }

    pub(super) async fn turn(&self, knob: &str) -> Value {
        self.ask(Method::POST, &format!("/debug/{knob}")).await
    }

    /// What became of asking for tokens, one grant type after the other.
    async fn grants(&self) -> Vec<String> {
        let seen = self.seen().await;
        let good = seen["grants"].as_array().unwrap().iter().filter(|grant| grant["access_token"].is_string());
        good.map(|grant| grant["grant_type"].as_str().unwrap().to_owned()).collect()
    }

    /// A server by this name, with a credential of ada's that is not connected yet, and an agent of hers.
    pub(super) async fn added(&self, core: &Core, add: &[&str]) -> Agent {
        core.peta(&["server", "add", "notes", "--url", &self.url(), "--no-discover"]).await;
        let words = ["credential", "add", "notes", "--server", "notes", "--oauth", "--user", "ada"];
        core.peta(&[&words[..], add].concat()).await;
        let token = core.peta(&["agent", "add", "bot", "--user", "ada", "--grant", "notes", "--quiet"]).await;
        core.agent("/mcp/notes", token.trim())
    }
}

/// A call that succeeds: the server knows who it is for, by a token that the agent neither has nor sees.
async fn used(peer: &Peer, agent: &Agent) -> String {
    let answer = agent.call("whoami", "{}").await.to_string();
    assert!(answer.contains("you are ada") && answer.contains("[secret removed]"), "{answer}");
    let seen = peer.seen().await;
    let token = seen["shown"].as_array().unwrap().last().unwrap().as_str().unwrap().to_owned();
    assert!(!answer.contains(&token) && Some(&token) != agent.token.as_ref(), "{answer}");
    token
}

/// Connected, used, renewed, kept over a restart, ended by the provider, connected again, removed.
async fn whole_life(peer: Peer, ends_by_replay: bool) {
    let mut core = Core::start().await;
    let mut agent = peer.added(&core, &["--scopes", "read"]).await;
    let waiting = connecting(&core, "notes").await;
    let page = Browser::default().walk(&waiting.link, "ada").await;
    assert!(page.status == 200 && page.body.contains("Connected"), "{page:?}\n{}", core.said());
    let (code, said) = waiting.end().await;
    let issuer = peer.seen().await["issuer"].as_str().unwrap().to_owned();
    assert!(code == 0 && said.contains("is connected: ready") && said.contains(&issuer), "{said}");
    assert!(said.contains("renewed before that"), "{said}");

    agent.open().await;
    let first = used(&peer, &agent).await;
    peer.turn("expire").await;
    let (second, same, too) = tokio::join!(used(&peer, &agent), used(&peer, &agent), used(&peer, &agent));
    assert!(first != second && second == same && second == too);
    assert_eq!(peer.grants().await, ["authorization_code", "refresh_token"], "it is renewed once");

    core.stop().await;
    let core = Setup::again(&core).start().await;
    agent = core.agent("/mcp/notes", agent.token.as_deref().unwrap());
    agent.open().await;
    assert_eq!(used(&peer, &agent).await, second, "it is kept, and nobody is asked");
    assert_eq!(peer.grants().await.len(), 2);

    // The first refresh token was used up by the renewal.
    let replayed = peer.turn("replay").await;
    assert_eq!((&replayed["status"], &replayed["error"]), (&json!(400), &json!("invalid_grant")), "{replayed}");
    if !ends_by_replay {
        peer.turn("revoke").await;
    }
    assert_eq!(peer.seen().await["live"], json!([]), "the grant is over");
    let calls = peer.seen().await["shown"].as_array().unwrap().len();
    let refused = agent.call_error("whoami", "{}").await;
    assert_eq!((&refused["code"], &refused["data"]["code"]), (&json!(-32042), &json!("P4021")), "{refused}");
    let again = agent.call_error("whoami", "{}").await;
    assert_eq!(again["data"]["code"], "P4021", "{again}");
    let shown = core.json(&["credential", "show", "notes", "--json"]).await;
    assert_eq!(shown["state"], "reconnect", "{shown}");
    let seen = peer.seen().await;
    assert_eq!(
        (seen["shown"].as_array().unwrap().len(), &seen["bare"]),
        (calls, &json!(0)),
        "nothing went out: {seen}"
    );

    let link = again["data"]["elicitations"][0]["url"].as_str().unwrap();
    let page = Browser::default().walk(link, "ada").await;
    assert!(page.body.contains("peta credential confirm notes"), "{page:?}");
    core.peta(&["credential", "confirm", "notes"]).await;
    let last = used(&peer, &agent).await;
    assert_eq!(peer.seen().await["live"], json!([last]));

    let removed = core.run(&["credential", "remove", "notes"]).await;
    assert!(removed.code == 0 && removed.stderr.is_empty(), "{removed:?}");
    let seen = peer.seen().await;
    assert_eq!((&seen["live"], &seen["bare"]), (&json!([]), &json!(0)), "what was granted is given back: {seen}");
    let mut thief = Agent::new(&format!("127.0.0.1:{}", peer.served.port), peer.path, Some(&last));
    thief.version = Some("2025-11-25".to_owned());
    assert_eq!(thief.initialize("2025-11-25", "{}").await.status, 401, "the token serves nobody");
}

#[tokio::test]
async fn oauth_of_the_typescript_sdk_and_oidc_provider() {
    whole_life(Peer::oidc_provider("http").await, true).await;
}

#[tokio::test]
async fn oauth_of_the_python_sdk() {
    whole_life(Peer::python().await, false).await;
}

/// A client of Peta's own that signs (`private_key_jwt`): its key comes from a file, is kept sealed and shown nowhere.
#[tokio::test]
async fn oauth_with_a_private_key() {
    let (peer, core) = (Peer::oidc_provider("http").await, Core::start().await);
    core.peta(&["server", "add", "notes", "--url", &peer.url(), "--no-discover"]).await;
    let seen = peer.seen().await;
    let (issuer, pem) = (seen["issuer"].as_str().unwrap(), seen["key"].as_str().unwrap());
    let file = core.file("key.pem");
    let add = async |text: &str, kid: &str| {
        std::fs::write(&file, text).unwrap();
        let oauth = ["credential", "add", "own", "--server", "notes", "--oauth", "--client-credentials"];
        let client = ["--client-id", "jobs", "--issuer", issuer, "--client-key", "--client-key-id", kid];
        core.run(&[&oauth[..], &client, &["--from-file", file.to_str().unwrap()]].concat()).await
    };
    let odd = add("-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n", "jobs-1").await;
    assert!(odd.code == 1 && odd.stderr.contains("P7005") && odd.stderr.contains("PKCS #8"), "{odd:?}");
    let unknown = add(pem, "another").await;
    assert!(unknown.code == 1 && unknown.stderr.contains("P4026"), "the provider knows no such key: {unknown:?}");
    assert_eq!(core.run(&["credential", "show", "own"]).await.code, 1, "nothing is left behind");
    let added = add(pem, "jobs-1").await;
    assert!(added.code == 0 && added.stdout.contains("ready"), "{added:?}\n{}", core.said());

    let agent = core.open("bot", &["notes"], "/mcp/notes").await;
    let answer = agent.call("whoami", "{}").await.to_string();
    assert!(answer.contains("you are jobs, may read"), "{answer}");
    peer.turn("expire").await;
    agent.call("whoami", "{}").await;
    let seen = peer.seen().await;
    let good = seen["grants"].as_array().unwrap().iter().filter(|grant| grant["access_token"].is_string());
    let proofs: Vec<_> = good.map(|grant| (&grant["grant_type"], &grant["proof"])).collect();
    let signed = json!("urn:ietf:params:oauth:client-assertion-type:jwt-bearer");
    assert_eq!(proofs, [(&json!("client_credentials"), &signed); 2]);

    let line = pem.lines().nth(1).unwrap();
    let told = [core.said(), core.peta(&["credential", "show", "own", "--json"]).await];
    let events = core.peta(&["events", "--json", "--all"]).await;
    assert!(told.iter().chain([&events]).all(|text| !text.contains(line)));
    for name in ["peta.db", "peta.db-wal"] {
        let bytes = std::fs::read(core.data.join(name)).unwrap_or_default();
        assert!(!bytes.windows(line.len()).any(|window| window == line.as_bytes()), "{name}");
    }
}

/// HTTP+SSE: a call whose token has run out is renewed and sent once more; one that wants more scopes leads to a link that
/// asks for them.
#[tokio::test]
async fn oauth_over_the_old_transport() {
    let (peer, core) = (Peer::oidc_provider("sse").await, Core::start().await);
    let mut agent = peer.added(&core, &["--scopes", "read"]).await;
    let link = core.peta(&["credential", "connect", "notes", "--no-wait"]).await;
    let page = Browser::default().walk(link.trim(), "ada").await;
    assert!(page.body.contains("Connected"), "{page:?}\n{}", core.said());
    agent.open().await;
    let first = used(&peer, &agent).await;
    peer.turn("expire").await;
    let (second, same) = tokio::join!(used(&peer, &agent), used(&peer, &agent));
    assert!(first != second && second == same);
    assert_eq!(peer.grants().await, ["authorization_code", "refresh_token"], "it is renewed once");

    peer.turn("want").await;
    let refused = agent.call_error("whoami", "{}").await;
    assert_eq!((&refused["code"], &refused["data"]["code"]), (&json!(-32042), &json!("P4029")), "{refused}");
    assert_eq!(peer.grants().await.len(), 2, "nothing is renewed for that");
    let link = refused["data"]["elicitations"][0]["url"].as_str().unwrap();
    let page = Browser::default().walk(link, "ada").await;
    assert!(page.body.contains("Connected"), "{page:?}");
    core.peta(&["credential", "confirm", "notes"]).await;
    let answer = agent.call("whoami", "{}").await.to_string();
    assert!(answer.contains("may read write"), "{answer}");

    peer.turn("revoke").await;
    let refused = agent.call_error("whoami", "{}").await;
    assert_eq!((&refused["code"], &refused["data"]["code"]), (&json!(-32042), &json!("P4021")), "{refused}");
    assert_eq!(peer.seen().await["bare"], json!(0));
}
