//! Strict readers of the formats, from their specifications: what they do not allow is an error, not a guess.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

/// A line of JSON: one object, no key twice in the outermost one, and nothing behind it.
pub(crate) fn json(line: &str) -> Map<String, Value> {
    let Ok(Value::Object(object)) = serde_json::from_str::<Value>(line) else { panic!("no object: {line}") };
    object
}

/// Undoes what foreign text was shown as: `\\`, `\n`, `\r`, `\t` and `\u{…}`, and nothing else begins with a backslash.
pub(crate) fn unshown(text: &str) -> String {
    let (mut out, mut rest) = (String::new(), text.chars());
    while let Some(c) = rest.next() {
        if c != '\\' {
            out.push(c);
            continue;
        }
        out.push(match rest.next() {
            Some('\\') => '\\',
            Some('n') => '\n',
            Some('r') => '\r',
            Some('t') => '\t',
            Some('u') => {
                assert_eq!(rest.next(), Some('{'), "{text:?}");
                let digits: String = rest.by_ref().take_while(|c| *c != '}').collect();
                let number = u32::from_str_radix(&digits, 16).expect("digits");
                char::from_u32(number).expect("a character")
            }
            other => panic!("{other:?} behind a backslash in {text:?}"),
        });
    }
    out
}

/// The fields behind `CEF:`, and the pairs of the extension.
pub(crate) fn cef(line: &str) -> (Vec<String>, BTreeMap<String, String>) {
    let mut rest = line.strip_prefix("CEF:").expect("the format's name");
    let mut header = Vec::new();
    while header.len() < 7 {
        let (mut field, mut end, mut chars) = (String::new(), None, rest.char_indices());
        while let Some((at, c)) = chars.next() {
            match c {
                '|' => {
                    end = Some(at + 1);
                    break;
                }
                '\\' => match chars.next() {
                    Some((_, c @ ('\\' | '|'))) => field.push(c),
                    other => panic!("{other:?} behind a backslash in a header: {line:?}"),
                },
                c => field.push(c),
            }
        }
        rest = &rest[end.expect("seven fields")..];
        header.push(field);
    }
    (header, cef_pairs(rest))
}

/// A key is letters and digits behind a space, before a `=` that stands alone; a value goes on until the next key's space.
fn cef_pairs(text: &str) -> BTreeMap<String, String> {
    // Where the pairs begin: at each `=` that no backslash stands before, back to the space.
    let (mut equals, mut is_escaped) = (Vec::new(), false);
    for (at, c) in text.char_indices() {
        match c {
            _ if is_escaped => {
                assert!(matches!(c, '\\' | '=' | 'n' | 'r'), "{c:?} behind a backslash in a value: {text:?}");
                is_escaped = false;
            }
            '\\' => is_escaped = true,
            '=' => equals.push(at),
            _ => {}
        }
    }
    assert!(!is_escaped);
    let key_of = |equal: usize| text[..equal].rfind(' ').map_or(0, |at| at + 1);
    let mut pairs = BTreeMap::new();
    for (number, &equal) in equals.iter().enumerate() {
        let key = &text[key_of(equal)..equal];
        assert!(!key.is_empty() && key.bytes().all(|byte| byte.is_ascii_alphanumeric()), "{key:?} is no key: {text:?}");
        let end = equals.get(number + 1).map_or(text.len(), |&next| key_of(next) - 1);
        let mut value = String::new();
        let mut chars = text[equal + 1..end].chars();
        while let Some(c) = chars.next() {
            value.push(match c {
                '\\' => match chars.next().expect("it was looked at") {
                    'n' => '\n',
                    'r' => '\r',
                    c => c,
                },
                c => c,
            });
        }
        assert_eq!(value, value.trim(), "readers strip spaces");
        assert!(pairs.insert(key.to_owned(), value).is_none(), "{key} stands twice: {text:?}");
    }
    pairs
}

