//! What must hold of whatever an event says: in each format it is one record, and a strict reader of that format, written
//! from its specification and sharing no code with the writer, reads every field as it went in (threat T58). The fuzz target
//! calls this with events made of bytes, the ordinary tests with the committed corpus and with events of their own.
#![allow(dead_code, reason = "each user takes a part of these")]

use peta_audit::{
    Caller, Event, Facts, Subject,
    format::{Format, Issuer, json, otlp, syslog},
};
use serde_json::{Map, Value};

/// What is sent is never longer; the document says so.
const MESSAGE: usize = 256 << 10;

#[path = "lines/expected.rs"]
mod expected;
#[path = "lines/made.rs"]
mod made;
#[path = "lines/readers.rs"]
pub(crate) mod readers;

/// An event made of bytes: a few say what is there, the texts stand behind them, a byte 0xFF between.
pub(crate) fn lines(data: &[u8]) {
    let (event, issuer) = made::made(data);
    holds(&event, &issuer);
}

/// One record in each format, with every field as it went in.
pub(crate) fn holds(event: &Event, issuer: &Issuer) {
    let fields = expected::fields(event);
    json_line(event, issuer, &fields);
    ocsf(event, issuer, &fields);
    cef(event, issuer, &fields);
    leef(event, issuer, &fields);
    let plain = Issuer { install: "0".repeat(32), version: issuer.version, host: "peta".into() };
    for format in Format::ALL {
        message(format, event, issuer);
        assert!(syslog(format, event, &plain).len() < MESSAGE);
    }
    let request = json(&otlp(std::slice::from_ref(event), issuer));
    one_line(&request);
    otlp_record(&request, event, &fields);
    public(event, issuer);
}

/// No control, no line end of any kind, nothing that hides or turns the text around.
fn one_line(line: &str) {
    assert!(!line.is_empty());
    one_line_but(line, |_| false);
}

fn one_line_but(line: &str, is_allowed: fn(char) -> bool) {
    for c in line.chars().filter(|c| !is_allowed(*c)) {
        assert!(!c.is_control() && (c == ' ' || !c.is_whitespace()), "{c:?} in {line:?}");
        assert!(
            !matches!(u32::from(c), 0x200B..=0x200F | 0x2028..=0x202E | 0x2060..=0x206F | 0xFEFF),
            "{c:?} in {line:?}"
        );
        assert!(!matches!(c, '\u{FF1D}' | '\u{FF5C}' | '\u{FF02}' | '\u{FF3D}'), "{c:?} in {line:?}");
    }
}

fn json_line(event: &Event, issuer: &Issuer, fields: &Map<String, Value>) {
    let line = Format::Json.line(event, issuer);
    one_line(&line);
    let mut read = readers::json(&line);
    assert_eq!(read.remove("version"), Some(Value::from(1)));
    read.retain(|_, value| !value.is_null());
    assert_eq!(&read, fields);
}

/// The class's own attributes are checked against the schema in Python; here, that no text left its place.
fn ocsf(event: &Event, issuer: &Issuer, fields: &Map<String, Value>) {
    let line = Format::Ocsf.line(event, issuer);
    one_line(&line);
    let read = Value::Object(readers::json(&line));
    let at = |path: &str| read.pointer(path).unwrap_or_else(|| panic!("{path} in {line}"));
    assert_eq!(at("/metadata/uid"), &fields["id"]);
    assert_eq!(at("/metadata/event_code"), &fields["kind"]);
    assert_eq!(at("/metadata/sequence"), &fields["sequence"]);
    assert_eq!(at("/time").as_i64(), Some(event.time.micros().div_euclid(1_000)));
    assert_eq!(
        at("/type_uid").as_u64(),
        Some(at("/class_uid").as_u64().unwrap() * 100 + at("/activity_id").as_u64().unwrap())
    );
    let mut texts = Vec::new();
    strings(&read, &mut texts);
    for (name, value) in fields {
        match (name.as_str(), value) {
            ("role", _) => {}
            ("user", _) if event.caller.admin.is_some() => {}
            (_, Value::String(text)) if name != "detail" => assert!(texts.contains(&text.as_str()), "{name} in {line}"),
            (
                "detail" | "request_bytes" | "response_bytes" | "duration_us" | "policy_version" | "credentials"
                | "stages",
                value,
            ) => {
                assert_eq!(at(&format!("/unmapped/{name}")), value);
            }
            ("reasons", Value::Array(reasons)) => {
                assert!(reasons.iter().all(|reason| texts.contains(&reason.as_str().unwrap())), "{line}");
            }
            _ => {}
        }
    }
}

fn strings<'a>(value: &'a Value, found: &mut Vec<&'a str>) {
    match value {
        Value::String(text) => found.push(text),
        Value::Array(items) => items.iter().for_each(|item| strings(item, found)),
        Value::Object(members) => members.values().for_each(|member| strings(member, found)),
        _ => {}
    }
}

