use std::sync::atomic::{AtomicU64, Ordering};

use peta_arena::Unlocked;
use peta_model::Moment;

use super::*;
use crate::{
    NoRandom,
    keys::{self, KekState},
    root::LocalRoot,
    sanitize::Secret,
};

struct Counted(u8);

impl Random for Counted {
    fn fill(&mut self, out: &mut [u8]) -> Result<(), NoRandom> {
        for byte in out {
            self.0 = self.0.wrapping_mul(31).wrapping_add(17);
            *byte = self.0;
        }
        Ok(())
    }
}

const TENANT: TenantId = TenantId::from_bytes([2; 16]);
const OBJECT: [u8; 16] = [3; 16];
const PLACE: (TenantId, [u8; 16], u64) = (TENANT, OBJECT, 1);

fn safe(arena: usize) -> (Safe, Arc<AtomicU64>) {
    let install = InstallId::from_bytes([1; 16]);
    let seconds = Arc::new(AtomicU64::new(0));
    let clock = Arc::clone(&seconds);
    let arena = Arena::new(arena, Unlocked::Tell).unwrap();
    let clock = Box::new(move || Duration::from_secs(clock.load(Ordering::Relaxed)));
    let safe = Safe::locked(install, arena, clock, Box::new(Counted(1)));
    let root = LocalRoot::random(&mut Counted(9)).unwrap();
    let row = |purpose, seed| {
        KekRow::make(&root, (install, TENANT, purpose), Moment::from_micros(0), &mut Counted(seed)).unwrap().0
    };
    let rows = [row(Purpose::Vault, 20), row(Purpose::Digest, 30)];
    assert_eq!(safe.unlock(&root, &rows), Ok(Vec::new()));
    let kek = safe.wants_wraps(TENANT, Purpose::Vault, 1).unwrap();
    safe.grant(keys::reserve(kek, 0).unwrap().1).unwrap();
    assert_eq!(safe.wants_wraps(TENANT, Purpose::Vault, 1), None);
    (safe, seconds)
}

fn secret(bytes: &[u8]) -> Secret<'_> {
    Secret { bytes, user: None, header: None }
}

#[test]
fn it_is_lent_in_each_shape_and_to_what_it_was_bound_to() {
    let (safe, _) = safe(1 << 16);
    let sealed = safe.seal(PLACE, b"here", &secret(b"s3cret/ \xc3\xa9?")).unwrap();
    let lent = |shape| {
        let lease = safe.lend(&sealed.envelope, PLACE, b"here", &shape).unwrap();
        lease.with(safe.now(), <[u8]>::to_vec).unwrap()
    };
    assert_eq!(lent(Shape::Plain), b"s3cret/ \xc3\xa9?");
    assert_eq!(lent(Shape::Percent), b"s3cret%2F%20%C3%A9%3F");
    assert_eq!(lent(Shape::Basic { user: "ada".into() }), b"YWRhOnMzY3JldC8gw6k/");
    assert_eq!(safe.leases_open(), 0);

    let refused = |place, bound: &[u8]| safe.lend(&sealed.envelope, place, bound, &Shape::Plain).map(drop).unwrap_err();
    assert_eq!(refused(PLACE, b"there"), NotLent::Unbound);
    assert!(matches!(refused((TENANT, OBJECT, 2), b"here"), NotLent::Damaged(_)));

    let moved = safe.bind_anew(&sealed.envelope, (TENANT, OBJECT, 1, 2), b"there").unwrap();
    let lease = safe.lend(&moved, (TENANT, OBJECT, 2), b"there", &Shape::Plain).unwrap();
    assert_eq!(lease.with(safe.now(), |bytes| bytes.len()), Ok(11));
}

#[test]
fn every_length_of_a_basic_pair_is_padded_right() {
    let write = |secret: &[u8]| {
        let shape = Shape::Basic { user: String::new() };
        let mut out = vec![0; shape.length(secret)];
        assert_eq!(shape.write(secret, &mut out), out.len());
        String::from_utf8(out).unwrap()
    };
    assert_eq!([write(b""), write(b"a"), write(b"ab"), write(b"abc")], ["Og==", "OmE=", "OmFi", "OmFiYw=="]);
}

