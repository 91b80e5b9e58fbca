use bytes::Bytes;

use super::*;
use crate::{Fault, Limits, Malformed, Side};

fn parse(text: &str) -> Result<Message, Malformed> {
    Message::parse(Bytes::copy_from_slice(text.as_bytes()), Side::Agent, &Limits::default())
}

fn fault(text: &str) -> Fault {
    parse(text).expect_err(text).fault
}

#[test]
fn tells_the_kinds_apart() {
    let request = parse(r#"{"jsonrpc":"2.0","id":0,"method":"tools/call","params":{"name":"x"}}"#).unwrap();
    assert_eq!((request.kind(), request.id().unwrap().raw()), (Kind::Request, "0"));
    assert_eq!(request.method(), Some(&Method::Known(Method::TOOLS_CALL)));
    assert_eq!(request.params().unwrap().get("name").unwrap().raw(), "\"x\"");
    let other = parse(r#"{"method":"x/y","jsonrpc":"2.0"}"#).unwrap();
    assert_eq!((other.kind(), other.method().unwrap().as_str()), (Kind::Notification, "x/y"));
    let result = parse(r#"{"jsonrpc":"2.0","id":"a","result":{}}"#).unwrap();
    assert_eq!((result.kind(), result.result().unwrap().raw()), (Kind::Response, "{}"));
    let error = parse(r#"{"jsonrpc":"2.0","id":null,"error":{"code":-32700,"message":"m"}}"#).unwrap();
    assert_eq!((error.id(), error.error().is_some()), (None, true));
}

#[test]
fn refuses_with_the_reason_and_the_id() {
    assert!(matches!(fault("nope"), Fault::NotJson { at: 0 }));
    assert!(matches!(fault("[]"), Fault::NotAMessage(_)));
    assert!(matches!(fault(r#"{"id":1,"method":"m"}"#), Fault::NotAMessage(_)));
    assert!(matches!(fault(r#"{"jsonrpc":"2.0","id":1,"method":"m","result":{}}"#), Fault::NotAMessage(_)));
    assert!(matches!(fault(r#"{"jsonrpc":"2.0","id":1,"method":"m","params":[1]}"#), Fault::NotAMessage(_)));
    for id in ["1.5", "1e3", "null", "true", "{}", &format!("\"{}\"", "x".repeat(300))] {
        assert!(
            matches!(fault(&format!(r#"{{"jsonrpc":"2.0","id":{id},"method":"m"}}"#)), Fault::BadId { .. }),
            "{id}"
        );
    }
    let twice = parse(r#"{"jsonrpc":"2.0","params":{"a":1,"a":2},"id":"q","method":"m"}"#).unwrap_err();
    assert_eq!((twice.fault, twice.id.unwrap().raw()), (Fault::DuplicateKey, "\"q\""));
    let deep = format!(r#"{{"jsonrpc":"2.0","id":7,"method":"m","params":{{"a":{}}}}}"#, "[".repeat(63));
    let deep = parse(&deep).unwrap_err();
    assert_eq!((deep.fault, deep.id.unwrap().raw()), (Fault::TooDeep { limit: 64 }, "7"));
    let large = Message::parse(Bytes::from_static(b"{}  "), Side::Agent, &Limits { bytes: 3, ..Limits::default() });
    assert_eq!(large.unwrap_err().fault, Fault::TooLarge { limit: 3 });
}

#[test]
fn ids_are_equal_by_type_and_value() {
    let id =
        |raw: &str| parse(&format!(r#"{{"jsonrpc":"2.0","id":{raw},"method":"m"}}"#)).unwrap().id().unwrap().clone();
    assert_ne!(id("1"), id("\"1\""));
    assert_eq!(id("\"a\""), id("\"\\u0061\""));
    assert_eq!(id("\"\\u0061\"").raw(), "\"\\u0061\"");
    assert_eq!(id("12345678901234567890123").raw(), "12345678901234567890123");
    assert_ne!(id("9007199254740993"), id("9007199254740992"));
}

#[test]
fn splicing_the_id_keeps_the_rest() {
    let message = parse("{\"jsonrpc\":\"2.0\", \"id\" : \"x\" ,\"method\":\"m\",\"x\":1e0}").unwrap();
    assert_eq!(&message.splice_id("5").finish()[..], b"{\"jsonrpc\":\"2.0\", \"id\" : 5 ,\"method\":\"m\",\"x\":1e0}");
}

#[test]
fn a_batch_is_its_messages() {
    let text = Bytes::from_static(br#" [ {"a":1} , 2 ] "#);
    let texts = batch(&text, &Limits::default()).unwrap();
    assert_eq!(texts, [Bytes::from_static(br#"{"a":1}"#), Bytes::from_static(b"2")]);
}
