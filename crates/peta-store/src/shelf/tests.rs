use std::collections::HashMap;

use proptest::prelude::*;

use super::*;

fn filled(count: u32) -> Shelf<u32, u32> {
    let mut shelf = Shelf::default();
    (0..count).for_each(|key| shelf.put(key, key));
    shelf
}

/// However many there are, a change copies one board and one drawer: pointers, and the items of the drawer.
#[test]
fn a_change_copies_one_board_and_one_drawer() {
    let old = filled(50_000);
    let mut new = old.clone();
    assert!(Arc::ptr_eq(&old.boards, &new.boards), "a copy shares everything");
    new.put(7, 0);
    assert_eq!((old.get(&7), new.get(&7), new.get(&8), new.get(&50_000)), (Some(&7), Some(&0), Some(&8), None));
    let differ = |pairs: Vec<(usize, usize)>| pairs.into_iter().filter(|(old, new)| old != new).count();
    let boards = old.boards.iter().flatten().zip(new.boards.iter().flatten());
    assert_eq!(differ(boards.map(|(old, new)| (Arc::as_ptr(old).addr(), Arc::as_ptr(new).addr())).collect()), 1);
    let drawers = |shelf: &Shelf<u32, u32>| -> Vec<usize> {
        let drawers = shelf.boards.iter().flatten().flat_map(|board| board.iter().flatten());
        drawers.map(|drawer| Arc::as_ptr(drawer).addr()).collect()
    };
    assert_eq!(differ(drawers(&old).into_iter().zip(drawers(&new)).collect()), 1);
    assert_eq!(new.iter().count(), 50_000);
}

#[test]
fn what_is_not_there_is_taken_without_a_copy() {
    let old = filled(100);
    let mut new = old.clone();
    new.take(&100);
    assert!(Arc::ptr_eq(&old.boards, &new.boards));
}

/// Keys of parts are found by their parts, and nothing is allocated for it.
#[test]
fn a_key_is_found_by_what_hashes_alike() {
    let mut shelf: Shelf<(u8, String), u8> = Shelf::default();
    shelf.put((1, "ada".into()), 1);
    shelf.put((2, "ada".into()), 2);
    let of = |number: u8, name: &str| shelf.find(&(number, name), |key| key.0 == number && key.1 == name).copied();
    assert_eq!((of(1, "ada"), of(2, "ada"), of(3, "ada")), (Some(1), Some(2), None));
}

proptest! {
    /// It is a map, whatever is done to it, and an older copy stays as it was.
    #[test]
    fn does_what_a_map_does(steps in prop::collection::vec((any::<bool>(), 0..200_u16, any::<u8>()), 0..400)) {
        let (mut shelf, mut map) = (Shelf::default(), HashMap::new());
        let (mut older, mut known) = (shelf.clone(), map.clone());
        for (at, (puts, key, value)) in steps.into_iter().enumerate() {
            if puts {
                shelf.put(key, value);
                map.insert(key, value);
            } else {
                shelf.take(&key);
                map.remove(&key);
            }
            if at % 50 == 0 {
                (older, known) = (shelf.clone(), map.clone());
            }
        }
        for (shelf, map) in [(&shelf, &map), (&older, &known)] {
            let all: HashMap<u16, u8> = shelf.iter().map(|(key, value)| (*key, *value)).collect();
            prop_assert_eq!(&all, map);
            prop_assert_eq!(shelf.iter().count(), map.len());
            (0..200).for_each(|key| assert_eq!(shelf.get(&key), map.get(&key)));
        }
    }
}
