use super::*;
use crate::{
    root::LocalRoot,
    sample::{Counting, Empty, INSTALL, TENANT, key},
};

const NOW: Moment = Moment::from_micros(1_700_000_000_000_000);

fn root(byte: u8) -> LocalRoot {
    LocalRoot::new(key(byte))
}

fn made() -> (KekRow, Kek) {
    KekRow::make(&root(1), (INSTALL, TENANT, Purpose::Vault), NOW, &mut Counting(0)).ok().unwrap()
}

fn same(a: &Kek, b: &Kek) -> bool {
    a.id == b.id && a.key.with(|a| b.key.with(|b| a == b))
}

#[test]
fn a_row_gives_its_key_back() {
    let (row, kek) = made();
    assert!(same(&row.unwrap(&root(1), INSTALL).ok().unwrap(), &kek));
    assert_eq!((row.reserved, row.made, row.state), (0, NOW, KekState::Current));
    let (other, _) = KekRow::make(&root(1), (INSTALL, TENANT, Purpose::Vault), NOW, &mut Counting(7)).ok().unwrap();
    assert_ne!((other.id, &other.wrapped), (row.id, &row.wrapped));
}

#[test]
fn a_wrong_root_is_not_a_damaged_row() {
    let (row, _) = made();
    assert_eq!(row.unwrap(&root(2), INSTALL).err(), Some(RowError::OtherRoot));
    assert_eq!(row.unwrap(&root(1), InstallId::from_bytes([0; 16])).err(), Some(RowError::OtherRoot));
    let damaged = [
        KekRow { wrapped: vec![0; 60], ..row.clone() },
        KekRow { wrapped: Vec::new(), ..row.clone() },
        KekRow { tenant: TenantId::from_bytes([0; 16]), ..row.clone() },
        KekRow { purpose: Purpose::Sign, ..row.clone() },
        KekRow { id: KekId::from_bytes([0; 16]), ..row.clone() },
    ];
    for row in damaged {
        assert_eq!(row.unwrap(&root(1), INSTALL).err(), Some(RowError::Damaged), "{row:?}");
    }
}

#[test]
fn under_another_root_it_is_the_same_key() {
    let (row, kek) = made();
    let (old, new) = (root(1), root(2));
    let moved = row.rewrap((&old, &new), INSTALL, &mut Counting(50)).unwrap();
    assert!(same(&moved.unwrap(&new, INSTALL).ok().unwrap(), &kek));
    assert_eq!(moved.unwrap(&old, INSTALL).err(), Some(RowError::OtherRoot));
    assert_eq!(KekRow { check: row.check, wrapped: row.wrapped.clone(), ..moved.clone() }, row, "nothing else changes");
    // Once more, as after a kill between writing and remembering that it was written.
    assert_eq!(moved.rewrap((&old, &new), INSTALL, &mut Empty), Ok(moved.clone()));
    assert_eq!(row.rewrap((&new, &old), INSTALL, &mut Empty), Ok(row.clone()));
    let third = root(3);
    assert_eq!(row.rewrap((&new, &third), INSTALL, &mut Empty).err(), Some(RowError::OtherRoot));
}

#[test]
fn without_randomness_there_is_no_key() {
    let made = KekRow::make(&root(1), (INSTALL, TENANT, Purpose::Vault), NOW, &mut Empty);
    assert_eq!(made.err(), Some(RowError::Random(NoRandom)));
}
