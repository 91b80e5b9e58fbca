use proptest::prelude::*;

use super::*;
use crate::{message::Message, scan::Side};

const LIMITS: Limits = Limits { bytes: 4_096, depth: 8, id_bytes: 32 };

/// What is passed on with this id, and whether a tool says that it failed.
fn through(text: &[u8], size: usize) -> Result<(String, bool), Fault> {
    let mut passage = Passage::new(7, &LIMITS);
    let mut out = Vec::new();
    for piece in text.chunks(size.max(1)) {
        passage.push(Bytes::copy_from_slice(piece))?;
        while let Some(part) = passage.next_part() {
            match part {
                Part::Text(text) => out.extend_from_slice(&text),
                Part::Id => out.extend_from_slice(b"\"a\""),
            }
        }
    }
    assert!(!out.ends_with(b"}") || serde_json::from_slice::<serde_json::Value>(&out).is_err(), "it waits for the end");
    let failed = passage.end()?;
    while let Some(part) = passage.next_part() {
        let Part::Text(text) = part else { panic!("the id has left") };
        out.extend_from_slice(&text);
    }
    Ok((String::from_utf8(out).expect("checked"), failed))
}

/// However the text is cut.
fn all_ways(text: &str) -> Result<(String, bool), Fault> {
    let whole = through(text.as_bytes(), text.len());
    for size in 1..text.len() {
        let cut = through(text.as_bytes(), size);
        assert_eq!(cut.is_ok(), whole.is_ok(), "{text} in pieces of {size}: {cut:?}");
        if whole.is_ok() {
            assert_eq!(cut, whole, "{text} in pieces of {size}");
        }
    }
    whole
}

#[test]
fn everything_but_the_id_passes_as_it_is() {
    let body = r#"{"content":[{"type":"text","text":"a\"é\\ \ud83d\ude00 {[,:"},1,-1.5e+3,true,null,[],{}],"id":9}"#;
    for text in [
        format!(r#"{{"jsonrpc":"2.0","id":7,"result":{body}}}"#),
        format!(r#"{{"result":{body},"jsonrpc":"2.0","id":7}}"#),
        format!(" {{ \"id\" : 7 ,\n\"\\u0072esult\" : {body} , \"jsonrpc\" : \"2.0\", \"more\": \"x\" }}\n"),
    ] {
        let expected = text.replacen("\"id\":7", "\"id\":\"a\"", 1).replacen("\"id\" : 7", "\"id\" : \"a\"", 1);
        assert_eq!(all_ways(&text), Ok((expected, false)));
    }
}

#[test]
fn a_failed_tool_is_noticed() {
    let said = |result: &str| all_ways(&format!(r#"{{"jsonrpc":"2.0","id":7,"result":{result}}}"#)).unwrap().1;
    assert!(said(r#"{"content":[],"isError":true}"#) && said(r#"{"is\u0045rror":true}"#));
    assert!(!said(r#"{"content":[{"isError":true}],"isError":false}"#) && !said(r#"{"a":{"isError":true}}"#));
}

#[test]
fn what_is_no_answer_ends() {
    let texts = [
        "[]",
        "7",
        "{}",
        r#"{"jsonrpc":"2.0","id":7}"#,
        r#"{"jsonrpc":"2.0","result":{}}"#,
        r#"{"id":7,"result":{}}"#,
        r#"{"jsonrpc":"2.0","id":8,"result":{}}"#,
        r#"{"jsonrpc":"2.0","id":"7","result":{}}"#,
        r#"{"jsonrpc":"2.0","id":null,"result":{}}"#,
        r#"{"jsonrpc":"1.0","id":7,"result":{}}"#,
        r#"{"jsonrpc":["2.0"],"id":7,"result":{}}"#,
        r#"{"jsonrpc":"2.0","id":7,"result":{},"error":{}}"#,
        r#"{"jsonrpc":"2.0","id":7,"result":{},"method":"x"}"#,
        r#"{"jsonrpc":"2.0","id":7,"result":{},"id":7}"#,
        r#"{"jsonrpc":"2.0","id":7,"result":{},"r\u0065sult":{}}"#,
        r#"{"jsonrpc":"2.0","id":7,"result":{}} x"#,
        r#"{"jsonrpc":"2.0","id":7,"result":{}},"#,
        r#"{"jsonrpc":"2.0","id":7,"result":{]}"#,
        r#"{"jsonrpc":"2.0","id":7,"result":{"a" 1}}"#,
        r#"{"jsonrpc":"2.0","id":7,"result":{"a":01}}"#,
        r#"{"jsonrpc":"2.0","id":7,"result":{"a":tru}}"#,
        "{\"jsonrpc\":\"2.0\",\"id\":7,\"result\":{\"a\":\"\n\"}}",
        r#"{"jsonrpc":"2.0","id":7,"result":{"a":[[[[[[[[]]]]]]]]}}"#,
        r#"{"jsonrpc":"2.0","id":7,"result":{"a":"#,
    ];
    for text in texts {
        assert!(all_ways(text).is_err(), "{text}");
    }
}

#[test]
fn what_is_too_large_ends() {
    let text = format!(r#"{{"jsonrpc":"2.0","id":7,"result":{{"a":"{}"}}}}"#, "x".repeat(5_000));
    assert_eq!(through(text.as_bytes(), 100), Err(Fault::TooLarge { limit: 4_096 }));
    let limits = Limits { bytes: 1 << 20, ..LIMITS };
    let mut passage = Passage::new(7, &limits);
    let token = format!(r#"{{"{}"#, "x".repeat(TOKEN));
    assert!(passage.push(token.into()).is_err(), "a key does not end");
}

#[test]
fn the_result_is_noticed_as_soon_as_it_begins() {
    let mut passage = Passage::new(7, &LIMITS);
    passage.push(Bytes::from_static(br#"{"jsonrpc":"2.0","more":{"#)).unwrap();
    assert!(!passage.is_in_result());
    passage.push(Bytes::from_static(br#"},"result":{"#)).unwrap();
    assert!(passage.is_in_result());
}

proptest! {
    #[test]
    fn agrees_with_the_reader_of_whole_messages(text in r#"[{}\[\],:"\\a 1-]{0,24}"#, size in 1usize..8) {
        let text = format!(r#"{{"jsonrpc":"2.0","id":7,"result":{{"a":{text}}}}}"#);
        let message = Message::parse(Bytes::from(text.clone()), Side::Server, &LIMITS);
        let whole = message.is_ok_and(|message| message.result().is_some());
        prop_assert_eq!(through(text.as_bytes(), size).is_ok(), whole, "{}", text);
    }
}
