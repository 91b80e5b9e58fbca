use serde_json::json;

use super::*;

fn note(became: Became) -> Note {
    Note { became, ..Note::new("ann", "ann-1", "tool_call", "slow", Some(301)) }
}

fn event(outcome: &str) -> Value {
    json!({"agent": "ann", "kind": "tool_call", "capability": "slow", "request_bytes": 301, "outcome": outcome,
           "code": (outcome == "failed").then_some("P5004")})
}

fn wrong(became: Became, events: &[Value], executed: &[&str]) -> String {
    let executed: Vec<String> = executed.iter().map(|&id| id.to_owned()).collect();
    let all = compare(&[note(became)], events, &executed).join("\n");
    all.split(": ").next().unwrap_or_default().to_owned()
}

#[test]
fn one_story() {
    let cut = || Became::Cut(String::new());
    assert_eq!(wrong(Became::Ok, &[event("ok")], &["ann-1"]), "");
    assert_eq!(wrong(Became::Refused("P5004".to_owned()), &[event("failed")], &["ann-1"]), "");
    assert_eq!(wrong(cut(), &[event("unknown")], &["ann-1"]), "");
    assert_eq!(wrong(cut(), &[], &[]), "");
}

#[test]
fn stories_that_differ() {
    let cut = || Became::Cut(String::new());
    assert_eq!(wrong(Became::Ok, &[], &["ann-1"]), "it ran, and was not recorded");
    assert_eq!(wrong(Became::Ok, &[event("unknown")], &["ann-1"]), "answered, and not recorded so");
    assert_eq!(wrong(Became::Ok, &[event("ok")], &[]), "answered, and never run");
    assert_eq!(wrong(cut(), &[event("ok")], &["ann-1", "ann-1"]), "it ran twice");
    assert_eq!(wrong(cut(), &[event("ok"), event("ok")], &["ann-1"]), "one call, several events");
    assert_eq!(wrong(Became::NotSent(String::new()), &[event("ok")], &[]), "recorded, and never sent");
    assert_eq!(wrong(Became::Refused("P5002".to_owned()), &[event("failed")], &[]), "refused otherwise");
    assert_eq!(wrong(Became::NotSent(String::new()), &[], &["ann-2"]), "executed, and nobody made this call");
}
