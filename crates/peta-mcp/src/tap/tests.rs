use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;

fn tapped(mut tap: Tap, text: &[u8], piece: usize) -> Option<Tapped> {
    text.chunks(piece).for_each(|piece| tap.push(piece));
    tap.finish()
}

fn text(tapped: Option<Tapped>) -> String {
    tapped.unwrap().text
}

#[test]
fn an_outline_has_of_each_text_its_length_and_all_else() {
    let whole =
        r#"{ "name" : "Ada \"A\" \u00e9\ud83d\ude00é", "n": [1, -2.50e3, true, null, "", "x"], "in": {"{\",": "}"} }"#;
    let outline = r#"{"name":"(11 characters)","n":[1,-2.50e3,true,null,"(0 characters)","(1 character)"],"in":{"{\",":"(1 character)"}}"#;
    for piece in [1, 2, 3, 7, 1000] {
        let kept = tapped(Tap::of_value(true, 1000), whole.as_bytes(), piece).unwrap();
        assert_eq!(kept, Tapped { text: outline.to_owned(), length: whole.len() as u64, cut: false }, "{piece}");
    }
    assert_eq!(text(tapped(Tap::of_value(true, 100), br#""secret""#, 3)), r#""(6 characters)""#);
}

#[test]
fn of_an_answer_the_result_or_the_error_is_kept() {
    for (answer, value) in [
        (r#"{"jsonrpc":"2.0","id":7,"result":{"a":[{"result":1}]}}"#, r#"{"a":[{"result":1}]}"#),
        (r#"{ "result" : {"a": "}"} , "id": 7, "jsonrpc":"2.0" }"#, r#"{"a": "}"}"#),
        (
            r#"{"id":"result","error":{"code":-1,"message":"result"},"jsonrpc":"2.0"}"#,
            r#"{"code":-1,"message":"result"}"#,
        ),
        (r#"{"jsonrpc":"2.0","id":"\"result\":1","result":null}"#, "null"),
        (r#"{"jsonrpc":"2.0","_meta":{"result":5},"id":1,"result":true}"#, "true"),
    ] {
        for piece in [1, 2, 5, 1000] {
            let kept = tapped(Tap::of_answer(false, 1000), answer.as_bytes(), piece).unwrap();
            assert_eq!((kept.text.as_str(), kept.length), (value, value.len() as u64), "{piece}");
        }
    }
    assert_eq!(tapped(Tap::of_answer(false, 10), br#"{"jsonrpc":"2.0","id":1,"method":"result"}"#, 9), None);
}

#[test]
fn what_is_too_long_is_cut_at_a_character_and_says_so() {
    let whole = format!(r#""{}""#, "é".repeat(50));
    let kept = tapped(Tap::of_value(false, 10), whole.as_bytes(), 3).unwrap();
    // One quote and four characters; the tenth byte is half of the fifth.
    assert_eq!(kept, Tapped { text: "\"éééé".to_owned(), length: 102, cut: true });
    let kept = tapped(Tap::of_value(false, 102), whole.as_bytes(), 3).unwrap();
    assert_eq!((kept.text.len(), kept.cut), (102, false));
    // However long it is, an outline of it is short.
    let kept = tapped(Tap::of_value(true, 40), whole.as_bytes(), 5).unwrap();
    assert_eq!((kept.text.as_str(), kept.length, kept.cut), (r#""(50 characters)""#, 102, false));
}

fn json_value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        ".{0,12}".prop_map(Value::from),
        Just(json!("\"}]{[,:\\ \u{1F600}\u{7}")),
    ];
    leaf.prop_recursive(4, 40, 5, |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..5).prop_map(Value::from),
            proptest::collection::hash_map(".{0,6}", inner, 0..5)
                .prop_map(|members| Value::Object(members.into_iter().collect())),
        ]
    })
}

/// The same by a reader of JSON that is not ours.
fn outline(value: &Value) -> Value {
    match value {
        Value::String(text) => {
            let count = text.chars().count();
            json!(format!("({count} character{})", if count == 1 { "" } else { "s" }))
        }
        Value::Array(items) => items.iter().map(outline).collect(),
        Value::Object(members) => members.iter().map(|(name, value)| (name.clone(), outline(value))).collect(),
        other => other.clone(),
    }
}

proptest! {
    #[test]
    fn outlines_agree_with_another_reader(value in json_value(), piece in 1_usize..40, pretty: bool) {
        let whole = if pretty { serde_json::to_string_pretty(&value) } else { serde_json::to_string(&value) }.unwrap();
        let kept = text(tapped(Tap::of_value(true, usize::MAX), whole.as_bytes(), piece));
        prop_assert_eq!(serde_json::from_str::<Value>(&kept).unwrap(), outline(&value));
        let answer = format!(r#"{{"id":"{{[","result": {whole} ,"x":["result"]}}"#);
        let kept = text(tapped(Tap::of_answer(true, usize::MAX), answer.as_bytes(), piece));
        prop_assert_eq!(serde_json::from_str::<Value>(&kept).unwrap(), outline(&value));
        let kept = tapped(Tap::of_answer(false, usize::MAX), answer.as_bytes(), piece).unwrap();
        prop_assert_eq!(serde_json::from_str::<Value>(&kept.text).unwrap(), value);
    }

    #[test]
    fn garbage_is_never_a_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200), outline: bool, limit in 0_usize..50) {
        for tap in [Tap::of_value(outline, limit), Tap::of_answer(outline, limit)] {
            if let Some(kept) = tapped(tap, &bytes, 7) {
                prop_assert!(kept.text.len() <= limit);
            }
        }
    }
}
