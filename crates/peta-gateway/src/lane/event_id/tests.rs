use super::*;

fn ids(raw: &[&str]) -> Vec<RequestId> {
    raw.iter().map(|raw| RequestId::read(Value::of(raw).unwrap(), &Limits::default()).unwrap()).collect()
}

#[test]
fn an_event_id_says_what_is_still_owed() {
    let waiting = ids(&["5", r#""a\n é-.""#]);
    let namer = Namer::new(0x7f_0000_0003, waiting.iter());
    let place = Place::read(&namer.name(12, true), &Limits::default()).unwrap();
    assert_eq!((place.stream, place.number, &place.waiting), (0x7f_0000_0003, 12, &waiting));
    let last = Place::read(&namer.name(13, false), &Limits::default()).unwrap();
    assert_eq!((last.stream, last.number, last.waiting.len()), (0x7f_0000_0003, 13, 0));
}

#[test]
fn what_is_no_event_id_is_told_apart() {
    for text in
        ["", "1", "1.", ".1", "1.2.", "1.2.3", "1.2.35.35", "x.1", "+1.2", "1.2.zz", "1.2.7b7d", "1.2.35--35", "1.2.é"]
    {
        assert!(Place::read(text, &Limits::default()).is_none(), "{text}");
    }
    let long = format!("1.2.{}", "22".repeat(300));
    assert!(Place::read(&long, &Limits::default()).is_none());
    assert!(Place::read("ffffffffffffffffff.1", &Limits::default()).is_none(), "too large for a number");
}

#[test]
fn a_list_that_is_too_long_for_a_header_is_left_out() {
    let long = format!("\"{}\"", "x".repeat(200));
    let many = vec![ids(&[&long]).remove(0); 100];
    assert_eq!(Namer::new(1, many.iter()).name(2, true), "1.2");
}
