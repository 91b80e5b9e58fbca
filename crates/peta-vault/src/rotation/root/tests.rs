use peta_model::Moment;

use super::*;
use crate::{
    keys::Purpose,
    root::{LocalRoot, Root},
    sample::{Counting, INSTALL, TENANT, key},
};

const NOW: Moment = Moment::from_micros(1_700_000_000_000_000);
const LATER: Moment = Moment::from_micros(1_800_000_000_000_000);

struct World {
    old: LocalRoot,
    new: LocalRoot,
    rows: Vec<KekRow>,
    kept: RootRotation,
}

fn world() -> World {
    let (old, new) = (LocalRoot::new(key(1)), LocalRoot::new(key(2)));
    let mut random = Counting(0);
    let make = |purpose| KekRow::make(&old, (INSTALL, TENANT, purpose), NOW, &mut random).ok().unwrap().0;
    let rows = Purpose::ALL.map(make).to_vec();
    let kept = RootRotation { old: old.check(INSTALL), new: new.check(INSTALL), finished: None };
    World { old, new, rows, kept }
}

impl World {
    fn rewrap(&mut self, id: KekId) {
        let row = self.rows.iter_mut().find(|row| row.id == id).unwrap();
        *row = row.rewrap((&self.old, &self.new), INSTALL, &mut Counting(9)).unwrap();
    }

    fn next(&self) -> RootStep {
        self.kept.next(&self.rows, Some(NOW))
    }
}

#[test]
fn killed_after_any_row_it_goes_on() {
    let mut world = world();
    for left in (1..=Purpose::ALL.len()).rev() {
        let RootStep::Rewrap(ids) = world.next() else { panic!("{left} are left") };
        assert_eq!(ids.len(), left);
        // Written, and killed before anything was remembered; the same once more.
        world.rewrap(ids[0]);
        world.rewrap(ids[0]);
    }
    assert_eq!(world.next(), RootStep::Finish);
    assert_eq!(world.next(), RootStep::Finish, "nothing is remembered but in the store");
    world.kept.finished = Some(LATER);
    assert_eq!(world.next(), RootStep::Keep);
    assert_eq!(world.kept.next(&world.rows, Some(LATER)), RootStep::Keep, "a backup of that very moment");
    let after = Moment::from_micros(LATER.micros() + 1);
    assert_eq!(world.kept.next(&world.rows, Some(after)), RootStep::Drop);
    assert_eq!(world.kept.next(&world.rows, None), RootStep::Drop);
    assert!(world.rows.iter().all(|row| row.unwrap(&world.new, INSTALL).is_ok()));
}

#[test]
fn rows_of_a_backup_are_wrapped_again() {
    let mut world = world();
    let before = world.rows[0].clone();
    for id in world.rows.iter().map(|row| row.id).collect::<Vec<_>>() {
        world.rewrap(id);
    }
    world.kept.finished = Some(LATER);
    world.rows[0] = before;
    assert_eq!(world.next(), RootStep::Rewrap(vec![world.rows[0].id]));
}

#[test]
fn a_row_under_neither_root_stops_it() {
    let mut world = world();
    let (id, damaged) = (world.rows[1].id, Check::from_bytes([0; 32]));
    world.rows[1].check = damaged;
    for other in world.rows.iter().map(|row| row.id).filter(|other| *other != id).collect::<Vec<_>>() {
        world.rewrap(other);
    }
    assert_eq!(world.next(), RootStep::Stuck(vec![id]));
    world.kept.finished = Some(LATER);
    assert_eq!(world.kept.next(&world.rows, None), RootStep::Stuck(vec![id]), "the old root is not dropped");
}

#[test]
fn from_a_root_to_itself_nothing_is_done() {
    let world = world();
    let same = RootRotation { new: world.kept.old, ..world.kept };
    assert_eq!(same.next(&world.rows, None), RootStep::Finish);
}
