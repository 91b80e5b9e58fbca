//! One spelling for values that say the same, to take digests of: RFC 8785, but for numbers, which stay as they were
//! written. (The RFC knows only doubles: two large numbers that differ would have one digest.)

use std::borrow::Cow;

use crate::{Value, write};

/// The value without space, members in the order of their names, strings as short as can be.
pub fn canonical(value: Value<'_>) -> String {
    let mut text = String::with_capacity(value.range().len());
    put(&mut text, value);
    text
}

fn put(to: &mut String, value: Value<'_>) {
    if value.is_object() {
        let mut members: Vec<(Cow<'_, str>, Value<'_>)> =
            value.members().map(|(key, value)| (key.name(), value)).collect();
        members.sort_by(|(one, _), (other, _)| one.encode_utf16().cmp(other.encode_utf16()));
        each(to, ['{', '}'], members, |to, (name, value)| {
            to.push_str(&write::string(&name));
            to.push(':');
            put(to, value);
        });
    } else if value.is_array() {
        each(to, ['[', ']'], value.items(), put);
    } else {
        // Half a character has no shorter spelling.
        match value.as_str() {
            Some(text) => to.push_str(&write::string(&text)),
            None => to.push_str(value.raw()),
        }
    }
}

fn each<T>(
    to: &mut String,
    [open, close]: [char; 2],
    items: impl IntoIterator<Item = T>,
    put: impl Fn(&mut String, T),
) {
    to.push(open);
    for (at, item) in items.into_iter().enumerate() {
        if at > 0 {
            to.push(',');
        }
        put(to, item);
    }
    to.push(close);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(text: &str) -> String {
        canonical(Value::of(text).unwrap())
    }

    #[test]
    fn what_says_the_same_is_spelled_the_same() {
        let one =
            of(r#" { "b" : [ 1.50, -0 , true,null ], "a\u0062" : {"z":"\u00e9\/\t\u0008\u000c\u001f","y":""} } "#);
        assert_eq!(one, "{\"ab\":{\"y\":\"\",\"z\":\"é/\\t\\b\\f\\u001f\"},\"b\":[1.50,-0,true,null]}");
        assert_eq!(of(&one), one);
        assert_eq!(
            (of("{ }"), of("[\n]"), of(" 12345678901234567890 ")),
            ("{}".into(), "[]".into(), "12345678901234567890".into())
        );
        assert_ne!(of("1"), of("1.0"));
    }

    /// Of RFC 8785, 3.2.3: by UTF-16, where it differs from the order of characters.
    #[test]
    fn members_stand_in_the_order_of_the_rfc() {
        let text = r#"{"€":5,"\r":0,"\ufb33":7,"1":1,"😀":6,"\u0080":3,"ö":4,"</script>":2}"#;
        let sorted = of(text);
        let digits: String =
            sorted.chars().zip(sorted.chars().skip(1)).filter(|(c, _)| *c == ':').map(|(_, c)| c).collect();
        assert_eq!(digits, "01234567");
    }

    #[test]
    fn half_a_character_stays_as_it_was_written() {
        assert_eq!(of(r#"["\ud83d"]"#), r#"["\ud83d"]"#);
    }
}
