use super::*;

/// T63: whatever runs code or dials out is an action that only owners have.
#[test]
fn launch_needs_power() {
    assert!(allows(Role::Owner, Action::ServerLaunch));
    assert!(!allows(Role::Auditor, Action::ServerLaunch) && !allows(Role::Payloads, Action::ServerLaunch));
}

/// T65: owners may everything but read what was said, the others only read, and what was said only those who read nothing else
/// than the record.
#[test]
fn role_ceiling() {
    for action in Action::ALL {
        let said = action == Action::PayloadRead;
        assert_eq!(allows(Role::Owner, action), !said, "{}", action.word());
        let reads = action.word().ends_with(":read");
        assert_eq!(allows(Role::Auditor, action), reads && !said, "{}", action.word());
        assert!(reads || !allows(Role::Payloads, action), "{}", action.word());
    }
    let of_payloads: Vec<_> = Action::ALL.into_iter().filter(|action| allows(Role::Payloads, *action)).collect();
    assert_eq!(of_payloads, [Action::ContractRead, Action::EventRead, Action::PayloadRead]);
}

#[test]
fn schemes_are_read_in_any_case() {
    assert_eq!(bearer(b"Bearer abc"), Some("abc"));
    assert_eq!(bearer(b"bearer  abc"), Some("abc"));
    for other in [&b"Basic abc"[..], b"abc", b"", b"Bearer", b"\xff \xff"] {
        assert_eq!(bearer(other), None);
    }
}
