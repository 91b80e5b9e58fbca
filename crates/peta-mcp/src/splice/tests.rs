use super::*;

#[test]
fn changes_what_it_is_told_and_nothing_else() {
    let text = r#"{"id":  1.0e0, "params":{ }, "x":[1]}"#;
    let value = Value::of(text).unwrap();
    let mut splice = Splice::new(text);
    splice.replace(value.get("x").unwrap().range(), "2");
    splice.add_member(value.get("params").unwrap(), "a\"b", "null");
    splice.add_member(value, "y", "0");
    assert_eq!(&splice.finish()[..], br#"{"y":0,"id":  1.0e0, "params":{"a\"b":null }, "x":2}"#.as_slice());
}
