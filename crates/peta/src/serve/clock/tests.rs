use super::*;

const HOUR: i64 = 3_600_000_000;

fn at(wall: i64, boot: i64) -> Clock {
    Clock { wall: Moment::from_micros(wall), boot }
}

#[test]
fn a_wall_set_back_lengthens_no_life() {
    let began = at(100 * HOUR, HOUR);
    assert_eq!(began.life_at(at(99 * HOUR, 2 * HOUR)), Moment::from_micros(101 * HOUR));
    assert_eq!(began.stepped_at(at(99 * HOUR, 2 * HOUR)), -2 * HOUR);
}

#[test]
fn a_wall_set_forward_counts_as_long_as_it_is_ahead() {
    let began = at(100 * HOUR, HOUR);
    assert_eq!(began.life_at(at(200 * HOUR, 2 * HOUR)), Moment::from_micros(200 * HOUR));
    assert_eq!(began.life_at(at(102 * HOUR, 3 * HOUR)), Moment::from_micros(102 * HOUR));
    assert_eq!(began.stepped_at(at(102 * HOUR, 3 * HOUR)), 0);
}

#[test]
fn a_wall_set_forward_takes_nothing_away() {
    let began = at(100 * HOUR, HOUR);
    assert_eq!(began.behind_at(at(200 * HOUR, 2 * HOUR)), Moment::from_micros(101 * HOUR));
    assert_eq!(began.behind_at(at(99 * HOUR, 2 * HOUR)), Moment::from_micros(99 * HOUR));
    assert_eq!(began.behind_at(at(101 * HOUR, 2 * HOUR)), Moment::from_micros(101 * HOUR));
}

#[test]
fn time_goes_on_while_the_machine_sleeps() {
    let began = Clock::start();
    assert!(began.stepped_at(Clock::start()).abs() < STEP);
}