#[test]
fn a_loan_is_over_at_its_deadline_even_under_its_holder() {
    let (safe, seconds) = safe(1 << 16);
    let sealed = safe.seal(PLACE, b"", &secret(b"0123456789abcdef")).unwrap();
    let lease = safe.lend(&sealed.envelope, PLACE, b"", &Shape::Plain).unwrap();
    seconds.store(28, Ordering::Relaxed);
    assert_eq!((safe.sweep(), lease.with(safe.now(), |_| ()).is_ok()), (0, true));
    seconds.store(29, Ordering::Relaxed);
    assert_eq!((safe.sweep(), safe.leases_open(), lease.with(safe.now(), |_| ()).is_ok()), (1, 0, false));
    assert!(LEASE + SWEEP < Duration::from_secs(30));
}

#[test]
fn locked_it_lends_and_seals_nothing_and_what_was_lent_is_wiped() {
    let (safe, _) = safe(1 << 16);
    let sealed = safe.seal(PLACE, b"", &secret(b"0123456789abcdef")).unwrap();
    let lease = safe.lend(&sealed.envelope, PLACE, b"", &Shape::Plain).unwrap();
    safe.lock();
    assert!(safe.is_locked() && lease.with(safe.now(), |_| ()).is_err());
    assert_eq!(safe.lend(&sealed.envelope, PLACE, b"", &Shape::Plain).map(drop), Err(NotLent::Locked));
    assert!(safe.seal(PLACE, b"", &secret(b"0123456789abcdef")).is_err());
}

#[test]
fn a_full_arena_is_told() {
    let (safe, _) = safe(4096);
    let sealed = safe.seal(PLACE, b"", &secret(&[7; 3000])).unwrap();
    let first = safe.lend(&sealed.envelope, PLACE, b"", &Shape::Plain).unwrap();
    assert_eq!(safe.lend(&sealed.envelope, PLACE, b"", &Shape::Plain).map(drop), Err(NotLent::Full));
    drop(first);
    assert!(safe.lend(&sealed.envelope, PLACE, b"", &Shape::Plain).is_ok());
}

#[test]
fn fingerprints_come_back_as_they_were_made() {
    let (safe, _) = safe(1 << 16);
    let sealed = safe.seal(PLACE, b"", &secret(b"sk_live_9aX2vQ7LmT4c")).unwrap();
    assert!(sealed.weak.is_none());
    assert!(safe.prints(&sealed.prints, PLACE).unwrap().count() > 5);
    assert!(safe.prints(&sealed.prints, (TENANT, OBJECT, 2)).is_err());
    let anew = safe.prints_anew(&sealed.prints, (TENANT, OBJECT, 1, 2)).unwrap();
    let (before, after) = (safe.prints(&sealed.prints, PLACE), safe.prints(&anew, (TENANT, OBJECT, 2)));
    assert_eq!(before.unwrap().to_bytes(), after.unwrap().to_bytes());
    assert!(safe.prints(&sealed.envelope, PLACE).is_err());
}

