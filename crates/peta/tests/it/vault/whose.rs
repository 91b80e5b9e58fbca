//! Whose credential a call carries, in the built product; the choice itself is tested as a function (`owner_matrix`).

use peta_testkit::Core;

use super::World;

const ADA: &str = "ada-secret-0123456789-abcdefgh";
const BOB: &str = "bob-secret-0123456789-abcdefgh";
const DEV: &str = "dev-secret-0123456789-abcdefgh";
const ALL: &str = "all-secret-0123456789-abcdefgh";

async fn token(core: &Core, name: &str, more: &[&str]) -> String {
    let mut words = vec!["agent", "add", name, "--quiet", "--grant", "fix"];
    words.extend(more);
    core.peta(&words).await.trim().to_owned()
}

async fn sends(world: &World, token: &str) -> String {
    let mut agent = world.core.agent("/mcp/fix", token);
    agent.open().await;
    agent.call("who", "{}").await;
    let sent = world.heads().pop().unwrap()["authorization"].as_str().unwrap_or_default().to_owned();
    agent.end().await;
    sent
}

async fn refused(world: &World, token: &str) -> String {
    let mut agent = world.core.agent("/mcp/fix", token);
    agent.open().await;
    let error = agent.call_error("who", "{}").await;
    error["data"]["code"].as_str().unwrap_or_default().to_owned()
}

#[tokio::test]
async fn nobody_uses_anothers() {
    let world = World::new("http").await;
    let core = &world.core;
    let header = ["--header", "Authorization: Bearer {}"];
    let owned = |owner: &[&'static str]| [header.as_slice(), owner].concat();
    let ada = token(core, "ada", &["--user", "ada"]).await;
    let bob = token(core, "bob", &["--user", "bob", "--group", "dev"]).await;
    let none = token(core, "none", &[]).await;

    core.credential("of-ada", "fix", &owned(&["--user", "ada"]), ADA).await;
    let heads = world.heads().len();
    assert_eq!(sends(&world, &ada).await, format!("Bearer {ADA}"));
    let after = world.heads().len();
    assert!(after > heads);
    for other in [&bob, &none] {
        assert_eq!(refused(&world, other).await, "P4002");
    }
    // A good-bye of the session that has ended may still come; it is of the one who has a credential.
    let ada_s = format!("Bearer {ADA}");
    let later = world.heads().split_off(after);
    assert!(later.iter().all(|head| head["authorization"] == ada_s), "sent without their own credential: {later:?}");

    core.credential("of-all", "fix", &header, ALL).await;
    assert_eq!(sends(&world, &ada).await, format!("Bearer {ADA}"));
    assert_eq!(sends(&world, &bob).await, format!("Bearer {ALL}"));
    assert_eq!(sends(&world, &none).await, format!("Bearer {ALL}"));

    core.credential("of-bob", "fix", &owned(&["--user", "bob"]), BOB).await;
    core.credential("of-dev", "fix", &owned(&["--group", "dev"]), DEV).await;
    assert_eq!(sends(&world, &bob).await, format!("Bearer {BOB}"));
    core.peta(&["server", "set", "fix", "--credential", "group"]).await;
    assert_eq!(sends(&world, &bob).await, format!("Bearer {DEV}"));
    assert_eq!(refused(&world, &ada).await, "P4002");
    core.peta(&["server", "set", "fix", "--credential", "shared"]).await;
    assert_eq!(sends(&world, &bob).await, format!("Bearer {ALL}"));
    core.peta(&["server", "set", "fix", "--credential", "user"]).await;
    assert_eq!(refused(&world, &none).await, "P4002");
    assert_eq!(sends(&world, &ada).await, format!("Bearer {ADA}"));

    // A server that everybody shares takes nobody's own, and the other way round.
    let ran = core.run(&["server", "set", "fix", "--isolation", "shared"]).await;
    assert_eq!((ran.code, ran.stderr.contains("P7008")), (1, true), "{ran:?}");
}
