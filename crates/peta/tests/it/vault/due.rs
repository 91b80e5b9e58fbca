//! Keys that are due rotate by themselves: by age, under a clock that the test turns, and by how much they sealed.

use peta_testkit::{Core, Served, Setup, Value, chaos::Wall, eventually};

use super::{SECRET, heads, rows::change};

const DAY: i64 = 86_400;

/// The keys that seal credentials.
async fn keys(core: &Core) -> Vec<Value> {
    let status = core.json(&["vault", "status", "--json"]).await;
    let keys = status["keys"].as_array().unwrap().iter();
    keys.filter(|key| key["purpose"] == "vault").cloned().collect()
}

async fn works(core: &Core, agent: &str, trace: &std::path::Path) {
    core.open(agent, &["fix"], "/mcp/fix").await.call("who", "{}").await;
    assert_eq!(heads(trace).pop().unwrap()["authorization"], format!("Bearer {SECRET}"), "{}", core.said());
}

/// Until there is one key, and another than this one.
async fn rotated(core: &Core, old: &Value) -> Value {
    eventually("the key that is due is another one", async || {
        let keys = keys(core).await;
        let [key] = keys.as_slice() else { return None };
        (key["id"] != old["id"]).then(|| key.clone())
    })
    .await
}

#[tokio::test]
async fn a_key_that_is_due_rotates_by_itself() {
    let (wall, setup) = Wall::of(Setup::new());
    let trace = setup.file("trace");
    let mut core = setup.start().await;
    let served = Served::http(&["--trace", trace.to_str().unwrap()]).await;
    core.url_server("fix", &served.url("/mcp"), &[]).await;
    core.credential("github", "fix", &["--header", "Authorization: Bearer {}"], SECRET).await;
    works(&core, "first", &trace).await;
    let [first] = keys(&core).await.try_into().unwrap();

    // A day before its time it stays (to the microsecond: `due` in `peta-vault`).
    core.stop().await;
    wall.set(89 * DAY);
    core = wall.again(Setup::again(&core)).start().await;
    works(&core, "early", &trace).await;
    assert_eq!(keys(&core).await[0]["id"], first["id"]);

    core.stop().await;
    wall.set(91 * DAY);
    core = wall.again(Setup::again(&core)).start().await;
    let second = rotated(&core, &first).await;
    works(&core, "second", &trace).await;

    // By count: the store says how many wraps were taken.
    core.stop().await;
    change(&core, "UPDATE keks SET reserved = 268435456 WHERE purpose = 'vault'").await;
    core = wall.again(Setup::again(&core)).start().await;
    let third = rotated(&core, &second).await;
    assert!(third["seals"].as_u64().unwrap() < 1 << 20, "{third}");
    works(&core, "third", &trace).await;
}

/// A root that is a passphrase is at hand only while somebody unlocks: then a key that is due is made anew.
#[tokio::test]
async fn a_key_under_a_passphrase_rotates_when_it_is_unlocked() {
    const PASSPHRASE: &str = "a passphrase of the tests\n";
    let (wall, setup) = Wall::of(Setup::new());
    let trace = setup.file("trace");
    let mut core = setup.config("[vault]\nroot = \"passphrase\"").start().await;
    let unlock = async |core: &Core| {
        let ran = core.run_fed(&["vault", "unlock"], PASSPHRASE).await;
        assert_eq!(ran.code, 0, "{ran:?}\n{}", core.said());
    };
    unlock(&core).await;
    let served = Served::http(&["--trace", trace.to_str().unwrap()]).await;
    core.url_server("fix", &served.url("/mcp"), &[]).await;
    core.credential("github", "fix", &["--header", "Authorization: Bearer {}"], SECRET).await;
    let [first] = keys(&core).await.try_into().unwrap();
    core.stop().await;
    wall.set(91 * DAY);
    core = wall.again(Setup::again(&core)).start().await;
    unlock(&core).await;
    rotated(&core, &first).await;
    works(&core, "first", &trace).await;
}
