use super::*;

#[test]
fn reads_in_place() {
    let text = r#" { "a" : [1, {"b":"x\n"} ,"é" ], "\u0063":true , "n":12345678901234567890, "e":{} } "#;
    let value = Value::of(text).unwrap();
    assert_eq!(value.at(&["c"]).and_then(Value::as_bool), Some(true));
    assert_eq!(value.get("n").map(Value::raw), Some("12345678901234567890"));
    let items: Vec<&str> = value.get("a").unwrap().items().map(Value::raw).collect();
    assert_eq!(items, ["1", r#"{"b":"x\n"}"#, "\"é\""]);
    let b = value.get("a").unwrap().items().nth(1).unwrap().get("b").unwrap();
    assert_eq!(b.as_str().as_deref(), Some("x\n"));
    assert_eq!(text.get(b.range()), Some(r#""x\n""#));
    assert_eq!(value.get("e").unwrap().members().count(), 0);
    assert_eq!(value.members().map(|(key, _)| key.name().into_owned()).collect::<Vec<_>>(), ["a", "c", "n", "e"]);
    assert_eq!(value.get("missing"), None);
    assert_eq!(value.get("n").unwrap().members().count(), 0);
}
