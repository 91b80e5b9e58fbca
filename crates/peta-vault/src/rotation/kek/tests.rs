use std::collections::BTreeMap;

use proptest::prelude::*;

use super::*;
use crate::{
    Place,
    envelope::{self, Envelope, WRAP},
    keys::Kek,
    sample::{Counting, PLACE, kek, wrap},
};

const START: Moment = Moment::from_micros(0);
const LATER: Moment = Moment::from_micros(1_000);

/// A store with envelopes, that commits all of a step or nothing.
struct Store {
    rows: BTreeMap<At, Vec<u8>>,
    kept: KekRotation,
    old_is_there: bool,
    random: Counting,
}

fn place(at: At) -> Place {
    Place { kind: at.kind, object: at.object, version: at.version, ..PLACE }
}

fn at(object: u8) -> At {
    At { kind: PLACE.kind, object: [object; 16], version: 1 }
}

impl Store {
    fn new(objects: &[u8], how: How) -> Self {
        let kept = KekRotation::begin((kek(1).id, kek(2).id), how, LATER);
        let mut store = Self { rows: BTreeMap::new(), kept, old_is_there: true, random: Counting(0) };
        objects.iter().for_each(|object| store.seal(at(*object), &kek(1)));
        store
    }

    fn seal(&mut self, at: At, under: &Kek) {
        let field: [(&str, &[u8]); 1] = [("token", &at.object)];
        let sealed = envelope::seal((under, wrap(under)), &place(at), &field, &mut self.random).unwrap();
        self.rows.insert(at, sealed);
    }

    fn of(&self, at: At) -> KekId {
        Envelope::parse(&self.rows[&at]).ok().unwrap().kek()
    }

    /// One step; a kill after so many writes of a page loses them all.
    fn step(&mut self, now: Moment, page: usize, killed_after: Option<usize>) -> KekStep {
        let step = self.kept.next(now);
        match step {
            KekStep::Page { after } => {
                let fits = |at: &At| after.is_none_or(|after| *at > after);
                let seen: Vec<_> =
                    self.rows.keys().filter(|at| fits(at)).take(page).map(|at| (*at, self.of(*at))).collect();
                let (todo, next) = self.kept.page(&seen);
                let before = self.rows.clone();
                for (count, at) in todo.into_iter().enumerate() {
                    if killed_after == Some(count) {
                        self.rows = before;
                        return step;
                    }
                    self.treat(at);
                }
                self.kept = next;
            }
            KekStep::CountAndDestroy => {
                let left = self.rows.keys().filter(|at| self.of(**at) == self.kept.old).count();
                self.kept = self.kept.counted(left as u64);
                self.old_is_there = self.kept.stage != Stage::Destroyed;
            }
            KekStep::Wait { .. } | KekStep::Done => {}
        }
        step
    }

    fn treat(&mut self, at: At) {
        match self.kept.how {
            How::Rewrap => {
                let row = self.rows.get_mut(&at).unwrap();
                let new = kek(2);
                envelope::rewrap(row, &place(at), &kek(1), (&new, wrap(&new)), &mut self.random).unwrap();
            }
            How::Reseal => {
                self.rows.remove(&at);
                self.seal(At { version: at.version + 1, ..at }, &kek(2));
            }
        }
    }
}

#[test]
fn goes_through_pages_waits_and_destroys() {
    let mut store = Store::new(&[1, 2, 3, 4, 5], How::Rewrap);
    let before = store.rows.clone();
    let steps: Vec<_> = (0..5).map(|_| store.step(START, 2, None)).collect();
    let expected = [None, Some(at(2)), Some(at(4)), Some(at(5))].map(|after| KekStep::Page { after });
    assert_eq!(steps[..4], expected);
    assert_eq!(steps[4], KekStep::Wait { until: LATER });
    assert!(store.old_is_there);
    assert_eq!(store.step(LATER, 2, None), KekStep::CountAndDestroy);
    assert_eq!(store.step(LATER, 2, None), KekStep::Done);
    assert!(!store.old_is_there);
    for (at, row) in &store.rows {
        assert_eq!((&row[..8], &row[WRAP.end..]), (&before[at][..8], &before[at][WRAP.end..]));
        assert!(Envelope::parse(row).ok().unwrap().open(&kek(2), &place(*at)).is_ok());
    }
}

