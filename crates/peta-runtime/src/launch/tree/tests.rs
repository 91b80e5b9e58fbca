use super::*;

#[test]
fn the_parent_is_read_past_an_odd_name() {
    assert_eq!(parent(b"12 (a) b (c) S 7 12 12 0 -1"), Some(7));
    assert_eq!(parent(b"12 (sh) Z 1 12"), Some(1));
    assert_eq!(parent(b"garbage"), None);
}

#[test]
fn this_process_has_a_parent_that_it_descends_from() {
    let me = getpid().as_raw_nonzero().get();
    let (_, parent) = processes().find(|(pid, _)| *pid == me).unwrap();
    assert!(descendants(parent).contains(&me));
    assert!(!descendants(me).contains(&me));
}
