use peta_model::{Moment, Span};

use super::*;

#[test]
fn both_forms() {
    assert_eq!("30d".parse(), Ok(Expiry::After(Span::from_secs(30 * 86_400))));
    let at: Expiry = "2026-11-25T09:30:00Z".parse().unwrap();
    assert_eq!(at.to_string(), "2026-11-25T09:30:00.000000Z");
    assert_eq!(at.from(Moment::from_micros(0)).to_string(), "2026-11-25T09:30:00.000000Z");
    assert_eq!(Expiry::After(Span::from_secs(2)).from(Moment::from_micros(5)), Moment::from_micros(2_000_005));
}

#[test]
fn what_is_neither_is_shown_cut_and_escaped() {
    let error = format!("soon\n{}", "x".repeat(100)).parse::<Expiry>().unwrap_err().to_string();
    assert!(error.starts_with("`soon\\nxxx"), "{error}");
    assert!(error.len() < 160, "{error}");
}
