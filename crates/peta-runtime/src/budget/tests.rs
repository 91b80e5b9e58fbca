use super::*;

#[test]
fn what_is_long_past_counts_no_more() {
    let (start, second) = (Instant::now(), Duration::from_secs(1));
    let mut budget = Budget::new(3, second * 10);
    assert!(!budget.spend(start));
    assert!(!budget.spend(start + second));
    assert!(!budget.spend(start + second * 11), "the first is forgotten");
    assert!(budget.spend(start + second * 11));
}
