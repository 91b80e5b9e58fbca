use std::time::Duration;

use peta_mcp::Limits;

use super::*;
use crate::lane::event_id::Place;

fn buffer(bytes: usize, events: usize, owed: Option<usize>) -> (Buffer, Arc<Budget>) {
    let budget = Budget::of_all(1 << 20);
    (Buffer::lasting(Bounds { bytes, events }, owed, Namer::new(1, [].iter()), Arc::clone(&budget)), budget)
}

fn told(text: &str) -> Item {
    Item::Told(Bytes::copy_from_slice(text.as_bytes()))
}

/// The data of all events from a number on, as a reader would get them.
fn rest(buffer: &mut Buffer, mut from: u64) -> Vec<String> {
    let mut all = Vec::new();
    while let Some((next, frame)) = buffer.read(from) {
        from = next;
        let text = String::from_utf8(frame.to_vec()).unwrap();
        let id = text.lines().find_map(|line| line.strip_prefix("id: ")).unwrap();
        assert_eq!(Place::read(id, &Limits::default()).unwrap().number + 1, next);
        all.push(text.lines().find_map(|line| line.strip_prefix("data: ")).unwrap().to_owned());
    }
    all
}

#[test]
fn what_was_read_can_be_read_again() {
    let (mut buffer, _) = buffer(1_000, 10, Some(1));
    let now = Instant::now();
    buffer.put(told("a"), now);
    buffer.put(Item::Answer("b".into()), now);
    assert_eq!(rest(&mut buffer, 0), ["a", "b"]);
    assert!(buffer.is_finished() && buffer.is_read());
    assert_eq!(rest(&mut buffer, 1), ["b"]);
    assert!(!buffer.has(2) && !buffer.lost_answer(2));
}

#[test]
fn the_oldest_notifications_go_first_and_the_answer_never() {
    let (mut buffer, budget) = buffer(10_000, 3, Some(1));
    let now = Instant::now();
    buffer.put(Item::Asked("question".into()), now);
    for text in ["1", "2", "3", "4"] {
        buffer.put(told(text), now);
    }
    assert_eq!(rest(&mut buffer, 0), ["question", "3", "4"]);
    assert_eq!(budget.lost(), 2, "two were never read");
    buffer.put(Item::Answer("x".repeat(20_000).into()), now);
    let left = rest(&mut buffer, 0);
    assert_eq!((left.len(), left[2].len()), (3, 20_000), "an answer is not counted against the rest: {left:?}");
    let (mut small, _) = self::buffer(60, 100, Some(1));
    small.put(Item::Answer("kept".into()), now);
    small.put(told(&"long".repeat(30)), now);
    assert_eq!(rest(&mut small, 0), ["kept"]);
}

#[test]
fn age_takes_what_was_read_and_what_nobody_reads() {
    let (mut buffer, budget) = buffer(10_000, 100, Some(1));
    let then = Instant::now();
    buffer.put(told("read"), then);
    assert_eq!(rest(&mut buffer, 0), ["read"]);
    buffer.put(Item::Answer("unread".into()), then);
    buffer.forget_before(then + Duration::from_secs(1), true);
    assert_eq!(rest(&mut buffer, 0), ["unread"], "a slow reader still gets its answer");
    buffer.forget_before(then + Duration::from_secs(1), false);
    assert!(buffer.is_empty() && buffer.lost_answer(0) && !buffer.lost_answer(2));
    drop(buffer);
    assert!(!budget.is_over());
}

#[test]
fn what_nobody_was_given_can_move_on() {
    let (mut buffer, _) = buffer(10_000, 100, None);
    let now = Instant::now();
    for text in ["a", "b", "c"] {
        buffer.put(told(text), now);
    }
    buffer.read(0);
    let moved = buffer.take_unread();
    let texts: Vec<&[u8]> =
        moved.iter().map(|item| if let Item::Told(text) = item { text.as_ref() } else { b"" }).collect();
    assert_eq!(texts, [b"b", b"c"]);
    assert_eq!(rest(&mut buffer, 0), ["a"]);
}

#[test]
fn a_stream_that_cannot_be_resumed_keeps_nothing_that_was_read() {
    let mut buffer = Buffer::passing(Bounds { bytes: 100, events: 10 }, None);
    buffer.put(told("a"), Instant::now());
    assert_eq!(buffer.read(0).unwrap().1, "event: message\ndata: a\n\n");
    assert!(buffer.is_empty());
}
