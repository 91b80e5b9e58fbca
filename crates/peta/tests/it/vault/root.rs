//! Where the root comes from, and what happens without it.

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

use peta_testkit::{Core, Setup, eventually, raw_exchange};

use super::{SECRET, World, heads};

pub(super) async fn ready(core: &Core) -> String {
    let answer = raw_exchange(&core.address, b"GET /readyz HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n").await;
    answer.rsplit("\r\n").next().unwrap_or_default().trim().to_owned()
}

/// A Core whose key file stands where it belongs needs nobody; one whose key file is gone tells agents nothing but that,
/// makes no new one, and comes back with the file.
#[tokio::test]
async fn a_lost_key_file_locks_and_loses_nothing() {
    let mut world = World::new("http").await;
    world.core.credential("github", "fix", &["--header", "Authorization: Bearer {}"], SECRET).await;
    let key = world.core.data.join("vault.key");
    let mode = std::os::unix::fs::PermissionsExt::mode(&std::fs::metadata(&key).unwrap().permissions());
    assert_eq!(mode & 0o777, 0o600);
    let agent = world.core.open("one", &["fix"], "/mcp/fix").await;
    agent.call("who", "{}").await;

    world.core.stop().await;
    let core = Setup::again(&world.core).listen(&world.core.address).start().await;
    agent.call("who", "{}").await;
    let last = world.heads().pop().unwrap();
    assert_eq!(last["authorization"], format!("Bearer {SECRET}"), "a restart needs nobody");

    let mut core = core;
    core.stop().await;
    let away = core.file("vault.key.away");
    std::fs::rename(&key, &away).unwrap();
    let core = Setup::again(&core).listen(&core.address).start().await;
    assert_eq!(ready(&core).await, "locked");
    let refused = agent.post(&agent.request_text("tools/list", "{}")).send().await;
    assert_eq!((refused.status, refused.json()["code"].as_str()), (503, Some("P4001")), "{refused:?}");
    let status = core.peta(&["vault", "status"]).await;
    assert!(status.contains("locked") && status.contains("P4009"), "{status}");
    assert!(!key.exists(), "no new key is made for a vault that has one");
    let ran = core.run_fed(&["vault", "unlock"], "").await;
    assert_ne!(ran.code, 0, "{ran:?}");

    std::fs::rename(&away, &key).unwrap();
    let ran = core.run_fed(&["vault", "unlock"], "").await;
    assert_eq!(ran.code, 0, "{ran:?}");
    assert_eq!(ready(&core).await, "ready");
    agent.call("who", "{}").await;
}

const PASSPHRASE: &str = "a passphrase of the tests";

/// T47: five are free, then waiting, and a restart forgets none.
#[tokio::test]
async fn unlock_limits() {
    let mut core = Setup::new().config("[vault]\nroot = \"passphrase\"").start().await;
    assert_eq!(ready(&core).await, "locked");
    let ran = core.run_fed(&["vault", "unlock"], "short\n").await;
    assert_ne!(ran.code, 0, "a new passphrase has 12 characters: {ran:?}");
    let ran = core.run_fed(&["vault", "unlock"], &format!("{PASSPHRASE}\n")).await;
    assert_eq!(ran.code, 0, "{ran:?}");
    assert_eq!(ready(&core).await, "ready");

    core.stop().await;
    let again = |core: &Core| Setup::again(core).config("[vault]\nroot = \"passphrase\"").start();
    core = again(&core).await;
    assert_eq!(ready(&core).await, "locked");
    for attempt in 0..5 {
        let ran = core.run_fed(&["vault", "unlock"], "this is not the passphrase\n").await;
        assert!(ran.stderr.contains("P4007"), "{attempt}: {ran:?}");
        if attempt == 2 {
            core.kill().await;
            core = again(&core).await;
        }
    }
    let ran = core.run_fed(&["vault", "unlock"], &format!("{PASSPHRASE}\n")).await;
    assert!(ran.stderr.contains("P4008"), "even the right one waits: {ran:?}");
}

