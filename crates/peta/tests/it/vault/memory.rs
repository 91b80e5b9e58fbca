//! T42: what the memory of a Core holds, on the release binary, with controls that must be found. Switched off by default, as
//! it needs that binary: `make test` builds it and says where it is in `PETA_RELEASE`, and in `PETA_LEAKS` one that leaks
//! on purpose.

use std::{
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use peta_testkit::{
    Agent, Browser, Core, Provider, Served, Setup, command, dump,
    dump::{Found, Hit},
    dump_program, eventually, finish, json,
};

use rustix::process::{Pid, Signal, kill_process};

use super::forms::forms_of;

/// 40 characters of which no sixteen stand anywhere else.
fn secret(seed: usize) -> String {
    let mut state = (seed as u64 + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    let alphabet = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
    let next = |_| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        char::from(alphabet[usize::try_from(state % 62).unwrap()])
    };
    (0..40).map(next).collect()
}

fn program(variable: &str) -> PathBuf {
    #[expect(clippy::disallowed_methods, reason = "make says where the binary is")]
    let path = std::env::var_os(variable);
    path.map(PathBuf::from).unwrap_or_else(|| panic!("{variable} names no binary: run this by `make test`"))
}

struct World {
    core: Core,
    served: Served,
    socket: PathBuf,
    secrets: Vec<String>,
    agents: Vec<Arc<Agent>>,
    _ends: Ends,
}

/// Core runs below the reader, and does not end with it by itself.
struct Ends(Pid);

impl Drop for Ends {
    fn drop(&mut self) {
        let _ = kill_process(self.0, Signal::KILL);
    }
}

/// A Core that a reader stands over, and where the reader listens.
async fn started(setup: Setup) -> (Core, PathBuf, Ends) {
    let socket = setup.file("dump.sock");
    let dump = dump_program();
    let under = ["unshare", "-Ur", "--", dump.to_str().unwrap(), socket.to_str().unwrap()];
    let core = setup.under(under).start().await;
    let pid = dump::seek(&socket, Vec::new()).pid;
    (core, socket, Ends(Pid::from_raw(i32::try_from(pid).unwrap()).unwrap()))
}

async fn sought(socket: &Path, needles: Vec<(String, Vec<u8>)>) -> Found {
    let socket = socket.to_owned();
    tokio::task::spawn_blocking(move || dump::seek(&socket, needles)).await.unwrap()
}

/// A secret in each form.
fn needles_of(what: &str, secret: &str) -> Vec<(String, Vec<u8>)> {
    let forms = forms_of(secret).into_iter().map(|(form, text)| (format!("{what} as {form}"), text.into_bytes()));
    let wide = secret.encode_utf16().flat_map(u16::to_le_bytes).collect();
    forms.chain([(format!("{what} as UTF-16"), wide)]).collect()
}

async fn metric(core: &Core, name: &str) -> f64 {
    let token = core.peta(&["admin", "token"]).await.trim().to_owned();
    let page = core.agent("/metrics", &token).request(http::Method::GET).send().await;
    let line = page.body.lines().find(|line| line.starts_with(name)).unwrap_or_else(|| panic!("{name}: {page:?}"));
    line.rsplit(' ').next().unwrap().parse().unwrap()
}

/// Until nothing is lent, and a second longer.
async fn quiet(core: &Core) {
    eventually("nothing is lent", async || (metric(core, "peta_vault_leases_open").await == 0.0).then_some(())).await;
    tokio::time::sleep(Duration::from_secs(1)).await;
}

impl World {
    /// Sixty-two secrets in all deliveries, and ten agents with a user each.
    async fn new(peta: PathBuf) -> Self {
        let (core, socket, _ends) = started(Setup::new().program(peta)).await;
        let served = Served::http(&[]).await;
        let mut secrets = Vec::new();
        let places: [(&str, &[&str]); 5] = [
            ("head", &["--header", "Authorization: Bearer {}"]),
            ("query", &["--query", "key"]),
            ("cookie", &["--cookie", "sid"]),
            ("basic", &["--basic", "ada"]),
            ("still", &["--header", "X-Key: {}"]),
        ];
        for (server, _) in places {
            core.url_server(server, &served.url("/mcp"), &[]).await;
        }
        let handed: [(&str, &[&str]); 3] =
            [("env", &["--env", "TOKEN"]), ("fd", &["--fd", "TOKEN"]), ("file", &["--file", "TOKEN"])];
        for (server, _) in handed {
            core.stdio_server(server, &[], &[]).await;
        }
        let servers: Vec<&str> = places.iter().chain(&handed).map(|(server, _)| *server).collect();
        let mut agents = Vec::new();
        for user in 0..10 {
            let user = format!("u{user}");
            for (server, delivery) in places.iter().chain(&handed[..1]) {
                let secret = secret(secrets.len());
                let owner = ["--user", user.as_str()];
                core.credential(&format!("{server}-{user}"), server, &[delivery, &owner[..]].concat(), &secret).await;
                secrets.push(secret);
            }
            let mut words = vec!["agent", "add", user.as_str(), "--quiet", "--user", user.as_str()];
            servers.iter().for_each(|server| words.extend(["--grant", *server]));
            let token = core.peta(&words).await.trim().to_owned();
            let mut agent = core.agent("/mcp", &token);
            agent.open().await;
            agents.push(Arc::new(agent));
        }
        for (server, delivery) in &handed[1..] {
            let secret = secret(secrets.len());
            core.credential(server, server, delivery, &secret).await;
            secrets.push(secret);
        }
        Self { core, served, socket, secrets, agents, _ends }
    }

    /// Sixty-four calls at once, twice, over all servers.
    async fn load(&self) {
        for _ in 0..2 {
            let servers = ["head", "query", "cookie", "basic", "env", "fd", "file"];
            let mut calls = tokio::task::JoinSet::new();
            for number in 0..64 {
                let agent = Arc::clone(&self.agents[number % self.agents.len()]);
                let tool = format!("{}__{}", servers[number / self.agents.len()], "who");
                calls.spawn(async move { agent.call(&tool, "{}").await });
            }
            calls.join_all().await;
        }
    }

    /// Calls that carry a secret which does not come back, so that their connections are kept.
    async fn quiet_calls(&self) {
        for agent in &self.agents {
            agent.call("still__echo", r#"{"text":"nothing of note"}"#).await;
        }
    }

    async fn seek(&self, needles: Vec<(String, Vec<u8>)>) -> Found {
        sought(&self.socket, needles).await
    }

    /// Every form of every secret, and the root.
    fn all(&self) -> Vec<(String, Vec<u8>)> {
        let mut needles = Vec::new();
        for (at, secret) in self.secrets.iter().enumerate() {
            needles.extend(needles_of(&format!("secret {at}"), secret));
        }
        let file = std::fs::read_to_string(self.core.data.join("vault.key")).unwrap();
        let root = file.lines().find_map(|line| line.strip_prefix("root ")).expect("a root in the key file");
        let bytes = (0..root.len() / 2).map(|at| u8::from_str_radix(&root[2 * at..2 * at + 2], 16).unwrap()).collect();
        needles.push(("the root".to_owned(), bytes));
        needles.push(("the root in hex".to_owned(), root.as_bytes().to_vec()));
        needles
    }
}

/// A secret that is lent is in the locked arena and nowhere else; a marker in a call's arguments is in the heap while it
/// waits. If either is not found, the search proves nothing.
async fn controls(world: &World) {
    let canary = secret(1_000);
    let drill = async {
        let ran = world.core.run_fed(&["vault", "drill"], &canary).await;
        assert_eq!(ran.code, 0, "{ran:?}");
    };
    let look = async {
        eventually("the canary is lent", async || {
            let found = world.seek(vec![("canary".to_owned(), canary.clone().into_bytes())]).await;
            // The connection that brought it may still be closing.
            let lent = found.hits.iter().any(|hit: &Hit| hit.locked);
            (lent && found.hits.len() == 1).then_some(found)
        })
        .await
    };
    let ((), found) = tokio::join!(drill, look);
    assert!(found.read > 4 << 20, "{} bytes were read", found.read);
    assert!(found.hits.iter().all(|hit| hit.locked), "in the arena alone: {:?}", found.hits);

    let marker = secret(2_000);
    let waiting = world.agents[0].begin_call("head__slow", &format!(r#"{{"ms":4000,"marker":"{marker}"}}"#)).await;
    let found = world.seek(vec![("marker".to_owned(), marker.into_bytes())]).await;
    assert!(found.hits.iter().any(|hit| !hit.locked), "a marker in a call that waits is in the heap: {:?}", found.hits);
    drop(waiting);
}

#[tokio::test]
#[ignore = "needs the release binary: run by `make test`"]
async fn memory_dump() {
    let world = World::new(program("PETA_RELEASE")).await;
    controls(&world).await;
    world.quiet_calls().await;
    // Last: what comes after writes over what a call leaves on the stack.
    world.load().await;
    quiet(&world.core).await;
    let open = std::fs::read_to_string("/proc/net/tcp").unwrap();
    let port = format!(":{:04X}", world.served.port);
    assert!(open.lines().any(|line| line.contains(&port) && line.contains(" 01 ")), "connections are kept open");
    let found = world.seek(world.all()).await;
    assert!(found.hits.is_empty(), "{:#?}", found.hits);
    assert!(found.locked >= 1 << 20, "the arena is locked: {} bytes", found.locked);

    // A crash leaves no core.
    let pid = Pid::from_raw(i32::try_from(found.pid).unwrap()).unwrap();
    kill_process(pid, Signal::ABORT).unwrap();
    let mut core = world.core;
    core.ended().await;
    let left = std::fs::read_dir(&core.data).unwrap().flatten();
    let cores: Vec<_> =
        left.map(|entry| entry.file_name()).filter(|name| name.to_string_lossy().contains("core")).collect();
    assert!(cores.is_empty(), "{cores:?}");
}

/// The same search on a build that keeps what it lends: if it finds nothing there, it finds nothing anywhere.
#[tokio::test]
#[ignore = "needs a binary that leaks: run by `make test`"]
async fn a_build_that_leaks_is_found_out() {
    let world = World::new(program("PETA_LEAKS")).await;
    world.load().await;
    quiet(&world.core).await;
    let found = world.seek(world.all()).await;
    assert!(found.hits.iter().any(|hit| hit.what.ends_with("as raw") && !hit.locked), "{:#?}", found.hits);
}

const PASSPHRASE: &str = "Vq7-mZ2x:Kd9w_Rb4t~Ys6n";

/// What a passphrase is made into, as docs/formats/sealing.md says: 32 bytes.
async fn root_under(core: &Core, passphrase: &str) -> Vec<u8> {
    let script = "import hashlib,json,sqlite3,sys\ndb=sqlite3.connect(f'file:{sys.argv[1]}?mode=ro',uri=True)\n\
        kept=db.execute('SELECT derivation FROM roots').fetchone()[0]\n\
        rounds,salt=int.from_bytes(kept[8:12],'big'),kept[12:]\n\
        print(hashlib.pbkdf2_hmac('sha256',sys.argv[2].encode(),salt,rounds,32).hex())";
    let mut python = command(Path::new("python3"));
    python.args(["-c", script]).arg(core.data.join("peta.db")).arg(passphrase);
    let ran = finish("python3", python).await;
    assert_eq!(ran.code, 0, "{ran:?}");
    let hex = ran.stdout.trim();
    (0..hex.len() / 2).map(|at| u8::from_str_radix(&hex[2 * at..2 * at + 2], 16).unwrap()).collect()
}

/// Looks for what was granted by OAuth, with what it is renewed with and the client's own secret; and for a passphrase, with
/// what is made of it.
async fn tokens_and_a_passphrase(peta: PathBuf) -> Found {
    let setup = Setup::new().config("[vault]\nroot = \"passphrase\"").program(peta);
    let (core, socket, _ends) = started(setup).await;
    let ran = core.run_fed(&["vault", "unlock"], &format!("{PASSPHRASE}\n")).await;
    assert_eq!(ran.code, 0, "{ran:?}");
    let provider = Provider::start().await;
    provider.state().says = json!({ "token_endpoint_auth_methods_supported": ["client_secret_post"] });
    provider.state().lifetime = Some(4);
    core.peta(&["server", "add", "idp", "--url", &provider.mcp(), "--no-discover"]).await;
    core.peta(&["credential", "add", "idp", "--server", "idp", "--oauth"]).await;
    let link = core.peta(&["credential", "connect", "idp", "--no-wait"]).await.trim().to_owned();
    let page = Browser::default().connect(&link).await;
    assert_eq!(page.status, 200, "{page:?}");
    let agent = core.open("bot", &["idp"], "/mcp/idp").await;
    agent.call("whoami", "{}").await;
    let mut needles = needles_of("the client's secret", "client-secret-4f1c9d27a8b6");
    let mut note = |provider: &Provider| {
        let state = provider.state();
        state.live.keys().chain(&state.refresh).for_each(|token| needles.extend(needles_of(token, token)));
    };
    note(&provider);
    eventually("two renewals", async || {
        (provider.state().grants.iter().filter(|grant| *grant == "refresh_token").count() >= 2).then_some(())
    })
    .await;
    agent.call("whoami", "{}").await;
    // From here on nothing is renewed.
    provider.state().lifetime = Some(3_600);
    note(&provider);
    needles.extend(needles_of("the passphrase", PASSPHRASE));
    let root = root_under(&core, PASSPHRASE).await;
    needles.push(("the root".to_owned(), root));
    quiet(&core).await;
    sought(&socket, needles).await
}

#[tokio::test]
#[ignore = "needs the release binary: run by `make test`"]
async fn memory_dump_of_tokens_and_a_passphrase() {
    let found = tokens_and_a_passphrase(program("PETA_RELEASE")).await;
    assert!(found.hits.is_empty(), "{:#?}", found.hits);
}

#[tokio::test]
#[ignore = "needs a binary that leaks: run by `make test`"]
async fn a_build_that_leaks_tokens_is_found_out() {
    let found = tokens_and_a_passphrase(program("PETA_LEAKS")).await;
    assert!(found.hits.iter().any(|hit| hit.what.starts_with("at-") && !hit.locked), "{:#?}", found.hits);
}
