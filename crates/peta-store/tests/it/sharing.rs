//! An instance that everybody shares and a credential of one person exclude each other, whoever asks first.

use peta_model::{CredentialId, Delivery, Isolation, Owner, ServerId, ServerSpec};
use peta_store::{ChangeError, NewCredential, Store};

use crate::world::{act, open, server};

fn shared(name: &str) -> ServerSpec {
    ServerSpec { isolation: Isolation::Shared, ..server(name) }
}

fn of_ada(number: u8, server: ServerId) -> NewCredential {
    NewCredential {
        id: CredentialId::from_bytes([number; 16]),
        name: format!("ada-{number}").parse().unwrap(),
        server,
        owner: Owner::User("ada".into()),
        delivery: Delivery::Query { name: "key".into() },
        scope: None,
        origin: "https://fs.example".into(),
        held: false,
        by: "an owner".into(),
        sealed: vec![1, 2],
        prints: vec![3],
        oauth: None,
    }
}

/// Both at once, many times and in both orders: one of the two is refused, and what stands is allowed.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_acts_at_once_do_not_share_what_is_personal() {
    let dir = tempfile::tempdir().unwrap();
    let store = open(dir.path()).await;
    let mut first = [0, 0];
    for number in 1..=40 {
        let name = format!("fs{number}");
        let id = store.add_server(act("server.add"), server(&name)).await.unwrap().id;
        let sharing = async |store: Store| store.set_server(act("server.set"), id, shared(&name)).await.map(drop);
        let giving =
            async |store: Store| store.add_credential(act("credential.add"), of_ada(number, id)).await.map(drop);
        let (one, other) = (store.clone(), store.clone());
        let (set, given) = if number % 2 == 0 {
            tokio::join!(sharing(one), giving(other))
        } else {
            let (given, set) = tokio::join!(giving(one), sharing(other));
            (set, given)
        };
        assert!(set.is_ok() != given.is_ok(), "{number}: {set:?} {given:?}");
        let refused = set.as_ref().err().or(given.as_ref().err());
        assert!(matches!(refused, Some(ChangeError::Conflict(_))), "{refused:?}");
        first[usize::from(set.is_ok())] += 1;
        let snapshot = store.snapshot();
        let is_shared = snapshot.server(&name).unwrap().spec.isolation == Isolation::Shared;
        assert_ne!(is_shared, snapshot.credential_named(&format!("ada-{number}")).is_some());
    }
    assert!(first[0] > 0 && first[1] > 0, "both orders came about: {first:?}");
}

/// One that comes by a link, and no administrator's act, is refused alike; so is a server that begins so.
#[tokio::test]
async fn no_other_way_leads_there() {
    let dir = tempfile::tempdir().unwrap();
    let store = open(dir.path()).await;
    let fs = store.add_server(act("server.add"), shared("fs")).await.unwrap();
    let now = act("x").time;
    assert!(matches!(store.grant_credential(now, of_ada(1, fs.id)).await, Err(ChangeError::Conflict(_))));
    let personal = ServerSpec { credential: peta_model::Whose::User, ..shared("other") };
    assert!(matches!(store.add_server(act("server.add"), personal).await, Err(ChangeError::Conflict(_))));
}