/// Every kind of rotation, with a credential in use.
#[tokio::test]
async fn rotations_keep_what_is_sealed() {
    let mut world = World::new("http").await;
    world.core.credential("github", "fix", &["--header", "Authorization: Bearer {}"], SECRET).await;
    let agent = world.core.open("one", &["fix"], "/mcp/fix").await;
    let trace = world.trace.clone();
    let works = async |core: &Core, what: &str| {
        agent.call("who", "{}").await;
        let sent = heads(&trace).pop().unwrap()["authorization"].clone();
        assert_eq!(sent, format!("Bearer {SECRET}"), "{what}: {}", core.said());
    };
    let file = std::fs::read(world.core.data.join("vault.key")).unwrap();
    for words in [["--kek"].as_slice(), &["--reseal"], &["--root", "key-file"]] {
        let ran = world.core.run(&[["vault", "rotate"].as_slice(), words].concat()).await;
        assert_eq!(ran.code, 0, "{ran:?}");
        eventually("the rotation ends", async || {
            let status = world.core.json(&["vault", "status", "--json"]).await;
            (status["rotation"]["finished"].is_string() || status["rotation"].is_null()).then_some(())
        })
        .await;
        works(&world.core, words[0]).await;
    }
    assert_ne!(std::fs::read(world.core.data.join("vault.key")).unwrap(), file, "the root is another one");
    let ran = world.core.run_fed(&["vault", "rotate", "--root", "passphrase"], &format!("{PASSPHRASE}\n")).await;
    assert_eq!(ran.code, 0, "{ran:?}");
    eventually("the rotation ends", async || {
        let status = world.core.json(&["vault", "status", "--json"]).await;
        (status["root"]["kind"] == "passphrase").then_some(())
    })
    .await;
    works(&world.core, "passphrase").await;
    let ran = world.core.run_fed(&["vault", "rotate", "--kek"], "this is not the passphrase\n").await;
    assert!(ran.stderr.contains("P4007"), "{ran:?}");
    let ran = world.core.run_fed(&["vault", "rotate", "--kek"], &format!("{PASSPHRASE}\n")).await;
    assert_eq!(ran.code, 0, "{ran:?}");
    works(&world.core, "a new key under a passphrase").await;

    world.core.stop().await;
    let core = Setup::again(&world.core).listen(&world.core.address).start().await;
    assert_eq!(ready(&core).await, "locked");
    assert_eq!(core.run_fed(&["vault", "unlock"], &format!("{PASSPHRASE}\n")).await.code, 0);
    works(&core, "unlocked by hand").await;
}

/// Calls that are under way while keys are made anew notice nothing: none is refused, none goes without its credential.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_call_notices_a_rotation() {
    let world = World::new("http").await;
    world.core.credential("github", "fix", &["--header", "Authorization: Bearer {}"], SECRET).await;
    let before = world.heads().len();
    let over = Arc::new(AtomicBool::new(false));
    let mut callers = Vec::new();
    for name in ["one", "two", "three", "four"] {
        let (agent, over) = (world.core.open(name, &["fix"], "/mcp/fix").await, Arc::clone(&over));
        callers.push(tokio::spawn(async move {
            let mut calls = 0;
            while !over.load(Ordering::Relaxed) {
                agent.call("who", "{}").await;
                calls += 1;
            }
            calls
        }));
    }
    for words in [["--kek"].as_slice(), &["--kek"], &["--reseal"], &["--root", "key-file"], &["--kek"], &["--kek"]] {
        let ran = world.core.run(&[["vault", "rotate"].as_slice(), words].concat()).await;
        assert_eq!(ran.code, 0, "{ran:?}");
        eventually("the rotation ends", async || {
            let status = world.core.json(&["vault", "status", "--json"]).await;
            status["rotation"].is_null().then_some(())
        })
        .await;
    }
    over.store(true, Ordering::Relaxed);
    for caller in callers {
        assert!(caller.await.unwrap() > 10, "it called all the time");
    }
    let heads = world.heads().split_off(before);
    assert!(heads.iter().all(|head| head["authorization"] == format!("Bearer {SECRET}")));
}