#[test]
fn what_others_sealed_meanwhile_is_found_at_the_end() {
    let mut store = Store::new(&[5, 6], How::Rewrap);
    while store.kept.stage != Stage::Count {
        store.step(LATER, 1, None);
    }
    // Behind the cursor, by a replica that has not heard of the new key.
    store.seal(at(1), &kek(1));
    store.step(LATER, 1, None);
    assert!(store.old_is_there);
    assert_eq!(store.kept.stage, Stage::Pages(None));
    for _ in 0..6 {
        store.step(LATER, 1, None);
    }
    assert_eq!(store.kept.next(LATER), KekStep::Done);
    assert!(store.rows.keys().all(|at| store.of(*at) == kek(2).id));
}

#[test]
fn a_page_from_elsewhere_does_not_turn_it_back() {
    let rotation = KekRotation { stage: Stage::Pages(Some(at(5))), ..Store::new(&[], How::Rewrap).kept };
    let (todo, next) = rotation.page(&[(at(4), kek(1).id), (at(5), kek(1).id)]);
    assert_eq!((todo, next.stage), (vec![], Stage::Count), "and the count will find them");
    let counted = next.counted(2);
    assert_eq!(counted.stage, Stage::Pages(None));
    assert_eq!(counted.counted(0), counted, "a count that comes late changes nothing");
    let done = next.counted(0);
    assert_eq!((done.page(&[(at(9), kek(1).id)]).1, done.counted(3)), (done, done));
}

#[test]
fn treatments() {
    let [old, exposed, current] = [1, 2, 3].map(|byte| kek(byte).id);
    assert_eq!(treat(current, current, &[exposed]), Treatment::Keep);
    assert_eq!(treat(old, current, &[exposed]), Treatment::Do(How::Rewrap));
    assert_eq!(treat(exposed, current, &[exposed]), Treatment::Do(How::Reseal));
    assert_eq!(treat(current, current, &[current]), Treatment::Do(How::Reseal));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn killed_anywhere_it_ends_with_nothing_lost(
        objects in proptest::collection::btree_set(0..40_u8, 0..12),
        late in proptest::collection::vec((0..40_u8, 0..30_usize), 0..4),
        kills in proptest::collection::vec(proptest::option::of(0..3_usize), 0..20),
        page in 1..5_usize,
        reseal: bool,
    ) {
        let how = if reseal { How::Reseal } else { How::Rewrap };
        let objects: Vec<u8> = objects.into_iter().collect();
        let mut store = Store::new(&objects, how);
        let mut expected: std::collections::BTreeSet<u8> = objects.into_iter().collect();
        for turn in 0..200 {
            for (object, when) in &late {
                if *when == turn && store.old_is_there && !expected.contains(object) {
                    store.seal(at(*object), &kek(1));
                    expected.insert(*object);
                }
            }
            store.step(LATER, page, kills.get(turn).copied().flatten());
        }
        prop_assert_eq!(store.kept.next(LATER), KekStep::Done);
        let found: Vec<u8> = store.rows.keys().map(|at| at.object[0]).collect();
        prop_assert_eq!(found, expected.into_iter().collect::<Vec<_>>());
        for (at, row) in &store.rows {
            let opened = Envelope::parse(row).ok().unwrap().open(&kek(2), &place(*at)).ok().unwrap();
            let value = opened.open("token").unwrap();
            prop_assert_eq!(value.as_slice(), at.object.as_slice());
        }
    }
}
