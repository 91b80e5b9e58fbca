//! Rotations under kill: Core is killed at every step of every one. It starts again unattended, every credential still
//! goes where it belongs, what was begun goes on or can be asked for again, and no key goes that something still names.

use std::{
    fs,
    path::{Path, PathBuf},
};

use peta_testkit::{Agent, Core, Provider, Ran, Served, Setup, Value, command, eventually, finish};

use super::heads;

const PASSPHRASE: &str = "a passphrase of the tests";
const KEY: &str = "8f1b0c77e92d4a5566a3f0d4c1b2e3f4958671a2b3c4d5e6f708192a3b4c5d6e";
const SECRETS: [(&str, &str); 3] = [
    ("authorization", "first-secret-7Qm2xV9cT4bN8rK1wZ5y"),
    ("x-second", "second-secret-H3pL6dF0gJ2sA9uE4tY"),
    ("x-third", "third-secret-B8nM5vC1xZ7lK3jH6gF0"),
];

/// Three secrets of one server, and a client that is sealed beside its credential.
struct House {
    core: Core,
    agent: Agent,
    client: Agent,
    provider: Provider,
    trace: PathBuf,
    /// In it stands at which step Core is killed, and then what that step was.
    kill: PathBuf,
    _served: Served,
}

impl House {
    async fn new() -> Self {
        let setup = Setup::new();
        let (trace, kill) = (setup.file("trace"), setup.file("kill"));
        let core = Self::set(setup, &kill).start().await;
        let served = Served::http(&["--trace", trace.to_str().unwrap()]).await;
        core.url_server("fix", &served.url("/mcp"), &[]).await;
        for (name, secret) in SECRETS {
            core.credential(name, "fix", &["--header", &format!("{name}: {{}}")], secret).await;
        }
        let provider = Provider::start().await;
        core.peta(&["server", "add", "idp", "--url", &provider.mcp(), "--no-discover"]).await;
        let client = ["--oauth", "--client-id", "entered", "--client-credentials", "--issuer", &provider.origin];
        core.credential("client", "idp", &client, "entered-secret-7d2e8f91c3").await;
        let agent = core.open("one", &["fix"], "/mcp/fix").await;
        let client = core.open("two", &["idp"], "/mcp/idp").await;
        Self { core, agent, client, provider, trace, kill, _served: served }
    }

    fn set(setup: Setup, kill: &Path) -> Setup {
        setup.env("PETA_KILL_AT", kill.to_str().unwrap()).env("PETA_VAULT_KEY", KEY)
    }

    fn setup_again(&self) -> Setup {
        Self::set(Setup::again(&self.core).listen(&self.core.address), &self.kill)
    }

    /// At which step from now Core is killed.
    fn arm(&self, step: usize) {
        fs::write(&self.kill, step.to_string()).unwrap();
    }

    /// What it was killed at, if it was.
    fn killed_at(&self) -> Option<String> {
        fs::read_to_string(&self.kill).ok().filter(|text| !text.is_empty() && text.parse::<u32>().is_err())
    }

    /// Asks for a rotation; at which step it was killed, or nothing once it has ended.
    async fn rotate(&mut self, rotation: &Rotation) -> Option<String> {
        let words = [&["vault", "rotate"], rotation.words].concat();
        let ran: Ran = self.core.run_fed(&words, rotation.fed).await;
        let cut = eventually("the rotation is cut off or ends", async || {
            if let Some(step) = self.killed_at() {
                return Some(Some(step));
            }
            // Where it was cut off after all was done, and the new root is the same one again.
            let is_done = ran.code == 0 || ran.stderr.contains("the vault has that root already");
            assert!(is_done, "{ran:?}\n{}", self.core.said());
            let status = self.core.run(&["vault", "status", "--json"]).await;
            let status: Option<Value> = serde_json::from_str(&status.stdout).ok();
            status.filter(|status| status["rotation"].is_null()).map(|_| None)
        })
        .await;
        if cut.is_some() {
            self.core.ended().await;
            // The state of the disk as the kill left it.
            assert_eq!(unopenable(&self.core).await, 0, "{cut:?}: an envelope names a key that is not there");
        }
        let _ = fs::remove_file(&self.kill);
        cut
    }

