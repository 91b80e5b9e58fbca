use std::task::{Context, Poll, Waker};

use super::{
    budget::Budget,
    end::{Found, Keeping, KeptStream},
    *,
};

const BOUNDS: Bounds = Bounds { bytes: 1 << 20, events: 1_000 };

struct Full;

impl Shelf for Full {
    fn make_room(&self) {}
}

fn stream(owed: Option<usize>) -> (Lane, LaneEnd, KeptStream) {
    let (lane, mut end) = open(BOUNDS, true, None);
    let shelf: Arc<dyn Shelf> = Arc::new(Full);
    let keeping = Keeping {
        number: 1,
        waiting: &[],
        owed,
        retry_ms: None,
        budget: Budget::of_all(1 << 20),
        shelf: Arc::downgrade(&shelf),
    };
    let (kept, _) = end.keep(keeping, Vec::new());
    (lane, end, kept)
}

/// The data of the events that are there; an exclamation mark if the stream is over.
fn read(end: &mut LaneEnd) -> String {
    let mut all = String::new();
    loop {
        match end.poll_frame(&mut Context::from_waker(Waker::noop())) {
            Poll::Ready(Some(frame)) => {
                let text = String::from_utf8(frame.to_vec()).unwrap();
                all += text.lines().find_map(|line| line.strip_prefix("data: ")).unwrap();
            }
            Poll::Ready(None) => return all + "!",
            Poll::Pending => return all,
        }
    }
}

#[tokio::test]
async fn a_stream_goes_on_without_its_connection() {
    let (lane, mut end, kept) = stream(Some(1));
    lane.tell("a".into());
    assert_eq!(read(&mut end), "a");
    drop(end);
    assert!(lane.tell("b".into()) && lane.ask("c".into()), "it waits for its client");
    let Found::Attached(mut end) = kept.resume(0, None) else { panic!("it goes on") };
    assert_eq!(read(&mut end), "bc");
    lane.answer("d".into());
    assert_eq!(read(&mut end), "d!");
    drop((lane, end));
    let Found::Attached(mut again) = kept.resume(1, None) else { panic!("the end may have been lost on the way") };
    assert_eq!(read(&mut again), "cd!");
    assert!(matches!(kept.resume(3, None), Found::Drained));
}

#[tokio::test]
async fn the_newest_reader_is_the_one() {
    let (lane, mut first, kept) = stream(Some(1));
    let Found::Attached(mut second) = kept.resume(0, None) else { panic!("it goes on") };
    lane.tell("a".into());
    lane.tell("b".into());
    assert_eq!(read(&mut first), "!");
    drop(first);
    assert!(lane.is_read(), "the end of an older reader is not the end of the newer");
    assert_eq!(read(&mut second), "b");
}

#[tokio::test]
async fn a_lane_that_is_no_stream_ends_with_its_connection() {
    let (lane, end) = open(BOUNDS, true, None);
    assert!(lane.can_stream());
    drop(end);
    assert!(!lane.tell("a".into()) && !lane.ask("b".into()));
}

#[tokio::test]
async fn a_lane_that_nobody_writes_to_any_more_is_over() {
    let (lane, mut end) = open(BOUNDS, true, None);
    drop(lane.clone());
    lane.tell("a".into());
    drop(lane);
    let mut nothing = crate::work::Work::new(async {});
    assert!(matches!(end.next(&mut nothing).await, Some(Item::Told(_))));
    assert!(end.next(&mut nothing).await.is_none());
    let (lane, mut end, _) = stream(Some(1));
    drop(lane);
    assert_eq!(read(&mut end), "!");
}

#[tokio::test]
async fn what_is_cut_gives_its_answers_and_nothing_else() {
    let (lane, mut end, _) = stream(Some(2));
    lane.tell("a".into());
    lane.answer("b".into());
    lane.cut();
    assert!(!lane.tell("c".into()));
    assert_eq!(read(&mut end), "b!");
}

/// A refusal from outside is the whole answer, or none of it: never the end of one that has begun to leave.
#[tokio::test]
async fn an_answer_from_outside_ends_none_that_has_begun() {
    let mut nothing = crate::work::Work::new(async {});
    let lane_of_parts = || {
        let (lane, end) = open(BOUNDS, true, None);
        lane.takes_parts();
        (lane, end)
    };
    let (lane, mut end) = lane_of_parts();
    lane.answer_instead("no".into());
    assert!(!lane.may_pass() && !lane.pass(), "it is answered");
    assert!(matches!(end.next(&mut nothing).await, Some(Item::Answer(text)) if text == "no"));

    let (lane, mut end) = lane_of_parts();
    assert!(lane.pass());
    lane.answer_instead("no".into());
    lane.part("a".into()).await;
    lane.cut();
    assert!(matches!(end.next(&mut nothing).await, Some(Item::Answer(text)) if text == "no"), "nothing had left");
    assert!(end.next(&mut nothing).await.is_none());

    let (lane, mut end) = lane_of_parts();
    assert!(lane.pass() && !lane.can_stream());
    let (part, ()) = tokio::join!(end.next(&mut nothing), lane.part("a".into()));
    assert!(matches!(part, Some(Item::Part(text)) if text == "a"));
    lane.answer_instead("no".into());
    lane.answer("b".into());
    assert!(end.next(&mut nothing).await.is_none(), "it breaks off");
}
