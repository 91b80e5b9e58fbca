use super::*;

#[test]
fn opens_only_for_its_caller_and_use() {
    let sealer = Sealer::new(&[7; 32], Random::system()).unwrap();
    let (a, b) = (AgentId::from_bytes([1; 16]), AgentId::from_bytes([2; 16]));
    let handle = sealer.seal(a, "tools", "gh:17").unwrap();
    assert_eq!(sealer.open(a, "tools", &handle).as_deref(), Ok("gh:17"));
    assert_eq!(sealer.open(b, "tools", &handle), Err(NotOurs));
    assert_eq!(sealer.open(a, "prompts", &handle), Err(NotOurs));
    for broken in ["", "zz", "00", &handle[2..], &format!("{handle}00"), &"0".repeat(5_000)] {
        assert_eq!(sealer.open(a, "tools", broken), Err(NotOurs), "{broken}");
    }
}
