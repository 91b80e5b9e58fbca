//! What every service must stand: it works, it binds what it wraps, and whatever goes wrong with it is told, costs nothing,
//! and says no secret.

use peta_roots::{ProveError, Provider, Trouble, prove};
use peta_testkit::services::{Fault, Peer};
use peta_vault::{
    Key,
    keyring::{Keyring, UnlockError},
    keys::{KekRow, Purpose},
    root::RootError,
};

use crate::world::{Counting, INSTALL, NOW, TENANT, context};

/// What a test knows of its service.
pub(crate) struct Service<'a> {
    pub(crate) peer: &'a Peer,
    pub(crate) provider: &'a Provider,
    /// How it says: not allowed, no such key.
    pub(crate) denied: (u16, &'static str),
    pub(crate) no_key: (u16, &'static str),
    /// What Core proves itself with, which nobody may read.
    pub(crate) secret: &'static str,
}

async fn wrapped(provider: &Provider) -> Result<Vec<u8>, RootError> {
    let wrapping = |root: &dyn peta_vault::root::Root| {
        let key = Key::random(&mut Counting(40)).unwrap();
        root.wrap(&context(1), &key, &mut Counting(90))
    };
    provider.run(wrapping).await.unwrap()
}

async fn unwrapped(provider: &Provider, kek: u8, bytes: &[u8]) -> Result<[u8; 32], RootError> {
    let bytes = bytes.to_vec();
    provider.run(move |root| root.unwrap(&context(kek), &bytes).map(|key| key.with(|key| *key))).await.unwrap()
}

pub(crate) async fn stands(service: &Service<'_>) {
    let Service { provider, .. } = service;
    let first = wrapped(provider).await.unwrap();
    let key = unwrapped(provider, 1, &first).await.unwrap();
    assert_eq!(key, Key::random(&mut Counting(40)).unwrap().with(|key| *key));
    assert_eq!(unwrapped(provider, 2, &first).await, Err(RootError::Refused), "another context");
    assert_eq!(unwrapped(provider, 1, b"no such thing").await, Err(RootError::Refused));
    assert_eq!(provider.trouble(), None, "what is wrong with a row says nothing of the provider");
    assert_eq!(prove(provider, INSTALL, Counting(7)).await, Ok(()));

    faults(service, &first).await;
    keyring(service).await;
    let said = format!("{provider:?} {:?}", provider.trouble());
    assert!(!said.contains(service.secret), "{said}");
}

async fn faults(service: &Service<'_>, first: &[u8]) {
    let Service { peer, provider, .. } = service;
    let trouble = async |faults: Vec<Fault>| {
        peer.take();
        peer.next(faults);
        let answer = unwrapped(provider, 1, first).await;
        let Err(RootError::Unavailable(why)) = answer else { panic!("{answer:?}") };
        let trouble = provider.trouble().unwrap();
        assert_eq!(why, trouble.to_string());
        assert!(!why.contains(service.secret) && !why.contains("gossip"), "{why}");
        peer.next([]);
        (trouble, peer.take().len())
    };
    let (status, body) = service.denied;
    assert!(matches!(trouble(vec![Fault::Status(status, body)]).await, (Trouble::Denied(_), 1)));
    let (status, body) = service.no_key;
    assert!(matches!(trouble(vec![Fault::Status(status, body)]).await, (Trouble::NoKey(_), 1)));
    let garbage = trouble(vec![Fault::Status(200, "gossip <html>")]).await;
    assert!(matches!(garbage, (Trouble::Answer(_), 1)), "{garbage:?}");
    assert!(matches!(trouble(vec![Fault::Status(200, "{}")]).await, (Trouble::Answer(_), 1)));
    assert!(matches!(trouble(vec![Fault::Long]).await, (Trouble::Answer(_), 1)));
    assert!(matches!(trouble(vec![Fault::Status(418, "gossip")]).await, (Trouble::Answer(_), 1)));
    let silent = trouble(vec![Fault::Silence]).await;
    assert_eq!(silent, (Trouble::Away("no answer within 300 ms".to_owned()), 1));
    let broken = vec![Fault::Status(500, "gossip"), Fault::Status(503, ""), Fault::Status(500, "gossip")];
    assert_eq!(trouble(broken).await, (Trouble::Away("HTTP 500".to_owned()), 3));

    for passing in [429, 500, 503] {
        peer.take();
        peer.next([Fault::Status(passing, ""), Fault::Status(passing, "")]);
        assert!(unwrapped(provider, 1, first).await.is_ok(), "{passing} passes");
        assert_eq!((peer.take().len(), provider.trouble()), (3, None));
    }
}

/// A provider that is away when Core starts: the vault stays locked, the rows stay as they are, and later it opens.
async fn keyring(service: &Service<'_>) {
    let Service { peer, provider, .. } = service;
    let now = NOW.parse().unwrap();
    let whose = [(INSTALL, TENANT, Purpose::Vault), (INSTALL, TENANT, Purpose::Handle)];
    let making = move |root: &dyn peta_vault::root::Root| {
        let make = |(at, whose)| KekRow::make(root, whose, now, &mut Counting(at)).unwrap().0;
        (1..).zip(whose).map(make).collect::<Vec<_>>()
    };
    let rows = provider.run(making).await.unwrap();
    assert!(rows.iter().all(|row| row.check == provider.check(INSTALL)));
    let unlock = async || {
        let rows = rows.clone();
        let unlocking = move |root: &dyn peta_vault::root::Root| {
            let mut ring = Keyring::locked(INSTALL);
            let left_out = ring.unlock(root, &rows);
            (ring.is_locked(), left_out)
        };
        provider.run(unlocking).await.unwrap()
    };
    peer.next([Fault::Silence]);
    let (is_locked, why) = unlock().await;
    assert!(is_locked && matches!(why, Err(UnlockError::Unavailable(_))), "{why:?}");
    assert_eq!(unlock().await, (false, Ok(Vec::new())));
}

/// A service that passes over the context: no key is to be wrapped there.
pub(crate) async fn is_found_unbound(provider: &Provider) {
    assert_eq!(prove(provider, INSTALL, Counting(7)).await, Err(ProveError::Unbound));
}

/// Wraps and unwraps once.
pub(crate) async fn uses(provider: &Provider) -> Result<(), RootError> {
    let bytes = wrapped(provider).await?;
    unwrapped(provider, 1, &bytes).await.map(|_| ())
}

pub(crate) async fn is_used(provider: &Provider) {
    assert_eq!(uses(provider).await, Ok(()));
}