fn cef(event: &Event, issuer: &Issuer, fields: &Map<String, Value>) {
    let line = Format::Cef.line(event, issuer);
    one_line(&line);
    let (header, mut pairs) = readers::cef(&line);
    let kind = fields["kind"].as_str().unwrap();
    assert_eq!(header[..4], ["0", "Peta", "Peta", "1.2.3"]);
    assert_eq!(readers::unshown(&header[4]), kind);
    let outcome = event.ending.map_or("begun", |ending| ending.outcome.word());
    assert_eq!(readers::unshown(&header[5]), format!("{kind} {outcome}"));
    assert!((0..=10).contains(&header[6].parse::<u8>().unwrap()));
    let mut taken = |key: &str| pairs.remove(key);
    assert_eq!(taken("rt"), Some(event.time.micros().div_euclid(1_000).to_string()));
    assert_eq!(taken("deviceExternalId").as_deref().map(readers::unshown), Some(issuer.install.clone()));
    assert_eq!(taken("dvchost").as_deref().map(readers::unshown).unwrap_or_default(), issuer.host);
    for (name, key) in [
        ("id", "externalId"),
        ("decision", "act"),
        ("outcome", "outcome"),
        ("code", "reason"),
        ("agent", "sourceServiceName"),
        ("agent_id", "suid"),
        ("user", "suser"),
        ("role", "spriv"),
        ("client", "requestClientApplication"),
        ("tenant", "petaTenant"),
        ("boot", "petaBoot"),
        ("request", "petaRequest"),
        ("pin", "petaPin"),
        ("operation", "petaOperation"),
        ("policy_version", "petaPolicyVersion"),
        ("credentials", "petaCredentials"),
        ("stages", "petaStages"),
        ("server", "destinationServiceName"),
        ("request_bytes", "in"),
        ("response_bytes", "out"),
        ("time", "petaTime"),
    ] {
        same(name, taken(key), fields.get(name));
    }
    for (name, key) in [
        ("capability", "cs1"),
        ("session", "cs2"),
        ("reasons", "cs3"),
        ("token", "cs4"),
        ("door", "cs5"),
        ("detail", "cs6"),
        ("sequence", "cn1"),
        ("duration_us", "cn2"),
    ] {
        same(name, taken(key), fields.get(name));
        assert_eq!(taken(&format!("{key}Label")).as_deref(), fields.contains_key(name).then_some(name));
    }
    assert!(pairs.is_empty(), "{pairs:?}");
}

fn leef(event: &Event, issuer: &Issuer, fields: &Map<String, Value>) {
    let line = Format::Leef.line(event, issuer);
    one_line_but(&line, |c| c == '\t');
    let (header, mut pairs) = readers::leef(&line);
    assert_eq!(header[..4], ["2.0", "Peta", "Peta", "1.2.3"]);
    assert_eq!(readers::unshown(&header[4]), fields["kind"].as_str().unwrap());
    let mut taken = |key: &str| pairs.remove(key);
    assert_eq!(taken("devTime"), Some(event.time.micros().div_euclid(1_000).to_string()));
    assert!((1..=10).contains(&taken("sev").unwrap().parse::<u8>().unwrap()));
    assert_eq!(taken("devInstall").as_deref().map(readers::unshown), Some(issuer.install.clone()));
    assert_eq!(taken("identHostName").as_deref().map(readers::unshown).unwrap_or_default(), issuer.host);
    for name in expected_names() {
        let key = match name {
            "kind" => "cat",
            "user" => "usrName",
            "server" => "resource",
            "reasons" => "policy",
            "request_bytes" => "srcBytes",
            "response_bytes" => "dstBytes",
            name => name,
        };
        same(name, taken(key), fields.get(name));
    }
    assert!(pairs.is_empty(), "{pairs:?}");
}

const fn expected_names() -> [&'static str; 30] {
    [
        "id",
        "sequence",
        "time",
        "kind",
        "agent",
        "agent_id",
        "user",
        "token",
        "role",
        "door",
        "session",
        "server",
        "capability",
        "decision",
        "reasons",
        "outcome",
        "code",
        "duration_us",
        "request_bytes",
        "response_bytes",
        "detail",
        "tenant",
        "boot",
        "client",
        "request",
        "pin",
        "operation",
        "policy_version",
        "credentials",
        "stages",
    ]
}

/// A flat text is the field: texts as shown, lists and objects as JSON.
fn same(name: &str, read: Option<String>, field: Option<&Value>) {
    match (read, field) {
        (Some(read), Some(Value::String(text))) => assert_eq!(&readers::unshown(&read), text, "{name}"),
        (Some(read), Some(value)) => assert_eq!(&serde_json::from_str::<Value>(&read).expect(name), value, "{name}"),
        (read, field) => assert_eq!((read, field), (None, None), "{name}"),
    }
}

