//! T40: rows of the database that were swapped, moved, cut or rolled back open nothing.

use std::path::Path;

use peta_testkit::{Core, Setup, command, eventually, finish};

use super::{SECRET, World};

const OTHER: &str = "the-other-secret-0123456789-abcdef";

/// Changes the database of a Core that has ended, as a thief of it would.
pub(super) async fn change(core: &Core, sql: &str) {
    let script = "import sqlite3,sys\ndb=sqlite3.connect(sys.argv[1])\ndb.executescript(sys.argv[2])\ndb.commit()";
    let mut python = command(Path::new("python3"));
    python.args(["-c", script]).arg(core.data.join("peta.db")).arg(sql);
    let ran = finish("python3", python).await;
    assert_eq!(ran.code, 0, "{ran:?}");
}

#[tokio::test]
async fn row_swap() {
    let of = |name: &str| format!("(SELECT id FROM credentials WHERE name = '{name}')");
    let (first, second) = (of("first"), of("second"));
    for (what, sql, code) in [
        (
            "secrets of two credentials exchanged",
            format!(
                "CREATE TABLE t AS SELECT credential, sealed FROM secrets;
                 UPDATE secrets SET sealed = (SELECT sealed FROM t WHERE t.credential = {second}) WHERE credential = {first};
                 UPDATE secrets SET sealed = (SELECT sealed FROM t WHERE t.credential = {first}) WHERE credential = {second};
                 DROP TABLE t;"
            ),
            "P4005",
        ),
        ("one byte changed", format!("UPDATE secrets SET sealed = CAST(substr(sealed, 1, 100) || x'00' || substr(sealed, 102) AS BLOB) WHERE credential = {first}"), "P4005"),
        ("cut", format!("UPDATE secrets SET sealed = substr(sealed, 1, 90) WHERE credential = {first}"), "P4005"),
        ("gone", format!("UPDATE secrets SET sealed = NULL WHERE credential = {first}"), "P4005"),
        ("another version", format!("UPDATE secrets SET version = 7 WHERE credential = {first}; UPDATE credentials SET version = 7 WHERE id = {first}"), "P4005"),
        ("another place", format!("UPDATE credentials SET delivery = '{{\"kind\":\"header\",\"name\":\"X-Log\",\"template\":\"{{}}\"}}' WHERE id = {first}"), "P4004"),
        ("another owner", format!("UPDATE credentials SET owner = '{{\"group\":\"dev\"}}' WHERE id = {first}; UPDATE agents SET group_names = '[\"dev\"]'; UPDATE servers SET spec = replace(spec, 'user-then-shared', 'group') WHERE name = 'fix'"), "P4004"),
        ("another origin", format!("UPDATE credentials SET origin = 'http://127.0.0.1:1' WHERE id = {first}; UPDATE servers SET spec = replace(spec, '/mcp', '/mcp') WHERE name = 'fix'"), "P4004"),
        ("fingerprints gone wrong", format!("UPDATE secrets SET prints = CAST(substr(prints, 1, 100) || x'00' || substr(prints, 102) AS BLOB) WHERE credential = {first}"), "P4005"),
    ] {
        let mut world = World::new("http").await;
        world.core.credential("first", "fix", &["--header", "Authorization: Bearer {}"], SECRET).await;
        world.core.url_server("elsewhere", &world.served.url("/mcp"), &["--no-discover"]).await;
        world.core.credential("second", "elsewhere", &["--header", "Authorization: Bearer {}"], OTHER).await;
        let agent = world.core.open("one", &["fix"], "/mcp/fix").await;
        agent.call("who", "{}").await;
        world.core.stop().await;
        change(&world.core, &sql).await;
        let before = world.heads().len();
        let core = Setup::again(&world.core).listen(&world.core.address).start().await;
        let error = agent.call_error("who", "{}").await;
        assert_eq!(error["data"]["code"], code, "{what}: {error}");
        assert_eq!(world.heads().len(), before, "{what}: nothing is sent");
        assert!(!error.to_string().contains(SECRET) && !core.said().contains(SECRET), "{what}");
    }
}

/// A row that was put back as it was opens, for it is whole; the record knows better.
#[tokio::test]
async fn credential_rollback_is_seen() {
    is_seen_when_put_back(Setup::new(), None).await;
}

/// What the record knows is sealed under keys of the vault: under a passphrase it is asked once somebody unlocked.
#[tokio::test]
async fn credential_rollback_is_seen_under_a_passphrase() {
    let setup = Setup::new().config("[vault]\nroot = \"passphrase\"");
    is_seen_when_put_back(setup, Some("a passphrase of the tests\n")).await;
}

async fn is_seen_when_put_back(setup: Setup, passphrase: Option<&str>) {
    let unlock = async |core: &Core| {
        if let Some(passphrase) = passphrase {
            let ran = core.run_fed(&["vault", "unlock"], passphrase).await;
            assert_eq!(ran.code, 0, "{ran:?}");
        }
    };
    let mut world = World::of(setup, "http").await;
    unlock(&world.core).await;
    world.core.credential("first", "fix", &["--header", "Authorization: Bearer {}"], SECRET).await;
    let agent = world.core.open("one", &["fix"], "/mcp/fix").await;
    agent.call("who", "{}").await;
    world.core.stop().await;
    let kept = std::fs::read(world.core.data.join("peta.db")).unwrap();
    let core = Setup::again(&world.core).listen(&world.core.address).start().await;
    unlock(&core).await;
    assert_eq!(core.run_fed(&["credential", "rotate", "first", "--from-stdin"], OTHER).await.code, 0);
    let mut core = core;
    core.stop().await;
    for leftover in ["peta.db-wal", "peta.db-shm"] {
        let _ = std::fs::remove_file(core.data.join(leftover));
    }
    std::fs::write(core.data.join("peta.db"), kept).unwrap();
    let core = Setup::again(&core).listen(&core.address).start().await;
    unlock(&core).await;
    eventually("the rollback is on record", async || {
        let told = core.events(|event| event["kind"] == "credential.rollback").await;
        (!told.is_empty()).then_some(())
    })
    .await;
    let error = agent.call_error("who", "{}").await;
    assert_eq!(error["data"]["code"], "P4005", "{error}");
}
