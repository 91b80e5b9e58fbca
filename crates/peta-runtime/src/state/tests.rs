use super::*;
use crate::fault::Executed;

fn times() -> Times {
    Times { back_off: Duration::from_millis(250), back_off_most: Duration::from_secs(60), ..Times::default() }
}

fn broken() -> OpenError {
    OpenError::new(Code::SERVER_UNREACHABLE, "broken")
}

/// The wait that follows so many failures, with the greatest jitter.
fn wait_after(failures: u32) -> Duration {
    let (state, now) = (State::new(None), Instant::now());
    let mut then = now;
    for _ in 0..failures {
        assert!(matches!(state.plan(then), Plan::Start(..)));
        let most = 250_u64.saturating_mul(1 << (failures - 1).min(20)).min(60_000);
        state.failed(&broken(), &times(), most, then);
        then += Duration::from_secs(100);
    }
    match state.plan(then - Duration::from_secs(100)) {
        Plan::Later(until, last) => {
            assert_eq!(last, broken());
            until - (then - Duration::from_secs(100))
        }
        _ => Duration::ZERO,
    }
}

#[test]
fn back_off_doubles_to_its_most() {
    let waits: Vec<u128> = [1, 2, 3, 8, 9, 40].into_iter().map(|failures| wait_after(failures).as_millis()).collect();
    assert_eq!(waits, [250, 500, 1_000, 32_000, 60_000, 60_000]);
}

#[test]
fn jitter_may_take_all_of_the_wait_away() {
    let (state, now) = (State::new(None), Instant::now());
    assert!(matches!(state.plan(now), Plan::Start(..)));
    state.failed(&broken(), &times(), 0, now);
    assert!(matches!(state.plan(now), Plan::Start(..)));
}

#[test]
fn one_opening_is_under_way_at_a_time() {
    let (state, now) = (State::new(None), Instant::now());
    let first = state.plan(now);
    assert!(matches!(first, Plan::Start(1, _)));
    assert!(matches!(state.plan(now), Plan::Wait(_)));
}

#[test]
fn no_room_is_not_the_servers_fault() {
    let (state, now) = (State::new(None), Instant::now());
    assert!(matches!(state.plan(now), Plan::Start(..)));
    state.failed(&OpenError::new(Code::INSTANCE_LIMIT, "full"), &times(), 250, now);
    assert!(matches!(state.plan(now), Plan::Start(..)));
}

#[test]
fn what_was_withdrawn_never_opens() {
    let (state, now) = (State::new(None), Instant::now());
    state.withdraw(LostWhy::new(Code::SERVER_WITHDRAWN, Executed::Maybe, "off"));
    assert!(matches!(state.plan(now), Plan::Never(error) if error.code == Code::SERVER_WITHDRAWN));
    assert_eq!(state.line(true).unwrap_err().code, Code::SERVER_WITHDRAWN);
}

#[test]
fn news_of_an_old_line_is_not_news() {
    let (state, now) = (State::new(None), Instant::now());
    let why = LostWhy::new(Code::SERVER_LOST, Executed::Maybe, "gone");
    assert!(state.lost(7, &why, &times(), 250, now).is_none());
    assert!(matches!(state.plan(now), Plan::Start(..)), "no back-off came of it");
}
