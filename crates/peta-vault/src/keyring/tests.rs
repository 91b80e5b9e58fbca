use super::*;
use crate::{
    Kind,
    keys::{BLOCK, reserve},
    root::{Check, Context, LocalRoot, RootError},
    sample::{Counting, INSTALL, PLACE, TENANT, key},
};

const NOW: Moment = Moment::from_micros(1_700_000_000_000_000);
const FIELD: [(&str, &[u8]); 1] = [("token", b"s3cret")];

fn root(byte: u8) -> LocalRoot {
    LocalRoot::new(key(byte))
}

/// One row for each purpose.
fn rows() -> Vec<KekRow> {
    let mut random = Counting(0);
    let row = |purpose| KekRow::make(&root(1), (INSTALL, TENANT, purpose), NOW, &mut random).ok().unwrap().0;
    Purpose::ALL.map(row).to_vec()
}

fn unlocked(rows: &[KekRow]) -> Keyring {
    let mut ring = Keyring::locked(INSTALL);
    assert_eq!(ring.unlock(&root(1), rows), Ok(Vec::new()));
    for row in rows {
        ring.grant(reserve(row.id, row.reserved).unwrap().1).unwrap();
    }
    ring
}

#[test]
fn seals_and_opens_while_unlocked() {
    let rows = rows();
    let mut ring = unlocked(&rows);
    let bytes = ring.seal(&PLACE, &FIELD, &mut Counting(0)).unwrap();
    assert_eq!(Envelope::parse(&bytes).ok().unwrap().kek(), rows[0].id);
    assert_eq!(ring.open(&bytes, &PLACE).ok().unwrap().open("token").unwrap().as_slice(), b"s3cret");
    let subject = Place { kind: Kind::SubjectKey, ..PLACE };
    let theirs = ring.seal(&subject, &FIELD, &mut Counting(0)).unwrap();
    assert_eq!(Envelope::parse(&theirs).ok().unwrap().kek(), rows[1].id);
    ring.lock();
    assert!(ring.is_locked());
    assert_eq!(ring.open(&bytes, &PLACE).err(), Some(OpenError::Locked));
    assert_eq!(ring.seal(&PLACE, &FIELD, &mut Counting(0)), Err(SealError::Locked));
    let mut again = bytes.clone();
    assert_eq!(ring.rewrap(&mut again, &PLACE, &mut Counting(0)), Err(SealError::Open(OpenError::Locked)));
    assert_eq!(ring.with_current((TENANT, Purpose::Digest), |_, _| ()), Err(LendError::Locked));
    assert_eq!(ring.current(TENANT, Purpose::Vault), None);
    assert!(ring.grant(reserve(rows[0].id, 0).unwrap().1).is_err());
    let kek = rows[0].unwrap(&root(1), INSTALL).ok().unwrap();
    ring.insert(&rows[0], kek);
    assert!(ring.is_locked(), "a key does not unlock it");
}

#[test]
fn a_wrong_root_leaves_it_as_it_was() {
    let rows = rows();
    let mut ring = Keyring::locked(INSTALL);
    assert_eq!(ring.unlock(&root(2), &rows), Err(UnlockError::OtherRoot));
    assert_eq!(ring.unlock(&root(1), &[]), Err(UnlockError::NoRows));
    assert!(ring.is_locked());
    let mut ring = unlocked(&rows);
    assert_eq!(ring.unlock(&root(2), &rows), Err(UnlockError::OtherRoot));
    assert!(!ring.is_locked());
    let mut foreign = Keyring::locked(InstallId::from_bytes([0; 16]));
    assert_eq!(foreign.unlock(&root(1), &rows), Err(UnlockError::OtherRoot));
}

#[test]
fn damaged_rows_are_named() {
    let mut rows = rows();
    rows[2].wrapped[20] ^= 1;
    rows[3].check = Check::from_bytes([0; 32]);
    let mut ring = Keyring::locked(INSTALL);
    let left_out = ring.unlock(&root(1), &rows).unwrap();
    let expected =
        [LeftOut { id: rows[2].id, why: RowError::Damaged }, LeftOut { id: rows[3].id, why: RowError::OtherRoot }];
    assert_eq!(left_out, expected);
    assert_eq!(ring.current(TENANT, Purpose::Handle), None);
    for row in &mut rows {
        row.wrapped[20] ^= 2;
    }
    assert_eq!(Keyring::locked(INSTALL).unlock(&root(1), &rows), Err(UnlockError::Damaged));
}

