//! The vault through the API: locked and unlocked, tried, rotated; what is asked for is on record, and no passphrase is.

use peta_api::{
    EventQuery,
    endpoint::{DrillVault, ListEvents, LockVault, RotateVault, ShowVault, UnlockVault},
};
use serde_json::json;

use crate::{keeper::PASSPHRASE, world::World};

#[tokio::test]
async fn it_is_locked_and_unlocked() {
    let world = World::new().await;
    let status = world.done::<ShowVault>(&[], (), json!(null)).await;
    assert_eq!((status.locked, status.root.kind.as_deref()), (false, Some("passphrase")));
    let purposes: Vec<_> = status.keys.iter().map(|key| key.purpose.as_str()).collect();
    assert!(purposes.contains(&"vault") && purposes.contains(&"digest"), "{purposes:?}");
    assert_eq!(status.memory.size, 1 << 16);

    assert!(world.done::<LockVault>(&[], (), json!(null)).await.locked);
    assert!(world.done::<LockVault>(&[], (), json!(null)).await.locked, "twice is no mistake");
    let drill = world.refused::<DrillVault>(&[], (), json!({ "canary": "canary" })).await;
    assert_eq!(drill, "423 P4001 the vault is locked; `peta vault unlock` unlocks it");
    let unlock = async |passphrase| world.refused::<UnlockVault>(&[], (), json!({ "passphrase": passphrase })).await;
    assert_eq!(unlock("hunter2-wrong").await, "400 P4007 [passphrase] the passphrase is wrong");
    assert!(unlock("wait").await.starts_with("429 P4008"));
    assert!(world.refused::<UnlockVault>(&[], (), json!({})).await.starts_with("400 P7005 [passphrase]"));
    assert!(!world.done::<UnlockVault>(&[], (), json!({ "passphrase": PASSPHRASE })).await.locked);

    let events = world.done::<ListEvents>(&[], EventQuery::default(), json!(null)).await.items;
    let told: Vec<_> = events
        .iter()
        .rev()
        .map(|event| format!("{} {}", event.kind, event.end.code.as_deref().unwrap_or("ok")))
        .collect();
    assert_eq!(
        told,
        [
            "vault.lock ok",
            "vault.lock ok",
            "vault.drill P4001",
            "vault.unlock P4007",
            "vault.unlock P4008",
            "vault.unlock P7005",
            "vault.unlock ok",
        ]
    );
    let text = serde_json::to_string(&events).unwrap();
    assert!(!text.contains("hunter2") && !text.contains(PASSPHRASE), "{text}");
}

#[tokio::test]
async fn a_drill_lends_and_takes_back() {
    let world = World::new().await;
    let drilled = world.done::<DrillVault>(&[], (), json!({ "canary": "no secret at all" })).await;
    assert_eq!(drilled.leases_open, 1, "it answers while the canary is lent");
    while world.safe.leases_open() > 0 {
        tokio::task::yield_now().await;
    }
    for canary in [String::new(), "x".repeat(1_025)] {
        let refused = world.refused::<DrillVault>(&[], (), json!({ "canary": canary })).await;
        assert!(refused.starts_with("400 P7005 [canary]"), "{refused}");
    }
    let odd = world.refused::<DrillVault>(&[], (), json!({ "canary": 4711 })).await;
    assert_eq!(odd, "400 P7005 [canary] a secret is written as a text");
}

#[tokio::test]
async fn what_is_rotated() {
    let world = World::new().await;
    let status = world.done::<RotateVault>(&[], (), json!({ "what": "kek" })).await;
    assert_eq!(status.rotation.map(|it| (it.what.word(), it.done, it.total)), Some(("kek", 1, 3)));
    let refused = async |body| world.refused::<RotateVault>(&[], (), body).await;
    assert!(refused(json!({ "what": "reseal" })).await.starts_with("409 P4015"));
    assert!(refused(json!({ "what": "kek", "root": "env" })).await.starts_with("400 P7005 [root]"));
    assert!(refused(json!({ "what": "root", "root": "passphrase" })).await.starts_with("400 P7005 [passphrase]"));
    assert!(refused(json!({ "what": "root", "root": "paper" })).await.starts_with("400 P7005 [root]"));
    let given = json!({ "what": "root", "root": "passphrase", "passphrase": "hunter2 hunter2" });
    world.done::<RotateVault>(&[], (), given).await;
}
