//! OCSF, checked against its published schema by a program that shares nothing with the writer.

use std::{
    io::Write,
    path::Path,
    process::{Command, Stdio},
};

use peta_audit::{Admin, Caller, Door, Ending, Event, Facts, Subject, format::Format};
use peta_model::{Code, Decision, Operation, Outcome, Role};
use proptest::{
    prelude::*,
    strategy::ValueTree,
    test_runner::{Config, RngAlgorithm, TestRng, TestRunner},
};
use serde_json::Value;

use crate::{any, sample};

/// Each kind, and the class and activity that it must be in.
const KINDS: &[(&str, u64)] = &[
    ("initialize", 600_301),
    ("tool_call", 600_399),
    ("resource_read", 600_302),
    ("prompt_get", 600_302),
    ("completion", 600_302),
    ("list", 600_302),
    ("subscription", 600_399),
    ("reverse", 600_399),
    ("task", 600_399),
    ("request", 600_399),
    ("a_newer_word", 600_399),
    ("server.add", 300_401),
    ("server.set", 300_403),
    ("server.remove", 300_404),
    ("server.enable", 300_408),
    ("server.disable", 300_409),
    ("server.refresh", 300_403),
    ("server.test", 300_499),
    ("server.list", 300_402),
    ("server.show", 300_402),
    ("server.logs", 300_402),
    ("agent.add", 300_101),
    ("agent.rotate", 300_104),
    ("agent.pardon", 300_112),
    ("agent.revoke", 300_106),
    ("agent.list", 300_402),
    ("grant.add", 300_401),
    ("grant.remove", 300_404),
    ("credential.add", 300_401),
    ("credential.add_oauth", 300_401),
    ("credential.rotate", 300_403),
    ("credential.confirm", 300_403),
    ("credential.connect", 300_499),
    ("credential.connected", 300_301),
    ("credential.connection", 300_402),
    ("credential.remove", 300_404),
    ("vault.unlock", 300_410),
    ("vault.lock", 300_411),
    ("vault.drill", 300_499),
    ("vault.rotate", 300_403),
    ("vault.status", 300_402),
    ("admin.token", 300_301),
    ("admin.revoke", 300_399),
    ("admin.tokens", 300_402),
    ("event.list", 300_402),
    ("policy.add", 300_401),
    ("approval.ask", 300_499),
    ("sink.remove", 300_404),
    ("sign_in.begin", 300_201),
    ("sign_in.end", 300_202),
    ("sign_in.refuse", 300_299),
    ("core.start", 600_203),
    ("core.stop", 600_204),
    ("clock.step", 200_401),
    ("credential.echo", 200_401),
    ("credential.guess", 200_401),
    ("credential.rollback", 200_401),
    ("record.damaged", 200_401),
    ("record.forked", 200_401),
    ("record.checkpoint_lost", 200_401),
];

fn line(event: &Event) -> String {
    Format::Ocsf.line(event, &sample::issuer())
}

/// What the schema finds wrong with these lines.
fn faults(lines: &[String]) -> Vec<String> {
    let peers = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/peers");
    let python = peers.join(".venv/bin/python");
    assert!(python.exists(), "tests/peers/install.sh makes it; `make test` runs that");
    #[expect(clippy::disallowed_methods, reason = "the program that knows the schema")]
    let mut command = Command::new(python);
    command.arg(peers.join("py/ocsf.py")).arg("1.8.0");
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut input = child.stdin.take().unwrap();
    let text = lines.iter().map(|line| format!("{line}\n")).collect::<String>();
    let writer = std::thread::spawn(move || input.write_all(text.as_bytes()));
    let output = child.wait_with_output().unwrap();
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success() && errors.trim() == format!("{} checked", lines.len()), "{errors}");
    writer.join().unwrap().unwrap();
    String::from_utf8(output.stdout).unwrap().lines().map(str::to_owned).collect()
}

/// The kinds of the acts in the admin contract, those that came after the list above too.
fn contract() -> Vec<&'static str> {
    let source = include_str!("../../../peta-api/src/endpoint.rs");
    let kinds: Vec<_> = source.split("\" is \"").skip(1).filter_map(|rest| rest.split('"').next()).collect();
    assert!(kinds.contains(&"server.add") && kinds.len() > 30, "{kinds:?}");
    kinds
}