#[test]
fn a_provider_that_cannot_be_asked_is_no_wrong_root() {
    struct Away;
    impl Root for Away {
        fn check(&self, install: InstallId) -> Check {
            root(1).check(install)
        }
        fn wrap(&self, _: &Context, _: &crate::Key, _: &mut dyn Random) -> Result<Vec<u8>, RootError> {
            Err(RootError::Unavailable("no route".to_owned()))
        }
        fn unwrap(&self, _: &Context, _: &[u8]) -> Result<crate::Key, RootError> {
            Err(RootError::Unavailable("no route".to_owned()))
        }
    }
    let mut ring = Keyring::locked(INSTALL);
    assert_eq!(ring.unlock(&Away, &rows()), Err(UnlockError::Unavailable("no route".to_owned())));
    assert!(ring.is_locked());
}

#[test]
fn wraps_are_spent_and_granted() {
    let rows = rows();
    let mut ring = Keyring::locked(INSTALL);
    ring.unlock(&root(1), &rows).unwrap();
    let vault = rows[0].id;
    assert_eq!(ring.seal(&PLACE, &FIELD, &mut Counting(0)), Err(SealError::NoWraps(vault)));
    ring.grant(reserve(vault, 0).unwrap().1).unwrap();
    ring.seal(&PLACE, &FIELD, &mut Counting(0)).unwrap();
    assert_eq!(ring.wraps_left(vault), BLOCK - 1);
    assert_eq!(ring.wraps_left(rows[1].id), 0);
    // Reading the rows again keeps what was reserved.
    ring.unlock(&root(1), &rows).unwrap();
    assert_eq!(ring.wraps_left(vault), BLOCK - 1);
}

#[test]
fn other_tenants_and_installations_get_nothing() {
    let ring = unlocked(&rows());
    let bytes = ring.seal(&PLACE, &FIELD, &mut Counting(0)).unwrap();
    let tenant = Place { tenant: TenantId::from_bytes([0; 16]), ..PLACE };
    let install = Place { install: InstallId::from_bytes([0; 16]), ..PLACE };
    let kek = Envelope::parse(&bytes).ok().unwrap().kek();
    assert_eq!(ring.open(&bytes, &tenant).err(), Some(OpenError::OtherKey(kek)));
    assert_eq!(ring.open(&bytes, &install).err(), Some(OpenError::OtherKey(kek)));
    assert_eq!(ring.seal(&tenant, &FIELD, &mut Counting(0)), Err(SealError::NoKey));
    assert_eq!(ring.seal(&install, &FIELD, &mut Counting(0)), Err(SealError::OtherKey(kek)));
    // Sealed as a credential, it is no subject key, though that has a key of its own here.
    let kind = Place { kind: Kind::SubjectKey, ..PLACE };
    assert_eq!(ring.open(&bytes, &kind).err(), Some(OpenError::OtherKey(kek)));
}

#[test]
fn after_a_rotation_the_new_key_is_used_and_the_old_one_opens() {
    let mut rows = rows();
    let mut ring = unlocked(&rows);
    let mut bytes = ring.seal(&PLACE, &FIELD, &mut Counting(0)).unwrap();
    assert_eq!(ring.rewrap(&mut bytes, &PLACE, &mut Counting(9)), Ok(false), "it is under the current one");
    rows[0].state = KekState::Retiring;
    let (new, _) = KekRow::make(&root(1), (INSTALL, TENANT, Purpose::Vault), NOW, &mut Counting(99)).ok().unwrap();
    rows.push(new.clone());
    ring.unlock(&root(1), &rows).unwrap();
    assert_eq!(ring.current(TENANT, Purpose::Vault), Some(new.id));
    assert_eq!(ring.open(&bytes, &PLACE).ok().unwrap().open("token").unwrap().as_slice(), b"s3cret");
    ring.grant(reserve(new.id, 0).unwrap().1).unwrap();
    assert_eq!(ring.rewrap(&mut bytes, &PLACE, &mut Counting(9)), Ok(true));
    ring.forget(rows[0].id);
    assert_eq!(ring.open(&bytes, &PLACE).ok().unwrap().open("token").unwrap().as_slice(), b"s3cret");
}

#[test]
fn of_two_current_keys_the_newer_is_used() {
    let (mut first, _) = KekRow::make(&root(1), (INSTALL, TENANT, Purpose::Vault), NOW, &mut Counting(0)).ok().unwrap();
    let (second, _) = KekRow::make(&root(1), (INSTALL, TENANT, Purpose::Vault), NOW, &mut Counting(9)).ok().unwrap();
    first.made = Moment::from_micros(NOW.micros() + 1);
    let ring = unlocked(&[first.clone(), second]);
    assert_eq!(ring.current(TENANT, Purpose::Vault), Some(first.id));
}

