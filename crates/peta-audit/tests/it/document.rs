//! `docs/formats/event.md` says what the code does: each field has its lines, each line its field, and the examples are what
//! is sent.

use std::collections::{BTreeMap, BTreeSet};

use peta_audit::{
    Admin, Caller, Door, Ending, Event,
    format::{Format, otlp, syslog},
};
use peta_model::{Code, Outcome, Role};
use serde_json::Value;

use crate::{checks::readers, sample};

const DOCUMENT: &str = include_str!("../../../../docs/formats/event.md");

/// The cells of the table with this head, by the field in the first.
fn table(head: &str) -> BTreeMap<String, Vec<String>> {
    let (_, rows) = DOCUMENT.split_once(head).unwrap_or_else(|| panic!("a table with the head {head}"));
    rows.lines()
        .skip(2)
        .take_while(|row| row.starts_with('|'))
        .map(|row| {
            let mut cells = row.trim_matches('|').split(" | ").map(|cell| cell.trim().to_owned());
            (cells.next().unwrap().trim_matches('`').to_owned(), cells.collect())
        })
        .collect()
}

fn object(line: &str) -> serde_json::Map<String, Value> {
    readers::json(line)
}

/// An administrator's act that failed: with the fields that a call has not.
fn act() -> Event {
    Event {
        kind: "server.set".into(),
        caller: Caller { admin: Some(Admin { role: Role::Auditor, door: Door::Http }), ..Caller::default() },
        ending: Some(Ending { code: Some(Code::NOT_RECORDED), ..Ending::of(Outcome::Failed) }),
        ..sample::call()
    }
}

/// Both, so that each field is there once at least.
fn samples() -> [Event; 2] {
    [sample::call(), act()]
}

#[test]
fn each_field_has_a_line_and_each_line_a_field() {
    let fields: BTreeSet<String> =
        object(&Format::Json.line(&sample::call(), &sample::issuer())).into_iter().map(|(name, _)| name).collect();
    for head in ["| field | type |", "| field | place in OCSF |"] {
        assert_eq!(table(head).into_keys().collect::<BTreeSet<_>>(), fields, "{head}");
    }
    let keyed: BTreeSet<String> = table("| field | CEF | LEEF |").into_keys().collect();
    assert_eq!(keyed, fields.into_iter().filter(|name| name != "version").collect());
    let line = Format::Json.line(&sample::call(), &sample::issuer());
    assert!(line.starts_with("{\"version\":1,\"id\":"), "{line}");
    // In the order of the table.
    let (_, rows) = DOCUMENT.split_once("| field | type |").unwrap();
    let names = rows.lines().skip(2).take_while(|row| row.starts_with('|')).filter_map(|row| row.split('`').nth(1));
    let mut rest = line.as_str();
    for name in names {
        (_, rest) = rest.split_once(&format!("\"{name}\":")).unwrap_or_else(|| panic!("{name} comes earlier: {line}"));
    }
}

#[test]
fn private_fields_are_those_that_are_taken_out() {
    for event in samples() {
        let whole = object(&Format::Json.line(&event, &sample::issuer()));
        let public = object(&Format::Json.line(&event.public(), &sample::issuer()));
        for (name, cells) in table("| field | type |") {
            let is_public = cells[2].starts_with("public");
            assert!(is_public || cells[2] == "private", "{name}");
            let kept = if is_public { &whole[&name] } else { &Value::Null };
            assert_eq!(&public[&name], kept, "{name}");
        }
    }
}

#[test]
fn types_are_as_described() {
    for event in samples() {
        let whole = object(&Format::Json.line(&event, &sample::issuer()));
        for (name, cells) in table("| field | type |") {
            let fits = matches!(
                (cells[0].split(',').next().unwrap(), &whole[&name]),
                (_, Value::Null)
                    | ("text", Value::String(_))
                    | ("number", Value::Number(_))
                    | ("list of texts" | "list of objects", Value::Array(_))
                    | ("object" | "object of numbers", Value::Object(_))
            );
            assert!(fits, "{name} is {}, not {}", whole[&name], cells[0]);
        }
    }
}