#[test]
fn keys_go_under_another_root_without_the_old_one_and_secrets_under_other_keys() {
    let (safe, _) = safe(1 << 16);
    let sealed = safe.seal(PLACE, b"", &secret(b"0123456789abcdef")).unwrap();
    let kek = safe.current(TENANT, Purpose::Vault).unwrap();
    let install = InstallId::from_bytes([1; 16]);
    let root = LocalRoot::random(&mut Counted(9)).unwrap();
    let row =
        KekRow::make(&root, (install, TENANT, Purpose::Vault), Moment::from_micros(0), &mut Counted(20)).unwrap().0;
    assert_eq!(row.id, kek);
    let other = LocalRoot::random(&mut Counted(77)).unwrap();
    let rows = safe.wrap_under(&other, std::slice::from_ref(&row), &mut Counted(3)).unwrap();
    let (new, _) =
        KekRow::make(&other, (install, TENANT, Purpose::Vault), Moment::from_micros(5), &mut Counted(90)).unwrap();
    let retiring = KekRow { state: KekState::Retiring, ..rows[0].clone() };
    safe.lock();
    assert!(safe.unlock(&root, &rows).is_err());
    safe.unlock(&other, &[retiring, new.clone()]).unwrap();
    safe.grant(keys::reserve(new.id, 0).unwrap().1).unwrap();

    let at = (TENANT, Kind::Credential, OBJECT, 1);
    let mut wrapped = sealed.envelope.clone();
    assert_eq!((safe.rewrap(&mut wrapped, at), safe.rewrap(&mut wrapped, at)), (Ok(true), Ok(false)));
    let resealed = safe.reseal(&sealed.envelope, at).unwrap();
    safe.forget(kek);
    assert!(safe.lend(&sealed.envelope, PLACE, b"", &Shape::Plain).is_err());
    for envelope in [wrapped, resealed] {
        let lease = safe.lend(&envelope, PLACE, b"", &Shape::Plain).unwrap();
        assert_eq!(lease.with(safe.now(), <[u8]>::to_vec).unwrap(), b"0123456789abcdef");
    }
}

#[test]
fn what_lies_beside_a_secret_stays_with_it_and_other_kinds_have_places_of_their_own() {
    let (safe, _) = safe(1 << 16);
    let sealed = safe.seal_with(PLACE, b"here", &secret(b"0123456789abcdef"), &[("grant", b"the rest")]).unwrap();
    let beside = |envelope: &[u8], place, bound: &[u8], name| safe.beside(envelope, place, (bound, name));
    assert_eq!(**beside(&sealed.envelope, PLACE, b"here", "grant").unwrap(), *b"the rest");
    assert!(beside(&sealed.envelope, PLACE, b"there", "grant").is_err());
    assert!(beside(&sealed.envelope, PLACE, b"here", "secret").is_err(), "the secret is lent, and not given");
    let moved = safe.bind_anew(&sealed.envelope, (TENANT, OBJECT, 1, 2), b"there").unwrap();
    assert_eq!(**beside(&moved, (TENANT, OBJECT, 2), b"there", "grant").unwrap(), *b"the rest");

    let at = |kind, object| (TENANT, kind, object, 1);
    let client = safe.seal_bytes(at(Kind::Client, OBJECT), b"a client").unwrap();
    assert_eq!(**safe.open_bytes(&client, at(Kind::Client, OBJECT)).unwrap(), *b"a client");
    assert!(safe.open_bytes(&client, at(Kind::Pending, OBJECT)).is_err());
    assert!(safe.open_bytes(&client, at(Kind::Client, [4; 16])).is_err());
}

/// What a sink shows is lent as secrets are, in the shape in which it is sent, and never passes for a credential's.
#[test]
fn bytes_of_another_kind_are_lent_in_their_shape() {
    let (safe, _) = safe(1 << 16);
    let at = |kind, object| (TENANT, kind, object, 1);
    let sealed = safe.seal_bytes(at(Kind::Sink, OBJECT), b"password").unwrap();
    let lent = |shape| {
        let lease = safe.lend_bytes(&sealed, at(Kind::Sink, OBJECT), &shape).unwrap();
        lease.with(safe.now(), <[u8]>::to_vec).unwrap()
    };
    assert_eq!(lent(Shape::Plain), b"password");
    assert_eq!(lent(Shape::Basic { user: "u".to_owned() }), b"dTpwYXNzd29yZA==");
    assert_eq!(safe.leases_open(), 0);
    assert!(safe.lend_bytes(&sealed, at(Kind::Client, OBJECT), &Shape::Plain).is_err());
    assert!(safe.lend_bytes(&sealed, at(Kind::Sink, [4; 16]), &Shape::Plain).is_err());
    assert!(safe.lend(&sealed, PLACE, b"", &Shape::Plain).is_err());
    safe.lock();
    assert!(matches!(safe.lend_bytes(&sealed, at(Kind::Sink, OBJECT), &Shape::Plain), Err(NotLent::Locked)));
}
