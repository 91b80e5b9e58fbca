use std::time::Duration;

use tokio::time::Instant;

use super::{Patience, State};

const HEAD: Duration = Duration::from_secs(10);
const REST: Duration = Duration::from_secs(120);
const UNREAD: Duration = Duration::from_secs(60);
const PATIENCE: Patience = Patience { head: HEAD, rest: REST, unread: UNREAD };

#[test]
fn a_connection_that_says_nothing_is_let_go() {
    let start = Instant::now();
    let mut state = State::new(PATIENCE, start);
    state.heard(start + HEAD / 2);
    assert_eq!(state.deadline, Some(start + HEAD), "bytes do not buy time");
}

#[test]
fn a_resting_connection_may_rest() {
    let start = Instant::now();
    let mut state = State::new(PATIENCE, start);
    state.begin(false);
    assert_eq!(state.deadline, None);
    state.end(start + HEAD);
    assert_eq!(state.deadline, Some(start + HEAD + REST));
    assert!(!state.deaf());
}

#[test]
fn a_second_head_must_come_fast() {
    let start = Instant::now();
    let mut state = State::new(PATIENCE, start);
    state.begin(false);
    state.end(start);
    state.heard(start + HEAD);
    state.heard(start + HEAD + HEAD / 2);
    assert_eq!(state.deadline, Some(start + HEAD + HEAD));
    assert!(state.deaf());
}

#[test]
fn frames_between_requests_begin_no_head() {
    let start = Instant::now();
    let mut state = State::new(PATIENCE, start);
    state.begin(true);
    state.end(start);
    state.heard(start + HEAD);
    assert_eq!(state.deadline, Some(start + REST));
}

#[test]
fn nothing_stops_while_a_request_is_in_flight() {
    let start = Instant::now();
    let mut state = State::new(PATIENCE, start);
    state.begin(false);
    state.begin(false);
    state.end(start);
    state.heard(start + REST);
    assert_eq!(state.deadline, None);
    state.end(start + REST);
    assert_eq!(state.deadline, Some(start + REST + REST));
}

#[test]
fn whoever_takes_nothing_is_let_go() {
    let start = Instant::now();
    let mut state = State::new(PATIENCE, start);
    state.begin(false);
    state.stuck(start, true);
    assert_eq!(state.end_at(), Some(start + UNREAD));
    state.stuck(start + UNREAD / 2, false);
    assert_eq!(state.end_at(), None, "whoever reads on may read slowly");
    state.stuck(start + UNREAD, true);
    state.end(start + UNREAD);
    assert_eq!(state.end_at(), Some(start + UNREAD + UNREAD));
}
