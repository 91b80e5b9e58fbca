//! `docs/compliance.md` names only commands that there are, and each shows what the document says.

use std::path::Path;

use peta_testkit::eventually;

use super::world::{SECRET, World};

/// What each of the document's commands says, here.
const SAYS: [(&str, &[&str]); 25] = [
    ("peta audit report access", &["build-bot", "everything", "Everything that is not listed is denied"]),
    ("peta grant list", &["build-bot", "web"]),
    ("peta admin tokens", &["auditor"]),
    ("peta agent list", &["build-bot", "ada"]),
    ("peta audit report changes", &["agent.revoke", "owner, socket"]),
    ("peta doctor", &["core", "data directory"]),
    ("peta audit report processing", &["RECIPIENT", "http://127.0.0.1:"]),
    ("peta server show web", &["echo"]),
    ("peta audit search --decision deny", &["deny", "no_such_tool"]),
    ("peta events --kind credential.echo", &["credential.echo"]),
    ("peta audit report activity", &["build-bot", "Refusals and failures"]),
    ("peta audit sink list", &["siem", "file:"]),
    ("peta agent show build-bot", &["ada", "token"]),
    ("peta audit report retention", &["sessions", "never kept"]),
    ("peta vault status", &["unlocked"]),
    ("peta audit checkpoint", &["/record", "\n— "]),
    ("peta audit export --out record", &["record: intact"]),
    ("peta audit verify record", &["record: intact"]),
    ("peta audit prove 2 --out event.proof", &["is in the signed tree"]),
    ("peta audit hold list", &["case-1"]),
    ("peta audit expire --before 2020-01-01T00:00:00Z --dry-run", &["no whole file of the record is older"]),
    ("peta audit archive list", &["nothing is archived yet"]),
    ("peta audit report activity --user ada", &["ada", "echo"]),
    ("peta audit erase ada --dry-run", &["ada", "would be erased"]),
    ("peta credential list", &["web-token"]),
];

/// And this one, whose time is the document's.
const INCIDENT: &str = "peta audit report credentials web-token --from ";

/// The code spans of the document that are commands, in their order, each once.
fn commands() -> Vec<String> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/compliance.md");
    let text = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let mut commands: Vec<String> = Vec::new();
    for span in text.lines().flat_map(|line| line.split('`').skip(1).step_by(2)) {
        if span.starts_with("peta ") && !commands.iter().any(|there| there == span) {
            commands.push(span.to_owned());
        }
    }
    commands
}

#[tokio::test]
async fn every_command_of_the_compliance_map_works() {
    let world = World::new().await;
    let core = &world.core;
    core.peta(&["admin", "token", "--role", "auditor"]).await;
    core.peta(&["audit", "hold", "add", "case-1", "--reason", "audit"]).await;
    // A server that says again what it was handed.
    let says = format!(r#"result {{"content":[{{"type":"text","text":"it is {SECRET}"}}]}}"#);
    std::fs::write(core.file("said"), says + "\n").unwrap();
    let answer = world.bot.call("said", "{}").await.to_string();
    assert!(!answer.contains(SECRET), "{answer}");
    let to = format!("file:{}", core.file("siem.jsonl").display());
    core.peta(&["audit", "sink", "add", "siem", "--to", &to]).await;
    let folder = core.file("auditor");
    std::fs::create_dir(&folder).unwrap();
    let proof = core.file("first.proof");
    eventually("the first events are signed", || async {
        (core.run(&["audit", "prove", "2", "--out", proof.to_str().unwrap()]).await.code == 0).then_some(())
    })
    .await;

    let commands = commands();
    assert_eq!(commands.len(), SAYS.len() + 1, "{commands:?}");
    for command in commands {
        let parts: &[&str] = if command.starts_with(INCIDENT) {
            &["web-token", "Calls that carried them", "build-bot"]
        } else {
            SAYS.iter().find(|(it, _)| *it == command).unwrap_or_else(|| panic!("what does `{command}` say?")).1
        };
        if command.starts_with("peta audit erase") {
            // Whoever still works, and a hold, would stand in the way.
            core.peta(&["agent", "revoke", "build-bot"]).await;
            core.peta(&["audit", "hold", "remove", "case-1"]).await;
        }
        let mut peta = peta_testkit::command(&peta_testkit::peta_program());
        peta.args(command.split(' ').skip(1)).env("PETA_DATA", &core.data).current_dir(&folder);
        let ran = peta_testkit::finish(&command, peta).await;
        assert_eq!(ran.code, 0, "{command}: {ran:?}");
        for part in parts {
            assert!(ran.stdout.contains(part), "{command}: {part} is not in {ran:?}");
        }
    }
}
