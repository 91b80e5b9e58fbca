use proptest::{collection::vec, prelude::*};

use super::*;

/// What is asked of the rooms.
#[derive(Debug, Clone)]
enum Wish {
    Take(usize),
    /// Gives back one of those that are out, all of it or what is over so many bytes.
    GiveBack(usize, usize),
}

fn wishes() -> impl Strategy<Value = Vec<Wish>> {
    let size = prop_oneof![0..200_usize, 0..5_000_usize, Just(usize::MAX)];
    let wish = prop_oneof![
        3 => size.prop_map(Wish::Take),
        2 => (any::<usize>(), prop_oneof![Just(0), 0..2_000_usize]).prop_map(|(which, keep)| Wish::GiveBack(which, keep)),
    ];
    vec(wish, 0..200)
}

proptest! {
    #[test]
    fn no_two_overlap_and_all_room_comes_back(units in 1..200_usize, wishes in wishes()) {
        let whole = units * UNIT;
        let mut rooms = Rooms::new(whole);
        let mut out: Vec<Range<usize>> = Vec::new();
        for wish in wishes {
            match wish {
                Wish::Take(bytes) => match rooms.take(bytes) {
                    Some(part) => {
                        prop_assert!(part.end <= whole && part.start % UNIT == 0 && part.end % UNIT == 0);
                        prop_assert!(part.len() >= bytes.max(1) && part.len() < bytes.max(1) + UNIT);
                        prop_assert!(out.iter().all(|other| part.end <= other.start || other.end <= part.start));
                        out.push(part);
                    }
                    // Refused only if there is really no gap between those that are out.
                    None => prop_assert!(widest_gap(&out, whole) < bytes.max(1)),
                },
                Wish::GiveBack(..) if out.is_empty() => {}
                Wish::GiveBack(which, keep) => {
                    let at = which % out.len();
                    let part = out.swap_remove(at);
                    let kept = if keep == 0 { 0 } else { keep.next_multiple_of(UNIT).min(part.len()) };
                    rooms.give_back(part.start + kept..part.end);
                    if kept > 0 {
                        out.push(part.start..part.start + kept);
                    }
                }
            }
            prop_assert_eq!(rooms.free(), whole - out.iter().map(Range::len).sum::<usize>());
        }
        for part in out {
            rooms.give_back(part);
        }
        prop_assert_eq!(rooms.gaps, BTreeMap::from([(0, whole)]));
    }
}

fn widest_gap(out: &[Range<usize>], whole: usize) -> usize {
    let mut out: Vec<_> = out.to_vec();
    out.sort_by_key(|part| part.start);
    let starts = std::iter::once(0).chain(out.iter().map(|part| part.end));
    let ends = out.iter().map(|part| part.start).chain([whole]);
    starts.zip(ends).map(|(start, end)| end - start).max().unwrap_or(0)
}

#[test]
fn a_rest_below_a_unit_is_given_to_nobody() {
    let mut rooms = Rooms::new(UNIT + 63);
    assert_eq!(rooms.take(1), Some(0..UNIT));
    assert_eq!(rooms.take(1), None);
    assert_eq!(Rooms::new(63).take(0), None);
}
