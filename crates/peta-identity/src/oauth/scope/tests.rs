use super::*;

#[test]
fn the_challenge_comes_first_then_what_is_supported_then_nothing() {
    let (challenge, supported) = (Scopes::read("a b"), Scopes::read("c"));
    assert_eq!(select(Some(&challenge), Some(&supported), None), Some(challenge));
    assert_eq!(select(None, Some(&supported), None), Some(supported.clone()));
    assert_eq!(select(None, None, Some(&Scopes::read("offline_access"))), None);
    assert_eq!(select(Some(&Scopes::default()), None, None), None);
    assert_eq!(select(Some(&Scopes::default()), Some(&supported), None), Some(supported));
}

#[test]
fn offline_access_is_asked_for_where_it_is_known() {
    let asked = Scopes::read("a");
    assert_eq!(
        select(Some(&asked), None, Some(&Scopes::read("a offline_access"))).unwrap().join(" "),
        "a offline_access"
    );
    assert_eq!(select(Some(&asked), None, Some(&asked)).unwrap().join(" "), "a");
}

#[test]
fn what_cannot_be_a_scope_is_left_out() {
    assert_eq!(Scopes::read("a  a b\"c d\\e ü f\ng https://x/y:z").join(","), "a,https://x/y:z");
    assert_eq!(Scopes::read(&"x ".repeat(1_000)).join(" "), "x");
    let many: String = (0..1_000).map(|number| format!("s{number} ")).collect();
    assert_eq!(Scopes::read(&many).0.len(), MOST);
}

#[test]
fn a_union_keeps_what_was_there() {
    let both = Scopes::read("a b").with(&Scopes::read("b c"));
    assert_eq!(both.join(" "), "a b c");
    assert!(both.covers(&Scopes::read("c a")) && !both.covers(&Scopes::read("d")));
}