    /// Starts again, with nobody's help but a passphrase where that is the root, and all is as it should be.
    async fn comes_back(&mut self, what: &str) {
        self.core = self.setup_again().start().await;
        let status = self.status().await;
        if status["root"]["passphrase"] == true {
            let ran = self.core.run_fed(&["vault", "unlock"], &format!("{PASSPHRASE}\n")).await;
            assert_eq!(ran.code, 0, "{what}: {ran:?}");
        }
        self.is_well(what).await;
    }

    async fn status(&self) -> Value {
        self.core.json(&["vault", "status", "--json"]).await
    }

    /// Every credential is injected, and the vault says of itself what is so.
    async fn is_well(&self, what: &str) {
        self.agent.call("who", "{}").await;
        let head = heads(&self.trace).pop().unwrap();
        for (name, secret) in SECRETS {
            assert_eq!(head[name], secret, "{what}: {head}\n{}", self.core.said());
        }
        self.client.call("whoami", "{}").await;
        let status = eventually("what was cut off has ended", async || {
            let status = self.status().await;
            let retiring = status["keys"].as_array().unwrap().iter().any(|key| key["state"] == "retiring");
            (!retiring && status["rotation"].is_null()).then_some(status)
        })
        .await;
        let keys = status["keys"].as_array().unwrap().iter();
        let mut said: Vec<_> = keys.map(|key| key["purpose"].as_str().unwrap()).collect();
        said.sort_unstable();
        assert_eq!(said, ["beside", "digest", "payload", "sign", "vault"], "{what}: one of each: {status}");
        assert_eq!((&status["locked"], &status["credentials"]), (&false.into(), &4.into()), "{what}: {status}");
        assert!(status["root"]["trouble"].is_null(), "{what}: {status}");
        assert_eq!(unopenable(&self.core).await, 0, "{what}");
    }

    /// Kills Core at the first step of this rotation, at the second … until it ends; which steps these were.
    async fn killed_at_each_step(&mut self, rotation: &Rotation) -> Vec<String> {
        let mut steps = Vec::new();
        loop {
            self.arm(steps.len() + 1);
            let Some(step) = self.rotate(rotation).await else { break };
            self.comes_back(&step).await;
            steps.push(step);
        }
        self.is_well("at its end").await;
        steps
    }

    /// The client that is sealed beside a credential opens: with it a new token is got.
    async fn the_client_opens(&self) {
        self.provider.state().live.clear();
        self.client.call("whoami", "{}").await;
    }
}

struct Rotation {
    words: &'static [&'static str],
    fed: &'static str,
}

const fn by(words: &'static [&'static str]) -> Rotation {
    Rotation { words, fed: "" }
}

/// How many envelopes of a database name a key that is not in it.
async fn unopenable(core: &Core) -> u64 {
    let script = "import sqlite3,sys
db = sqlite3.connect(f'file:{sys.argv[1]}?mode=ro', uri=True)
sealed = 'SELECT sealed FROM secrets UNION ALL SELECT prints FROM secrets UNION ALL SELECT sealed FROM sealed_things'
all, lost = db.execute(f'''SELECT count(*), count(*) FILTER (WHERE substr(sealed, 9, 16) NOT IN (SELECT id FROM keks))
    FROM ({sealed}) WHERE sealed IS NOT NULL''').fetchone()
assert all >= 9, all
print(lost)";
    let mut python = command(Path::new("python3"));
    python.args(["-c", script]).arg(core.data.join("peta.db"));
    let ran = finish("python3", python).await;
    assert_eq!(ran.code, 0, "{ran:?}");
    ran.stdout.trim().parse().unwrap()
}

const PAGE: [&str; 2] = ["a page is made anew", "a page is stored"];

#[tokio::test]
async fn a_new_key_killed_at_every_step() {
    let mut house = House::new().await;
    let steps = house.killed_at_each_step(&by(&["--kek"])).await;
    let expected = [
        ["a new key is made", "the new key is stored"].as_slice(),
        &PAGE,
        &PAGE,
        &["what lies beside is stored", "nothing is left to wrap", "the old key is destroyed"],
    ];
    assert_eq!(steps, expected.concat());
    house.the_client_opens().await;
}