/// The first place that a line names holds the field itself.
#[test]
fn each_field_is_where_ocsf_has_it() {
    let mut seen = BTreeSet::new();
    for event in samples() {
        let whole = object(&Format::Json.line(&event, &sample::issuer()));
        let read: Value = serde_json::from_str(&Format::Ocsf.line(&event, &sample::issuer())).unwrap();
        for (name, cells) in table("| field | place in OCSF |") {
            let place = cells[0].split('`').nth(1).unwrap_or_else(|| panic!("a place of {name}"));
            let field = match &whole[&name] {
                Value::Null => continue,
                // Of classes other than this one.
                _ if event.kind == "server.set" && matches!(name.as_str(), "server" | "capability") => continue,
                Value::Number(number) if name == "version" => Value::String(number.to_string()),
                Value::Array(reasons) if name == "reasons" => reasons[0].clone(),
                field => field.clone(),
            };
            assert_eq!(
                read.pointer(&format!("/{}", place.replace('.', "/"))),
                Some(&field),
                "{name} at {place}: {read}"
            );
            seen.insert(name);
        }
    }
    assert_eq!(seen.len(), table("| field | place in OCSF |").len());
    let named = |place: &str| {
        let read: Value = serde_json::from_str(&Format::Ocsf.line(&act(), &sample::issuer())).unwrap();
        read.pointer(place).cloned()
    };
    assert_eq!((named("/entity/name"), named("/unmapped/capability")), (Some("fs".into()), Some("read_file".into())));
}

#[test]
fn each_field_has_the_key_that_is_written() {
    let mut seen = BTreeSet::new();
    for event in samples() {
        let whole = object(&Format::Json.line(&event, &sample::issuer()));
        let (header, cef) = readers::cef(&Format::Cef.line(&event, &sample::issuer()));
        let (_, leef) = readers::leef(&Format::Leef.line(&event, &sample::issuer()));
        for (name, cells) in table("| field | CEF | LEEF |") {
            let text = match &whole[&name] {
                Value::Null => continue,
                Value::String(text) => text.clone(),
                value => value.to_string(),
            };
            match cells[0].as_str() {
                "the header" => assert_eq!(header[4], text),
                key => assert_eq!(cef.get(key.trim_matches('`')), Some(&text), "{name}"),
            }
            assert_eq!(leef.get(cells[1].trim_matches('`')), Some(&text), "{name}");
            seen.insert(name);
        }
    }
    assert_eq!(seen.len(), table("| field | CEF | LEEF |").len());
}

#[test]
fn gravity_is_as_described() {
    let find = |kind: &str, outcome| Event { kind: kind.into(), ending: Some(Ending::of(outcome)), ..sample::call() };
    let cases = [
        ("plain", sample::call()),
        ("plain", Event { ending: None, ..sample::call() }),
        ("notice", find("list", Outcome::Cancelled)),
        ("warning", find("list", Outcome::Error)),
        ("warning", find("list", Outcome::Refused)),
        ("warning", find("list", Outcome::Timeout)),
        ("warning", find("clock.step", Outcome::Ok)),
        ("error", find("list", Outcome::Failed)),
        ("error", find("list", Outcome::Unknown)),
        ("finding", find("credential.guess", Outcome::Ok)),
    ];
    let gravity = table("| gravity | when |");
    assert_eq!(gravity.len(), 5);
    for (name, event) in cases {
        let issuer = sample::issuer();
        let cells = &gravity[name];
        let ocsf = object(&Format::Ocsf.line(&event, &issuer));
        assert_eq!(cells[1], format!("{} {}", ocsf["severity_id"], ocsf["severity"].as_str().unwrap()));
        assert_eq!(readers::cef(&Format::Cef.line(&event, &issuer)).0[6], cells[2]);
        assert_eq!(readers::leef(&Format::Leef.line(&event, &issuer)).1["sev"], cells[2]);
        assert_eq!(readers::syslog(&syslog(Format::Json, &event, &issuer)).severity.to_string(), cells[3]);
        let request = otlp(&[event], &issuer);
        let record = request.pointer("/resourceLogs/0/scopeLogs/0/logRecords/0").unwrap();
        assert_eq!(cells[4], format!("{} {}", record["severityNumber"], record["severityText"].as_str().unwrap()));
    }
}

#[test]
fn the_examples_are_what_is_sent() {
    let (event, issuer) = (sample::call(), sample::issuer());
    let spread = |value: &Value| format!("{value:#}");
    let ocsf = serde_json::from_str(&Format::Ocsf.line(&event, &issuer)).unwrap();
    for (format, example) in [
        ("json", Format::Json.line(&event, &issuer)),
        ("json", spread(&ocsf)),
        ("", Format::Cef.line(&event, &issuer)),
        ("", Format::Leef.line(&event, &issuer).replace('\t', "⇥")),
        ("", syslog(Format::Cef, &event, &issuer)),
        ("json", spread(&otlp(std::slice::from_ref(&event), &issuer))),
    ] {
        let block = format!("```{format}\n{example}\n```\n");
        assert!(DOCUMENT.contains(&block), "the document has not:\n{block}");
    }
}
