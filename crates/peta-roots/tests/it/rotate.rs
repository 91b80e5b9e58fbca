//! Keys go from one provider to another, through kills and through a provider that goes away in the middle.

use std::sync::{Arc, Mutex};

use peta_roots::{Provider, SameRoot, Trouble, rotation};
use peta_testkit::services::{Fault, Peer, transit::bound};
use peta_vault::{
    keyring::Keyring,
    keys::{KekRow, Purpose, RowError},
    rotation::RootStep,
};

use crate::{
    transit,
    world::{Counting, INSTALL, NOW, TENANT, opened, settings},
};

fn local(byte: &str) -> Provider {
    let hex = "8f1b0c77e92d4a5566a3f0d4c1b2e3f4958671a2b3c4d5e6f708192a3b4c5d6e".replacen("8f", byte, 1);
    opened(&settings("root = \"env\""), &[("PETA_VAULT_KEY", &hex)]).unwrap().provider
}

async fn rows(provider: &Provider) -> Vec<KekRow> {
    let now = NOW.parse().unwrap();
    let making = move |root: &dyn peta_vault::root::Root| {
        let make = |(at, purpose)| KekRow::make(root, (INSTALL, TENANT, purpose), now, &mut Counting(at)).unwrap().0;
        (1..).zip(Purpose::ALL).map(make).collect()
    };
    provider.run(making).await.unwrap()
}

/// Wraps rows until the provider goes away, as the store would: each that was wrapped stays so.
async fn rotate(old: &Provider, new: &Provider, stored: &Arc<Mutex<Vec<KekRow>>>) -> Result<RootStep, RowError> {
    let plan = rotation((old, new), INSTALL).unwrap();
    let stored = Arc::clone(stored);
    let working = move |old: &dyn peta_vault::root::Root, new: &dyn peta_vault::root::Root| loop {
        let rows = stored.lock().unwrap().clone();
        let RootStep::Rewrap(ids) = plan.next(&rows, None) else { return Ok(plan.next(&rows, None)) };
        let row = rows.iter().find(|row| row.id == ids[0]).unwrap();
        let wrapped = row.rewrap((old, new), INSTALL, &mut Counting(9))?;
        *stored.lock().unwrap().iter_mut().find(|row| row.id == ids[0]).unwrap() = wrapped;
    };
    Provider::run_both((old, new), working).await.unwrap()
}

async fn opens(provider: &Provider, rows: &[KekRow]) -> bool {
    let rows = rows.to_vec();
    let unlocking =
        move |root: &dyn peta_vault::root::Root| Keyring::locked(INSTALL).unlock(root, &rows) == Ok(Vec::new());
    provider.run(unlocking).await.unwrap()
}

#[tokio::test]
async fn a_rotation_that_breaks_off_goes_on_where_it_was() {
    let (peer, away) = (Peer::start(bound).await, Peer::start(bound).await);
    let (old, new) = (local("8f"), transit::provider(&peer, ""));
    let stored = Arc::new(Mutex::new(rows(&old).await));
    let before = stored.lock().unwrap().clone();

    peer.next([Fault::Status(500, ""), Fault::Status(500, ""), Fault::Status(500, "")]);
    let broken = rotate(&old, &new, &stored).await;
    assert!(matches!(broken, Err(RowError::Unavailable(_))) && matches!(new.trouble(), Some(Trouble::Away(_))));
    assert_eq!(*stored.lock().unwrap(), before, "nothing is lost");

    assert_eq!(rotate(&old, &new, &stored).await, Ok(RootStep::Finish));
    let after = stored.lock().unwrap().clone();
    assert!(opens(&new, &after).await && !opens(&old, &after).await);

    // From service to service, and home again.
    let other = transit::provider(&away, "");
    assert_eq!(rotate(&new, &other, &stored).await, Ok(RootStep::Finish));
    let home = local("9e");
    assert_eq!(rotate(&other, &home, &stored).await, Ok(RootStep::Finish));
    let last = stored.lock().unwrap().clone();
    assert!(opens(&home, &last).await);
}

#[tokio::test]
async fn a_root_is_not_rotated_to_itself() {
    let peer = Peer::start(bound).await;
    let (one, same) = (transit::provider(&peer, ""), transit::provider(&peer, "token_variable = \"VAULT_TOKEN\""));
    assert_eq!(rotation((&one, &same), INSTALL), Err(SameRoot));
    assert_eq!(rotation((&local("8f"), &local("8f")), INSTALL), Err(SameRoot));
}