/// The fields behind `LEEF:`, without the delimiter, and the pairs.
pub(crate) fn leef(line: &str) -> (Vec<String>, BTreeMap<String, String>) {
    let mut parts = line.strip_prefix("LEEF:").expect("the format's name").splitn(7, '|');
    let header: Vec<String> = parts.by_ref().take(5).map(str::to_owned).collect();
    assert_eq!(parts.next(), Some("x09"), "a tab");
    let mut pairs = BTreeMap::new();
    for pair in parts.next().expect("attributes").split('\t') {
        let (key, value) = pair.split_once('=').expect("a pair");
        assert!(key.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_') && !key.is_empty(), "{key:?}");
        assert_eq!(value, value.trim(), "readers strip spaces");
        assert!(pairs.insert(key.to_owned(), value.to_owned()).is_none(), "{key} stands twice");
    }
    (header, pairs)
}

/// Its id, and its parameters.
pub(crate) type Element = (String, Vec<(String, String)>);

/// A message as RFC 5424 has it.
pub(crate) struct Message {
    pub(crate) facility: u8,
    pub(crate) severity: u8,
    pub(crate) time: String,
    pub(crate) host: Option<String>,
    pub(crate) app: Option<String>,
    pub(crate) process: Option<String>,
    pub(crate) id: Option<String>,
    pub(crate) data: Vec<Element>,
    pub(crate) has_mark: bool,
    pub(crate) text: String,
}

pub(crate) fn syslog(message: &str) -> Message {
    let (priority, rest) = message.strip_prefix('<').and_then(|rest| rest.split_once('>')).expect("a priority");
    assert!(priority.len() <= 3 && priority.bytes().all(|byte| byte.is_ascii_digit()));
    assert!(priority == "0" || !priority.starts_with('0'));
    let number: u8 = priority.parse().expect("at most 191");
    assert!(number <= 191);
    let mut words = rest.splitn(7, ' ');
    let mut word = |most: usize| {
        let word = words.next().expect("a word");
        assert!(!word.is_empty() && word.len() <= most && word.bytes().all(|byte| byte.is_ascii_graphic()), "{word:?}");
        Some(word.to_owned()).filter(|word| word != "-")
    };
    assert_eq!(word(3).as_deref(), Some("1"));
    let time = word(32).expect("a time");
    time.parse::<peta_model::Moment>().expect("RFC 3339");
    let (host, app, process, id) = (word(255), word(48), word(128), word(32));
    let (data, rest) = elements(words.next().expect("structured data"));
    let text = rest.strip_prefix(' ').expect("a message");
    let (has_mark, text) = text.strip_prefix('\u{feff}').map_or((false, text), |text| (true, text));
    assert!(has_mark || text.is_ascii(), "what is not ASCII has the mark");
    Message {
        facility: number / 8,
        severity: number % 8,
        time,
        host,
        app,
        process,
        id,
        data,
        has_mark,
        text: text.to_owned(),
    }
}

/// `[id name="value" …]` one after another; what is behind them.
fn elements(mut rest: &str) -> (Vec<Element>, &str) {
    let name_of = |name: &str| {
        let plain = |byte: u8| byte.is_ascii_graphic() && !matches!(byte, b'=' | b']' | b'"');
        assert!((1..=32).contains(&name.len()) && name.bytes().all(plain), "{name:?}");
        name.to_owned()
    };
    let mut elements: Vec<Element> = Vec::new();
    while let Some(inner) = rest.strip_prefix('[') {
        let end = inner.find([' ', ']']).expect("an end");
        let id = name_of(&inner[..end]);
        assert!(elements.iter().all(|(other, _)| *other != id), "{id} stands twice");
        rest = &inner[end..];
        let mut params = Vec::new();
        while let Some(param) = rest.strip_prefix(' ') {
            let (name, value) = param.split_once("=\"").expect("a parameter");
            let (mut text, mut end, mut chars) = (String::new(), None, value.char_indices());
            while let Some((at, c)) = chars.next() {
                match c {
                    '"' => {
                        end = Some(at + 1);
                        break;
                    }
                    ']' => panic!("a bracket that nothing escapes: {value:?}"),
                    '\\' => match chars.next() {
                        Some((_, c @ ('"' | '\\' | ']'))) => text.push(c),
                        other => panic!("{other:?} behind a backslash: {value:?}"),
                    },
                    c => text.push(c),
                }
            }
            params.push((name_of(name), text));
            rest = &value[end.expect("an end")..];
        }
        rest = rest.strip_prefix(']').expect("an end");
        elements.push((id, params));
    }
    (elements, rest)
}

/// A value in the words of OTLP.
pub(crate) fn any(value: &Value) -> Value {
    let members = value.as_object().expect("an object");
    let Some((kind, value)) = members.iter().next() else { return Value::Null };
    assert_eq!(members.len(), 1);
    match kind.as_str() {
        "stringValue" => Value::String(value.as_str().expect("a text").to_owned()),
        "boolValue" => Value::Bool(value.as_bool().expect("a word")),
        "intValue" => Value::from(value.as_str().expect("a text").parse::<i64>().expect("a number")),
        "doubleValue" => value.clone(),
        "arrayValue" => value["values"].as_array().expect("a list").iter().map(any).collect(),
        "kvlistValue" => {
            let pairs = value["values"].as_array().expect("a list").iter();
            pairs.map(|pair| (pair["key"].as_str().expect("a key").to_owned(), any(&pair["value"]))).collect()
        }
        other => panic!("{other} is no kind of value"),
    }
}
