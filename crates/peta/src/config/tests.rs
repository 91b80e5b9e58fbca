use std::collections::BTreeSet;

use toml::{Table, Value};

use super::{Config, DEFAULTS, Flag, Prefix, Sources, load};
use crate::fault::Fault;

fn from_file(text: &str) -> Result<Config, Fault> {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("peta.toml");
    std::fs::write(&path, text).unwrap();
    load(&Sources { file: Some((path, true)), ..Sources::default() })
}

fn from_environment(pairs: &[(&str, &str)]) -> Result<Config, Fault> {
    let environment = pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    load(&Sources { environment, ..Sources::default() })
}

fn keys(table: &Table, path: &str, into: &mut BTreeSet<String>) {
    for (name, value) in table {
        let key = format!("{path}.{name}");
        match value {
            Value::Table(inner) => keys(inner, &key, into),
            _ => _ = into.insert(key),
        }
    }
}

/// Every setting stands in the manual, and the manual has no setting that does not exist.
#[test]
fn manual_is_complete_both_ways() {
    let written: Table = DEFAULTS.parse().unwrap();
    let read = load(&Sources::default()).unwrap();
    let known = Table::try_from(&read).unwrap();
    let (mut left, mut right) = (BTreeSet::new(), BTreeSet::new());
    keys(&written, "", &mut left);
    keys(&known, "", &mut right);
    assert_eq!(left, right);
    // What was read, written again and read again, is the same: no form loses anything.
    let again: Config = known.try_into().unwrap();
    assert_eq!(again, read);
}

/// Every setting has a comment above it (or shares one with the settings directly above it).
#[test]
fn every_section_is_explained() {
    for section in DEFAULTS.split("\n[").skip(1) {
        let second = section.lines().nth(1).unwrap();
        assert!(second.starts_with('#'), "{section}");
    }
}

#[test]
fn later_layers_win() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("peta.toml");
    std::fs::write(&path, "[gateway]\nlisten = \"127.0.0.1:1\"\nprefix = \"never\"\n[calls]\nidle = \"5s\"\n").unwrap();
    let config = load(&Sources {
        file: Some((path, true)),
        environment: vec![
            ("PETA__GATEWAY__LISTEN".into(), "127.0.0.1:2".into()),
            ("PETA__CALLS__IDLE".into(), "6s".into()),
        ],
        flags: vec![Flag { name: "--listen", key: "gateway.listen", value: "127.0.0.1:3".into() }],
    })
    .unwrap();
    assert_eq!(config.gateway.listen.0.port(), 3);
    assert_eq!(config.gateway.prefix, Prefix::Never);
    assert_eq!(config.calls.idle.as_millis(), 6_000);
    assert_eq!(config.calls.total.as_millis(), 3_600_000);
}

#[test]
fn environment_takes_the_form_of_the_setting() {
    let config = from_environment(&[
        ("PETA__GATEWAY__LEGACY_SSE", "true"),
        ("PETA__GATEWAY__ORIGINS", "https://a.example, http://b.example:8080"),
        ("PETA__GATEWAY__ANONYMOUS__AGENT", "tester"),
        ("PETA__LIMITS__DEPTH", "12"),
        ("PETA__LIMITS__MESSAGE", "1MiB"),
        ("PETA_DATA", "ignored"),
    ])
    .unwrap();
    assert!(config.gateway.legacy_sse);
    let origins: Vec<String> = config.gateway.origins.iter().map(ToString::to_string).collect();
    assert_eq!(origins, ["https://a.example", "http://b.example:8080"]);
    assert_eq!(config.gateway.anonymous.agent.0.unwrap().as_str(), "tester");
    assert_eq!(config.limits.depth, 12);
    assert_eq!(config.limits.message.0, 1 << 20);
}

/// A refusal names the setting, the source, and what is allowed.
#[test]
fn refusals_name_key_source_and_form() {
    let cases: [(Result<Config, Fault>, &[&str]); 9] = [
        (from_file("[gateway]\nlisen = 1\n"), &["`gateway.lisen`", "peta.toml", "no such setting", "listen"]),
        (from_file("[gatway]\n"), &["`gatway`", "peta.toml", "gateway"]),
        (from_file("[gateway]\nprefix = \"often\"\n"), &["`gateway.prefix`", "peta.toml", "on-collision"]),
        (from_file("[calls]\nidle = 60\n"), &["`calls.idle`", "peta.toml", "string"]),
        (from_file("[gateway\n"), &["peta.toml", "line 1"]),
        (from_file("gateway = 1\n"), &["`gateway`", "section"]),
        (from_environment(&[("PETA__CALLS__IDLE", "soon")]), &["`calls.idle`", "PETA__CALLS__IDLE", "30s"]),
        (from_environment(&[("PETA__CALL__IDLE", "1s")]), &["`call`", "PETA__CALL__IDLE"]),
        (from_environment(&[("PETA__GATEWAY__ORIGINS", "x.example")]), &["gateway.origins", "scheme"]),
    ];
    for (result, parts) in cases {
        let fault = result.unwrap_err();
        assert_eq!(fault.code().as_str(), "P8005");
        for part in parts {
            assert!(fault.text().contains(part), "{part:?} is missing in {:?}", fault.text());
        }
    }
}

#[test]
fn a_missing_file_matters_only_if_it_was_named() {
    let nowhere = tempfile::tempdir().unwrap().path().join("peta.toml");
    assert!(load(&Sources { file: Some((nowhere.clone(), false)), ..Sources::default() }).is_ok());
    assert!(load(&Sources { file: Some((nowhere, true)), ..Sources::default() }).is_err());
}