/// Killed while it goes on by itself, again and again: each start comes further.
#[tokio::test]
async fn a_new_key_ends_however_often_it_is_killed() {
    let mut house = House::new().await;
    house.arm(2);
    assert_eq!(house.rotate(&by(&["--kek"])).await.as_deref(), Some("the new key is stored"));
    for step in [PAGE[1], PAGE[1], "nothing is left to wrap", "the old key is destroyed"] {
        house.arm(2);
        house.setup_again().refused().await;
        assert_eq!(house.killed_at().as_deref(), Some(step));
        assert_eq!(unopenable(&house.core).await, 0, "{step}");
    }
    fs::remove_file(&house.kill).unwrap();
    house.comes_back("at last").await;
    house.the_client_opens().await;
}

#[tokio::test]
async fn sealing_anew_killed_at_every_step() {
    let mut house = House::new().await;
    let steps = house.killed_at_each_step(&by(&["--reseal"])).await;
    assert_eq!(steps, [PAGE.as_slice(), &PAGE, &["what lies beside is stored"]].concat());
    house.the_client_opens().await;
}

const NEW_ROOT: [&str; 3] = ["the new root is there", "the keys are wrapped under it", "the wrapped keys are stored"];

#[tokio::test]
async fn a_new_key_file_killed_at_every_step() {
    let mut house = House::new().await;
    let (key, next) = (house.core.data.join("vault.key"), house.core.data.join("vault.key.next"));
    let rotation = by(&["--root", "key-file"]);
    let steps = house.killed_at_each_step(&rotation).await;
    assert_eq!(steps, [NEW_ROOT.as_slice(), &["the key file is in its place"]].concat());
    assert!(!next.exists(), "no start leaves a file that is staged");

    // Killed when it would have gone on, too; and between the two names of one file, as `promote` would leave it.
    let before = fs::read(&key).unwrap();
    house.arm(3);
    assert_eq!(house.rotate(&rotation).await.as_deref(), Some(NEW_ROOT[2]));
    house.arm(1);
    house.setup_again().refused().await;
    assert_eq!(house.killed_at().as_deref(), Some("the staged key file opens the vault"));
    assert!(next.exists() && fs::read(&key).unwrap() == before);
    fs::remove_file(&house.kill).unwrap();
    let former = |number: usize| house.core.data.join(format!("vault.key.former-{number}"));
    let free = (1..).find(|number| !former(*number).exists()).unwrap();
    fs::hard_link(&key, former(free)).unwrap();
    house.comes_back("between two names").await;
    assert!(!next.exists() && fs::read(&key).unwrap() != before);
    assert_eq!(fs::read(house.core.data.join(format!("vault.key.former-{free}"))).unwrap(), before);
    assert!(!house.core.data.join(format!("vault.key.former-{}", free + 1)).exists(), "kept once");
}

#[tokio::test]
async fn a_root_elsewhere_and_back_killed_at_every_step() {
    let mut house = House::new().await;
    assert_eq!(house.killed_at_each_step(&by(&["--root", "env"])).await, NEW_ROOT);
    assert_eq!(house.status().await["root"]["kind"], "env");
    // The file that was the root before is the former one by then.
    let steps = house.killed_at_each_step(&by(&["--root", "key-file"])).await;
    assert_eq!(steps, [NEW_ROOT.as_slice(), &["the key file is in its place"]].concat());
    assert_eq!(house.status().await["root"]["kind"], "key-file");
}

/// Under a passphrase, too; a new key that was cut off goes on as soon as somebody unlocks.
#[tokio::test]
async fn a_passphrase_killed_at_every_step() {
    let mut house = House::new().await;
    let fed = "a passphrase of the tests\n";
    let steps = house.killed_at_each_step(&Rotation { words: &["--root", "passphrase"], fed }).await;
    assert_eq!(steps, NEW_ROOT);
    house.arm(2);
    let cut = house.rotate(&Rotation { words: &["--kek"], fed }).await;
    assert_eq!(cut.as_deref(), Some("the new key is stored"));
    house.comes_back("a new key under a passphrase").await;
}
