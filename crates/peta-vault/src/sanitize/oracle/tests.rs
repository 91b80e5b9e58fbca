use super::*;

const AGENT: [u8; 16] = [1; 16];
const OTHER: [u8; 16] = [2; 16];

#[test]
fn no_cheap_oracle() {
    let mut oracle = Oracle::default();
    assert_eq!(oracle.judge(AGENT, false), Answer::Pass);
    assert_eq!(oracle.judge(AGENT, true), Answer::Refuse { times: 1 });
    assert_eq!(oracle.judge(AGENT, false), Answer::Pass, "what holds nothing passes, and pardons nothing");
    assert_eq!(oracle.judge(AGENT, true), Answer::Refuse { times: 2 });
    assert_eq!(oracle.judge(AGENT, true), Answer::Suspended { now: true });
    assert_eq!(oracle.judge(AGENT, false), Answer::Suspended { now: false }, "not even a harmless call passes");
    assert_eq!(oracle.judge(AGENT, true), Answer::Suspended { now: false }, "told of once");
    assert_eq!(oracle.judge(OTHER, true), Answer::Refuse { times: 1 }, "each has a count of its own");
}

#[test]
fn a_restart_forgets_nothing() {
    let mut oracle = Oracle::default();
    for _ in 0..2 {
        oracle.judge(AGENT, true);
    }
    oracle.judge(OTHER, true);
    let kept: Vec<_> = oracle.counts().map(|(caller, times)| (*caller, times)).collect();
    let mut again = Oracle::of(kept);
    assert_eq!(again, oracle);
    assert_eq!(again.judge(AGENT, true), Answer::Suspended { now: true });
}

#[test]
fn a_pardon_begins_anew() {
    let mut oracle = Oracle::of([(AGENT, 3), (OTHER, 0)]);
    assert!(oracle.is_suspended(&AGENT) && !oracle.is_suspended(&OTHER));
    oracle.pardon(&AGENT);
    assert_eq!(oracle.judge(AGENT, true), Answer::Refuse { times: 1 });
    assert_eq!(oracle.counts().count(), 1);
}

#[test]
fn counting_does_not_wrap() {
    let mut oracle = Oracle::of([(AGENT, u32::MAX)]);
    assert_eq!(oracle.judge(AGENT, true), Answer::Suspended { now: false });
}
