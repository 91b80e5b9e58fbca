//! Every kind of root that needs nobody, through Core itself: Core starts again unattended; without its provider it
//! says so with a code that has a page, sends no call without its credential, and loses nothing; keys go from one kind
//! to another and back.

use std::{fs, path::PathBuf};

use peta_testkit::{
    Agent, Core, Ran, Served, Setup, eventually,
    services::{Keychain, Moto, Peer, aws, azure, gcp, transit},
};

use super::{SECRET, heads, root::ready};

const KEY: &str = "8f1b0c77e92d4a5566a3f0d4c1b2e3f4958671a2b3c4d5e6f708192a3b4c5d6e";
/// What Core says while the provider of its root is not there.
const AWAY: &str = "P4009";

/// A kind of root, and its provider as this test has it.
struct Root {
    kind: &'static str,
    /// Its settings.
    config: String,
    variables: Vec<(&'static str, String)>,
    provider: Provider,
}

enum Provider {
    /// It goes with the variable, which a running Core does not lose.
    Variable,
    File(PathBuf),
    Keychain(Keychain),
    Service(Peer),
    /// A service that stays, and ends with the test.
    Moto {
        _moto: Moto,
    },
}

/// The kinds, one a test.
async fn root(kind: &'static str, setup: &Setup) -> Option<Root> {
    let root = |config: String, provider| Root { kind, config, variables: Vec::new(), provider };
    let token = |text: &str| {
        let file = setup.file("token");
        fs::write(&file, text).unwrap();
        format!("token_file = {file:?}")
    };
    let variables =
        |all: &[(&'static str, &str)]| all.iter().map(|(name, value)| (*name, (*value).to_owned())).collect();
    Some(match kind {
        "key-file" => root(String::new(), Provider::File(setup.data().join("vault.key"))),
        "env" => root(String::new(), Provider::Variable),
        "file" => {
            let file = setup.file("mounted");
            fs::write(&file, KEY).unwrap();
            root(format!("[vault.file]\npath = {file:?}"), Provider::File(file))
        }
        "keychain" => {
            let keychain = Keychain::start().await;
            let variables = vec![keychain.variable()];
            Root { variables, ..root(String::new(), Provider::Keychain(keychain)) }
        }
        "transit" => {
            let peer = Peer::start(transit::bound).await;
            let config = format!("[vault.transit]\naddress = \"{}\"\nmount = \"team/transit\"", peer.origin);
            let variables = variables(&[("VAULT_TOKEN", transit::TOKEN)]);
            Root { variables, ..root(config, Provider::Service(peer)) }
        }
        "aws" => {
            let peer = Peer::start(aws::kms).await;
            let arn = "arn:aws:kms:eu-central-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab";
            let config = format!("[vault.aws]\nkey = \"{arn}\"\nendpoint = \"{}\"", peer.origin);
            Root { variables: variables(&aws::KEYS), ..root(config, Provider::Service(peer)) }
        }
        "gcp" => {
            let peer = Peer::start(gcp::kms).await;
            let (key, token) = (gcp::KEY, token(gcp::TOKEN));
            let config = format!("[vault.gcp]\nkey = \"{key}\"\nendpoint = \"{}\"\n{token}", peer.origin);
            root(config, Provider::Service(peer))
        }
        "azure" => {
            let peer = Peer::start(azure::vault).await;
            let vault = "vault = \"https://peta.vault.azure.net\"\nkey = \"root\"";
            let config = format!("[vault.azure]\n{vault}\nendpoint = \"{}\"\n{}", peer.origin, token(azure::TOKEN));
            root(config, Provider::Service(peer))
        }
        "moto" => {
            let moto = Moto::start().await?;
            let config = format!("[vault.aws]\nkey = \"{}\"\nendpoint = \"{}\"", moto.key().await, moto.origin());
            let variables = variables(&aws::KEYS);
            Root { kind: "aws", variables, ..root(config, Provider::Moto { _moto: moto }) }
        }
        other => panic!("{other} is no kind of this test"),
    })
}

impl Root {
    /// Takes the provider away, or brings it back.
    async fn set_away(&mut self, away: bool) {
        match &mut self.provider {
            Provider::Variable => {
                let there = (!away).then(|| ("PETA_VAULT_KEY", KEY.to_owned()));
                self.variables = there.into_iter().collect();
            }
            Provider::File(file) => {
                let kept = file.with_extension("kept");
                let (from, to) = if away { (&*file, &kept) } else { (&kept, &*file) };
                fs::rename(from, to).unwrap();
            }
            Provider::Keychain(keychain) if away => keychain.go_away().await,
            Provider::Keychain(keychain) => keychain.come_back().await,
            Provider::Service(peer) => peer.set_away(away),
            Provider::Moto { .. } => {}
        }
    }
}

/// A Core with a credential in use.
struct House {
    core: Core,
    root: Root,
    agent: Agent,
    trace: PathBuf,
    _served: Served,
}

impl House {
    /// With this root from the first start, or with a key file and only the settings of that root.
    async fn new(kind: &'static str, from_the_first: bool) -> Option<Self> {
        let setup = Setup::new();
        let mut root = root(kind, &setup).await?;
        if matches!(root.provider, Provider::Variable) {
            root.set_away(false).await;
        }
        if from_the_first {
            root.config = format!("[vault]\nroot = \"{}\"\n{}", root.kind, root.config);
        }
        let trace = setup.file("trace");
        let core = with(setup, &root).start().await;
        let served = Served::http(&["--trace", trace.to_str().unwrap()]).await;
        core.url_server("fix", &served.url("/mcp"), &[]).await;
        core.credential("github", "fix", &["--header", "Authorization: Bearer {}"], SECRET).await;
        let agent = core.open("one", &["fix"], "/mcp/fix").await;
        Some(Self { core, root, agent, trace, _served: served })
    }

    async fn start_again(&mut self) {
        self.core.stop().await;
        self.core = with(Setup::again(&self.core).listen(&self.core.address), &self.root).start().await;
    }

    async fn works(&self, what: &str) {
        self.agent.call("who", "{}").await;
        let last = heads(&self.trace).pop().unwrap();
        assert_eq!(last["authorization"], format!("Bearer {SECRET}"), "{what}\n{}", self.core.said());
    }

    /// No call goes out, with its credential or without.
    async fn is_locked(&self, what: &str) {
        let before = heads(&self.trace).len();
        let refused = self.agent.post(&self.agent.request_text("tools/call", r#"{"name":"who"}"#)).send().await;
        assert!(refused.body.contains("P4001"), "{what}: {refused:?}");
        assert_eq!(heads(&self.trace).len(), before, "{what}: nothing is sent");
        assert_eq!(ready(&self.core).await, "locked", "{what}");
    }

    async fn peta(&self, words: &[&str]) -> Ran {
        self.core.run(&[&["vault"], words].concat()).await
    }

    async fn rotate(&self, to: &str) {
        let ran = self.peta(&["rotate", "--root", to]).await;
        assert_eq!(ran.code, 0, "to {to}: {ran:?}\n{}", self.core.said());
        assert_eq!(self.core.json(&["vault", "status", "--json"]).await["root"]["kind"], to);
    }

    /// Refused with the code of a provider that is away, and nothing is changed.
    async fn is_away(&self, words: &[&str]) {
        let keys = async || self.core.json(&["vault", "status", "--json"]).await["keys"].clone();
        let before = keys().await;
        let ran = self.peta(words).await;
        assert!(ran.code == 1 && ran.stderr.contains(AWAY), "{words:?}: {ran:?}");
        assert_eq!(keys().await, before, "{words:?}");
    }
}

fn with(setup: Setup, root: &Root) -> Setup {
    root.variables.iter().fold(setup.config(&root.config), |setup, (name, value)| setup.env(name, value))
}

async fn stands(kind: &'static str) {
    let Some(mut house) = House::new(kind, true).await else { return };
    let kind = house.root.kind;
    house.works("at first").await;
    house.start_again().await;
    house.works("unattended").await;
    if !matches!(house.root.provider, Provider::Moto { .. }) {
        away_at_start_and_in_run(&mut house).await;
    }
    // To a key file and back, with the provider away in between.
    house.rotate("key-file").await;
    house.works("under a key file").await;
    house.start_again().await;
    house.works("under a key file, unattended").await;
    if kind == "key-file" {
        return;
    }
    if !matches!(house.root.provider, Provider::Moto { .. }) {
        house.root.set_away(true).await;
        house.start_again().await;
        house.is_away(&["rotate", "--root", kind]).await;
        house.works("what could not be rotated is as it was").await;
        house.root.set_away(false).await;
        house.start_again().await;
    }
    house.rotate(kind).await;
    house.works("back").await;
    house.start_again().await;
    house.works("back, unattended").await;
    let ran = house.peta(&["rotate", "--kek"]).await;
    assert_eq!(ran.code, 0, "{ran:?}");
    house.works("under a new key").await;
}

async fn away_at_start_and_in_run(house: &mut House) {
    let is_variable = matches!(house.root.provider, Provider::Variable);
    house.root.set_away(true).await;
    house.start_again().await;
    house.is_locked("away at start").await;
    let status = house.core.json(&["vault", "status", "--json"]).await;
    assert!(status["root"]["trouble"].as_str().unwrap().contains(AWAY), "{status}");
    house.is_away(&["unlock"]).await;
    house.root.set_away(false).await;
    if is_variable {
        // A process is given its variables once.
        return house.start_again().await;
    }
    // By itself: nobody has to be there when it comes back.
    eventually("the vault opens", async || (ready(&house.core).await == "ready").then_some(())).await;
    house.works("back after a start without it").await;

    house.root.set_away(true).await;
    house.works("away in run: its keys are here").await;
    house.is_away(&["rotate", "--kek"]).await;
    house.works("a key that could not be made").await;
    assert_eq!(house.peta(&["lock"]).await.code, 0);
    house.is_away(&["unlock"]).await;
    house.is_locked("locked, and away").await;
    house.root.set_away(false).await;
    assert_eq!(house.peta(&["unlock"]).await.code, 0);
    house.works("back in run").await;
}

macro_rules! kinds {
    ($($test:ident $kind:literal)*) => { $(
        #[tokio::test]
        async fn $test() {
            stands($kind).await;
        }
    )* };
}

kinds! {
    a_key_file_as_root "key-file"
    a_variable_as_root "env"
    a_mounted_file_as_root "file"
    a_keychain_as_root "keychain"
    transit_as_root "transit"
    aws_as_root "aws"
    aws_by_moto_as_root "moto"
    google_as_root "gcp"
    azure_as_root "azure"
}

/// A keychain that has no entry yet gets one when the keys go there, as at a first start; one that was lost is not made
/// anew.
#[tokio::test]
async fn keys_go_to_an_empty_keychain() {
    let mut house = House::new("keychain", false).await.unwrap();
    house.works("under a key file").await;
    house.rotate("keychain").await;
    house.start_again().await;
    house.works("unattended").await;
    let other = Keychain::start().await;
    house.root.variables = vec![other.variable()];
    house.start_again().await;
    house.is_locked("the entry is lost").await;
    house.is_away(&["unlock"]).await;
}
