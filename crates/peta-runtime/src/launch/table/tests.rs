use super::*;

#[test]
fn state_and_parent_are_read_past_an_odd_name() {
    assert_eq!(state_and_parent(b"12 (a) b (c) S 7 12 12 0 -1"), Some(("S", 7)));
    assert_eq!(state_and_parent(b"12 (sh) Z 1 12"), Some(("Z", 1)));
    assert_eq!(state_and_parent(b"garbage"), None);
}

#[test]
fn this_process_has_a_parent_that_it_descends_from() {
    let me = std::process::id().try_into().unwrap();
    let mine = processes().find(|entry| entry.pid == me).unwrap();
    assert!(!mine.dead);
    assert!(descendants(mine.parent).contains(&me));
    assert!(!descendants(me).contains(&me));
}
