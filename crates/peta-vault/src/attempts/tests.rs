use super::*;

const START: Moment = Moment::from_micros(1_700_000_000_000_000);

fn at(seconds: u64) -> Moment {
    START.after(Span::from_secs(seconds))
}

/// After so many wrong attempts, each made as soon as it may be.
fn after(wrong: u32) -> Attempts {
    (0..wrong).fold(Attempts::default(), |attempts, _| {
        let now = attempts.until().unwrap_or(START);
        attempts.begin(now).unwrap()
    })
}

#[test]
fn five_are_free() {
    let attempts = (0..5).fold(Attempts::default(), |attempts, _| attempts.begin(START).unwrap());
    assert_eq!(attempts, Attempts { wrong: 5, last: Some(START) });
    assert_eq!(attempts.begin(START), Err(Wait { until: at(30) }));
    assert_eq!(attempts.begin(at(29)), Err(Wait { until: at(30) }));
    assert_eq!(attempts.begin(at(30)), Ok(Attempts { wrong: 6, last: Some(at(30)) }));
}

#[test]
fn then_the_delay_doubles_up_to_a_day() {
    let delay = |wrong| {
        let attempts = after(wrong);
        let (last, until) = (attempts.last.unwrap(), attempts.until().unwrap());
        (until.micros() - last.micros()) / 1_000_000
    };
    let delays: Vec<_> = (5..18).map(delay).collect();
    assert_eq!(delays, [30, 60, 120, 240, 480, 960, 1_920, 3_840, 7_680, 15_360, 30_720, 61_440, 86_400]);
    let many = |wrong| Attempts { wrong, last: Some(START) }.until();
    assert!([18, 36, 37, 68, 69, 1_000, u32::MAX].into_iter().all(|wrong| many(wrong) == Some(at(86_400))));
    let most = Attempts { wrong: u32::MAX, last: Some(START) };
    assert_eq!(most.begin(at(86_400)).unwrap().wrong, u32::MAX);
}

#[test]
fn a_kill_in_the_middle_counts() {
    // What `begin` gives is stored before anything is derived: read back, it is an attempt that was made.
    let stored = after(6);
    assert!(stored.begin(stored.last.unwrap()).is_err());
}

#[test]
fn a_clock_that_was_set_back_locks_nobody_out_for_long() {
    let stored = Attempts { wrong: 5, last: Some(at(1_000_000)) };
    let now = at(10);
    assert_eq!(stored.by_clock(now).until(), Some(at(40)));
    assert_eq!(stored.by_clock(at(1_000_010)), stored);
}