fn message(format: Format, event: &Event, issuer: &Issuer) {
    let message = syslog(format, event, issuer);
    let read = readers::syslog(&message);
    assert_eq!(read.facility, 13);
    assert!(read.severity < 7);
    assert_eq!(read.time, event.time.to_string());
    let word = |text: &str, most: usize| -> Option<String> {
        let word: String = text.chars().map(|c| if c.is_ascii_graphic() { c } else { '?' }).take(most).collect();
        // A word that is a hyphen says the same as none.
        Some(word).filter(|word| !word.is_empty() && word != "-")
    };
    assert_eq!((read.host, read.app.as_deref(), read.process), (word(&issuer.host, 255), Some("peta"), None));
    assert_eq!(read.id, word(&event.kind, 32));
    let [(origin, from), (own, params)] = &read.data[..] else { panic!("two elements: {message}") };
    assert_eq!((origin.as_str(), own.as_str()), ("origin", "peta@32473"));
    let param = |params: &[(String, String)], name: &str| -> Option<String> {
        let mut found = params.iter().filter(|(key, _)| key == name).map(|(_, value)| readers::unshown(value));
        let first = found.next();
        assert!(found.next().is_none(), "{name} stands once");
        first
    };
    assert_eq!(
        (param(from, "software").as_deref(), param(from, "swVersion").as_deref()),
        (Some("Peta"), Some("1.2.3"))
    );
    assert_eq!(from.len(), 2);
    assert_eq!(param(params, "id"), Some(event.id.to_string()));
    assert_eq!(param(params, "sequence"), Some(event.sequence.to_string()));
    assert_eq!(param(params, "install").unwrap_or_default(), issuer.install);
    assert_eq!(param(params, "decision").as_deref(), Some(event.decision.word()));
    assert_eq!(param(params, "outcome").as_deref(), event.ending.map(|ending| ending.outcome.word()));
    let line = format.line(event, issuer);
    match format {
        Format::Json | Format::Ocsf => {
            assert!(read.text.is_ascii() && !read.has_mark, "JSON needs no mark");
            assert_eq!(readers::json(&read.text), readers::json(&line));
        }
        Format::Cef | Format::Leef => assert_eq!(read.text, line),
    }
}

fn otlp_record(request: &str, event: &Event, fields: &Map<String, Value>) {
    let read: Value = serde_json::from_str(request).expect("JSON");
    let records = read.pointer("/resourceLogs/0/scopeLogs/0/logRecords").and_then(Value::as_array).expect("records");
    let [record] = &records[..] else { panic!("one record: {request}") };
    let nanoseconds: u64 = record["timeUnixNano"].as_str().expect("a text").parse().expect("a number");
    assert_eq!(nanoseconds, u64::try_from(event.time.micros()).unwrap_or(0).saturating_mul(1_000));
    one_line(record["body"]["stringValue"].as_str().expect("a text"));
    let attributes = record["attributes"].as_array().expect("attributes");
    assert_eq!(attributes.len(), fields.len());
    for attribute in attributes {
        let name = attribute["key"].as_str().and_then(|key| key.strip_prefix("peta.")).expect("a key of Peta's");
        let read = readers::any(&attribute["value"]);
        match &fields[name] {
            value @ (Value::Array(_) | Value::Object(_)) if name == "detail" => {
                assert_eq!(&serde_json::from_str::<Value>(read.as_str().expect("a text")).expect("JSON"), value);
            }
            value => assert_eq!(read, held(value), "{name}"),
        }
    }
}

/// A number that OTLP's do not hold is a text there.
fn held(value: &Value) -> Value {
    match value {
        Value::Number(number) if number.is_u64() && !number.is_i64() => Value::String(number.to_string()),
        Value::Array(items) => items.iter().map(held).collect(),
        Value::Object(members) => members.iter().map(|(key, value)| (key.clone(), held(value))).collect(),
        value => value.clone(),
    }
}

/// Whatever a person said or is called stands in no format of the public parts.
fn public(event: &Event, issuer: &Issuer) {
    const SECRET: &str = "lovelace:secret";
    let named = Event {
        caller: Caller {
            agent: Some("Quux".parse().expect("a name")),
            user: Some(SECRET.into()),
            ..event.caller.clone()
        },
        subject: Subject { capability: Some(SECRET.into()), ..event.subject.clone() },
        detail: Some(format!("{{\"a\":\"{SECRET}\"}}")),
        reasons: vec![format!("fs/resource:{SECRET}"), format!("{SECRET}*")],
        kind: "tool_call".into(),
        facts: Facts { client: Some(SECRET.into()), request: Some(SECRET.into()), ..event.facts.clone() },
        ..event.clone()
    };
    let public = named.public();
    let issuer = Issuer { install: String::new(), host: String::new(), version: issuer.version };
    let session = Subject { session: None, ..public.subject.clone() };
    let public = Event { subject: session, ..public };
    for format in Format::ALL {
        for line in [format.line(&public, &issuer), syslog(format, &public, &issuer)] {
            assert!(!line.contains("secret") && !line.to_lowercase().contains("quux"), "{line}");
        }
    }
    let request = otlp(&[public], &issuer).to_string();
    assert!(!request.contains("secret") && !request.to_lowercase().contains("quux"), "{request}");
}
