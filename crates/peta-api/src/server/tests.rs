use super::*;

#[test]
fn null_is_not_absent() {
    let change: ServerChange = serde_json::from_str(r#"{"idle":null,"total":"5m"}"#).unwrap();
    assert_eq!(change.idle, Some(None));
    assert_eq!(change.total, Some(Some(Span::from_secs(300))));
    assert_eq!(serde_json::to_string(&change).unwrap(), r#"{"idle":null,"total":"5m"}"#);
    assert_eq!(serde_json::from_str::<ServerChange>("{}").unwrap(), ServerChange::default());
}

#[test]
fn unknown_fields_are_refused() {
    for text in [r#"{"name":"a","nmae":"b"}"#, r#"{"name":"a","state":"ready"}"#] {
        assert!(serde_json::from_str::<NewServer>(text).is_err(), "{text}");
    }
    assert!(serde_json::from_str::<ServerChange>(r#"{"name":"b"}"#).is_err(), "a server keeps its name");
}

#[test]
fn discovery_is_the_default() {
    let new: NewServer = serde_json::from_str(r#"{"name":"a","url":"http://127.0.0.1:1/"}"#).unwrap();
    assert!(new.discover && !new.eager);
}