#[test]
fn a_retiring_key_seals_nothing_even_if_it_is_the_newest() {
    // As after a clock that was set back between the two.
    let (current, _) = KekRow::make(&root(1), (INSTALL, TENANT, Purpose::Vault), NOW, &mut Counting(0)).ok().unwrap();
    let later = Moment::from_micros(NOW.micros() + 1);
    let (mut old, _) = KekRow::make(&root(1), (INSTALL, TENANT, Purpose::Vault), later, &mut Counting(9)).ok().unwrap();
    old.state = KekState::Retiring;
    let ring = unlocked(&[current.clone(), old.clone()]);
    assert_eq!(ring.current(TENANT, Purpose::Vault), Some(current.id));
    let ring = unlocked(&[old]);
    assert_eq!(ring.seal(&PLACE, &FIELD, &mut Counting(0)), Err(SealError::NoKey));
}

#[test]
fn only_handles_and_digests_are_lent() {
    let rows = rows();
    let ring = unlocked(&rows);
    let (id, first) = ring.with_current((TENANT, Purpose::Digest), |id, key| (id, key[0])).unwrap();
    assert_eq!(id, rows[3].id);
    assert_eq!(ring.with(id, (TENANT, Purpose::Digest), |key| key[0]), Ok(first));
    assert_eq!(ring.with(id, (TENANT, Purpose::Handle), |_| ()), Err(LendError::NoKey));
    assert_eq!(ring.with(id, (TenantId::from_bytes([0; 16]), Purpose::Digest), |_| ()), Err(LendError::NoKey));
    for (row, purpose) in rows.iter().zip(Purpose::ALL) {
        let lent = ring.with(row.id, (TENANT, purpose), |_| ());
        assert_eq!(lent.is_ok(), matches!(purpose, Purpose::Handle | Purpose::Digest), "{purpose:?}");
    }
}

/// Keys that stand in no table hang on one that does, as rows hang on a root.
#[test]
fn a_key_beside_opens_with_its_own_vault_alone() {
    let (root, now) = (LocalRoot::new(key(1)), Moment::from_micros(5));
    let mut random = Counting(0);
    let mut table = |purpose| KekRow::make(&root, (INSTALL, TENANT, purpose), now, &mut random).unwrap().0;
    let (beside, other, vault) = (table(Purpose::Beside), table(Purpose::Beside), table(Purpose::Vault));
    let opened = |rows: &[KekRow]| {
        let mut ring = Keyring::locked(INSTALL);
        ring.unlock(&root, rows).unwrap();
        ring
    };
    let mut ring = opened(std::slice::from_ref(&beside));
    let (row, kek) = ring.make_payload(TENANT, now, &mut Counting(50)).unwrap();
    assert_eq!((ring.current(TENANT, Purpose::Payload), ring.has(row.id)), (None, false), "it is not kept yet");
    ring.insert(&row, kek);
    assert_eq!((ring.current(TENANT, Purpose::Payload), row.purpose), (Some(row.id), Purpose::Payload));
    assert_eq!(row.unwrap(&root, INSTALL).err(), Some(RowError::OtherRoot), "no root opens it");

    let mut again = opened(std::slice::from_ref(&beside));
    assert!(!again.has(row.id));
    assert_eq!(again.take_in_payload(TENANT, std::slice::from_ref(&row)), Ok(vec![]));
    assert!(again.has(row.id));
    again.retire(row.id);
    assert_eq!((again.current(TENANT, Purpose::Payload), again.has(row.id)), (None, true));

    let mut damaged = row.clone();
    damaged.wrapped[20] ^= 1;
    assert_eq!(
        opened(&[beside]).take_in_payload(TENANT, &[damaged]),
        Ok(vec![LeftOut { id: row.id, why: RowError::Damaged }])
    );
    let foreign = opened(&[other]).take_in_payload(TENANT, std::slice::from_ref(&row));
    assert_eq!(foreign, Ok(vec![LeftOut { id: row.id, why: RowError::OtherRoot }]));
    let mut none = opened(&[vault]);
    assert_eq!(none.take_in_payload(TENANT, std::slice::from_ref(&row)), Err(WrapError::NoBeside));
    none.lock();
    assert_eq!(none.make_payload(TENANT, now, &mut Counting(90)).err(), Some(WrapError::Locked));
}
