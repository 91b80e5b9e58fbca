use super::*;

#[test]
fn reads_and_writes() {
    let moment: Moment = "2026-11-24T20:15:00.5+01:00".parse().unwrap();
    assert_eq!(moment.to_string(), "2026-11-24T19:15:00.500000Z");
    assert_eq!(moment.to_string().parse::<Moment>(), Ok(moment));
    assert_eq!(moment.after(Span::from_secs(60)).to_string(), "2026-11-24T19:16:00.500000Z");
}

#[test]
fn the_ends_of_time_can_be_written() {
    assert_eq!(Moment::from_micros(i64::MAX).to_string(), "9999-12-31T23:59:59.999999Z");
    assert_eq!(Moment::from_micros(i64::MIN).to_string(), "0000-01-01T00:00:00.000000Z");
}

#[test]
fn refuses_the_rest() {
    for text in ["", "tomorrow", "2026-11-24", "2026-13-24T00:00:00Z"] {
        assert_eq!(text.parse::<Moment>(), Err(MomentError), "{text}");
    }
}