#[test]
fn every_kind_fits_the_schema() {
    let endings = [
        None,
        Some(Ending::of(Outcome::Ok)),
        Some(Ending { code: Some(Code::NOT_RECORDED), ..Ending::of(Outcome::Failed) }),
        Some(Ending { code: Some(Code::NO_SUCH_CAPABILITY), ..Ending::of(Outcome::Refused) }),
        Some(Ending::of(Outcome::Cancelled)),
        Some(Ending::of(Outcome::Unknown)),
    ];
    let admin = Some(Admin { role: Role::Owner, door: Door::Socket });
    let details = [
        None,
        Some(
            r#"{"agent":"robot","grant":"fs","credential":"key","role":"owner","token":"00","person":"ada"}"#
                .to_owned(),
        ),
        Some(r#"{"before":{"name":"fs"},"after":{"name":"fs"},"server":{"name":"fs"},"agent":7}"#.to_owned()),
        Some("no JSON".to_owned()),
    ];
    let mut lines = Vec::new();
    let listed = KINDS.iter().map(|(kind, type_uid)| (*kind, Some(*type_uid)));
    for (kind, type_uid) in listed.chain(contract().into_iter().map(|kind| (kind, None))) {
        for (ending, detail) in endings.iter().zip(details.iter().cycle()) {
            let facts = Facts { operation: None, ..sample::call().facts };
            let call =
                Event { kind: kind.to_owned(), ending: *ending, detail: detail.clone(), facts, ..sample::call() };
            let act = Event { caller: Caller { admin, ..Caller::default() }, reasons: Vec::new(), ..call.clone() };
            let nobody = Event { caller: Caller::default(), subject: Subject::default(), ..call.clone() };
            let denied = Event { decision: Decision::Deny, ..call.clone() };
            for event in [call.clone().public(), call, act, nobody, denied] {
                let line = line(&event);
                let read: Value = serde_json::from_str(&line).unwrap();
                assert!(type_uid.is_none_or(|type_uid| read["type_uid"] == type_uid), "{kind}: {}", read["type_uid"]);
                lines.push(line);
            }
        }
    }
    // What a tool says that it does makes the activity of a call, and of nothing else.
    for (operation, activity) in [
        (Operation::Read, 600_302),
        (Operation::Write, 600_303),
        (Operation::Destructive, 600_304),
        (Operation::Unknown, 600_399),
    ] {
        for (kind, type_uid) in [("tool_call", activity), ("prompt_get", 600_302), ("server.add", 300_401)] {
            let facts = Facts { operation: Some(operation), ..sample::call().facts };
            let line = line(&Event { kind: kind.to_owned(), facts, ..sample::call() });
            let read: Value = serde_json::from_str(&line).unwrap();
            assert_eq!(read["type_uid"], type_uid, "{operation} {kind}");
            lines.push(line);
        }
    }
    assert_eq!(faults(&lines), [""; 0]);
}

#[test]
fn any_event_fits_the_schema() {
    let rng = TestRng::from_seed(RngAlgorithm::ChaCha, &[7; 32]);
    let mut runner = TestRunner::new_with_rng(Config::default(), rng);
    let strategy = any::event();
    let lines: Vec<String> = (0..200).map(|_| line(&strategy.new_tree(&mut runner).unwrap().current())).collect();
    assert_eq!(faults(&lines), [""; 0]);
}

/// The check would see it.
#[test]
fn what_does_not_fit_is_found_out() {
    let broken = |change: fn(&mut Value)| {
        let mut event: Value = serde_json::from_str(&line(&sample::call())).unwrap();
        change(&mut event);
        event.to_string()
    };
    let lines = [
        broken(|_| {}),
        broken(|event| event["api"] = Value::Null),
        broken(|event| event["peta"] = Value::from(1)),
        broken(|event| event["activity_id"] = Value::from(7)),
        broken(|event| event["time"] = Value::from("now")),
        broken(|event| event["severity"] = Value::from("High")),
        broken(|event| event["actor"]["invoked_by"] = Value::from("x")),
        broken(|event| event["src_endpoint"] = serde_json::json!({})),
    ];
    let faults = faults(&lines);
    for number in 1..=lines.len() {
        let found = faults.iter().any(|fault| fault.starts_with(&format!("{number}: ")));
        assert_eq!(found, number > 1, "{number}: {faults:?}");
    }
}
