use super::*;

fn at(seconds: i64) -> Moment {
    Moment::from_micros(seconds * SECOND)
}

#[test]
fn renewed_ahead_of_the_end() {
    let table = [(3_600, 3_300), (1_800, 1_620), (100, 70), (40, 20), (2, 1), (86_400 * 90, 86_400 * 90 - 300)];
    for (life, when) in table {
        assert_eq!(due(at(0), at(0), Some(at(life))), Due::At(at(when)), "{life}");
        assert_eq!(due(at(when), at(0), Some(at(life))), Due::Now, "{life}");
        assert_eq!(due(at(life), at(0), Some(at(life))), Due::Over, "{life}");
    }
    assert_eq!(due(at(1_000_000), at(0), None), Due::Never);
}

#[test]
fn odd_times_do_no_harm() {
    let (first, last) = (Moment::from_micros(i64::MIN), Moment::from_micros(i64::MAX));
    assert_eq!(due(at(0), last, Some(first)), Due::Over);
    assert!(matches!(due(at(0), first, Some(last)), Due::At(_)));
    assert!(matches!(due(at(0), last, Some(last)), Due::At(_)), "issued later than now: a clock was set");
}
