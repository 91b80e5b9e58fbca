use super::*;

#[test]
fn slugs() {
    for good in ["a", "github", "fs-2", "a23456789012345-"] {
        assert!(good.parse::<Slug>().is_ok(), "{good}");
    }
    for bad in ["", "A", "1a", "-a", "a_b", "a23456789012345-x", "é", "a b", "a\n"] {
        assert!(bad.parse::<Slug>().is_err(), "{bad}");
    }
}

#[test]
fn agent_names() {
    for good in ["a", "Claude.Code_2-x", "9"] {
        assert!(good.parse::<AgentName>().is_ok(), "{good}");
    }
    for bad in ["", ".a", "a b", "a/b", "ü", &"a".repeat(65)] {
        assert!(bad.parse::<AgentName>().is_err(), "{bad}");
    }
}

#[test]
fn a_refused_name_cannot_forge_a_line() {
    let error = "x\nready http://evil".parse::<Slug>().unwrap_err();
    assert!(!error.to_string().contains('\n'));
}
