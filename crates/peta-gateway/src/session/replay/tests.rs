use std::time::Duration;

use super::*;
use crate::lane::{
    self, Bounds, Lane,
    end::{Found, Keeping, LaneEnd},
};

const BOUNDS: Bounds = Bounds { bytes: 1 << 20, events: 1_000 };

fn replay(session: usize, all: usize) -> Arc<Replay> {
    Replay::new(session, &Budget::of_all(all))
}

fn open(replay: &Arc<Replay>, number: u64) -> (Lane, LaneEnd) {
    let (lane, mut end) = lane::open(BOUNDS, true, None);
    let keeping = Keeping {
        number,
        waiting: &[],
        owed: Some(1),
        retry_ms: Some(1),
        budget: replay.budget(),
        shelf: replay.shelf(),
    };
    let (kept, _) = end.keep(keeping, Vec::new());
    replay.add(kept);
    (lane, end)
}

/// A stream that was answered after its client had gone.
fn left(replay: &Arc<Replay>, number: u64, bytes: usize) {
    let (lane, end) = open(replay, number);
    drop(end);
    lane.answer("x".repeat(bytes).into());
}

fn attaches(replay: &Replay, number: u64) -> bool {
    replay.find(number).is_some_and(|kept| matches!(kept.resume(0, None), Found::Attached(_)))
}

#[tokio::test]
async fn together_the_streams_of_a_session_keep_no_more_than_they_may() {
    let replay = replay(10_000, 1 << 20);
    for number in 1..=5 {
        left(&replay, number, 3_000);
    }
    let there: Vec<u64> = (1..=5).filter(|number| attaches(&replay, *number)).collect();
    assert_eq!(there, [4, 5], "the oldest went");
}

#[tokio::test]
async fn one_large_answer_stays_while_the_house_has_room() {
    let roomy = replay(1_000, 1 << 20);
    left(&roomy, 1, 50_000);
    assert!(attaches(&roomy, 1));
    left(&roomy, 2, 50_000);
    assert!(!attaches(&roomy, 1) && attaches(&roomy, 2));
    let full = replay(1 << 20, 20_000);
    left(&full, 1, 50_000);
    assert!(!attaches(&full, 1));
}

#[tokio::test]
async fn what_was_given_goes_before_what_was_not_and_makes_room_for_more_than_one() {
    let replay = replay(10_000, 1 << 20);
    left(&replay, 1, 2_000);
    for number in 2..=20 {
        let (lane, end) = open(&replay, number);
        lane.answer("z".repeat(1_000).into());
        read(end).await;
    }
    assert!(attaches(&replay, 1), "nobody has read it");
    let kept: Vec<u64> = (2..=20).filter(|number| replay.find(*number).is_some()).collect();
    assert!(kept.len() > 1 && kept.last() == Some(&20) && kept.windows(2).all(|two| two[0] + 1 == two[1]), "{kept:?}");
}

/// Reads a stream to its end and goes.
async fn read(mut end: LaneEnd) {
    while std::future::poll_fn(|cx| end.poll_frame(cx)).await.is_some() {}
}

#[tokio::test]
async fn streams_that_are_open_are_not_dropped_for_room() {
    let replay = replay(1_000, 1 << 20);
    let (lane, _end) = open(&replay, 1);
    for number in 2..6 {
        left(&replay, number, 900);
    }
    lane.answer("y".repeat(5_000).into());
    assert!(attaches(&replay, 1));
}

#[tokio::test]
async fn after_a_while_nothing_is_kept_but_what_is_open() {
    let replay = replay(1 << 20, 1 << 20);
    left(&replay, 1, 10);
    let (_lane, end) = open(&replay, 2);
    drop(end);
    let age = Duration::from_secs(600);
    replay.expire(Instant::now() + age / 2, age);
    assert!(attaches(&replay, 1));
    replay.expire(Instant::now() + age * 2, age);
    assert!(!attaches(&replay, 1));
    assert!(attaches(&replay, 2), "its answer is still owed");
}
