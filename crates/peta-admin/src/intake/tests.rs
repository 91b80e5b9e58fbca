use peta_api::{EventQuery, GrantQuery, NewAgent, NewServer};

use super::*;

fn fault<T: std::fmt::Debug>(result: Result<T, Fault>) -> String {
    let response = serde_json::to_value(result.unwrap_err().shown()).unwrap();
    format!("{} {} {}", response["code"].as_str().unwrap(), response["field"], response["detail"].as_str().unwrap())
}

#[test]
fn a_wrong_field_is_named() {
    let said = |text: &str| fault(parse::<NewServer>(text.as_bytes()));
    assert_eq!(said(r#"{"url":"http://x/"}"#), "P7005 \"name\" missing field `name`");
    assert!(said(r#"{"name":"Files"}"#).starts_with("P7005 \"name\" `Files` is no server name"));
    assert!(said(r#"{"name":"a","idle":"soon"}"#).starts_with("P7005 \"idle\" `soon` is no length of time"));
    assert!(said(r#"{"name":"a","isolaton":"shared"}"#).starts_with("P7005 \"isolaton\" unknown field `isolaton`"));
    assert!(said(r#"{"name":"a","isolation":"none"}"#).starts_with("P7005 \"isolation\" unknown variant `none`"));
    assert_eq!(said(r#"{"name":"a","name":"b"}"#), "P7005 \"name\" duplicate field `name`");
    assert!(said(r#"{"name":"a","args":["x",5]}"#).starts_with("P7005 \"args[1]\" invalid type"));
    assert_eq!(said(r#"{"name":"a""#), "P7006 null the body is not JSON: line 1, column 11");
    assert_eq!(said(r#"{"name":"a","url":"u"} x"#), "P7006 null the body is not JSON: line 1, column 24");
    assert!(said("[]").starts_with("P7005 \"name\"") || said("[]").starts_with("P7006"), "{}", said("[]"));
}

#[test]
fn values_of_the_environment_are_not_quoted() {
    let said = fault(parse::<NewServer>(br#"{"name":"a","command":"x","env":{"KEY":["hunter2"],"N":4711}}"#));
    assert!(said.starts_with("P7005 \"env.KEY\""), "{said}");
    assert!(!said.contains("hunter2"), "{said}");
}

#[test]
fn a_wrong_grant_is_named() {
    let said = fault(parse::<NewAgent>(br#"{"name":"a","grants":["files","Bad/x"]}"#));
    assert!(said.starts_with("P7005 \"grants[1]\" `Bad` is no server name"), "{said}");
}

#[test]
fn a_wrong_query_is_named() {
    let said = |text: &str| fault(query::<EventQuery>(&text.parse().unwrap()));
    assert!(said("/?limit=many").starts_with("P7005 \"limit\""), "{}", said("/?limit=many"));
    assert!(said("/?since=yesterday").starts_with("P7005 \"since\" not a time"), "{}", said("/?since=yesterday"));
    assert!(said("/?colour=red").starts_with("P7005 \"colour\" unknown field"), "{}", said("/?colour=red"));
    assert!(said("/?outcome=good").starts_with("P7005 \"outcome\""), "{}", said("/?outcome=good"));
    assert!(fault(query::<GrantQuery>(&"/?agent=%20".parse().unwrap())).starts_with("P7005 \"agent\""));
    assert_eq!(fault(query::<()>(&"/?a=b".parse().unwrap())), "P7006 null this operation takes no query string");
    query::<()>(&"/".parse().unwrap()).unwrap();
}
