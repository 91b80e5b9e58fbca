use super::*;

#[test]
fn reads_and_writes() {
    for (text, millis) in
        [("250ms", 250), ("30s", 30_000), ("15m", 900_000), ("12h", 43_200_000), ("30d", 2_592_000_000)]
    {
        let span: Span = text.parse().unwrap();
        assert_eq!((span.as_millis(), span.to_string().as_str()), (millis, text));
    }
    assert_eq!(Span::from_secs(90).to_string(), "90s");
    assert_eq!(Span::from_secs(120).to_string(), "2m");
    assert_eq!("0s".parse::<Span>().unwrap().to_string(), "0ms");
}

#[test]
fn refuses_the_rest() {
    for text in ["", "s", "5", "-5s", "+5s", "1.5h", "5 s", "99999999999999999999d", "213503982335d"] {
        assert!(text.parse::<Span>().is_err(), "{text}");
    }
}
