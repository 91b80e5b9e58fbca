//! Witnesses by URL, a second Peta as one, and the change of the log's key.

use std::fs;

use http::Method;
use peta_testkit::{Answer, Core, Setup, Value, chaos::Wall, eventually, json};
use peta_verify::{Checkpoint, Edge, Hash, Note, Signer};

use crate::record::{copy, export, signed, verify, verify_in_python};

/// A Core that asks witnesses often.
pub(crate) fn eager() -> Setup {
    Setup::new().config("[audit]\nwitness_every = \"100ms\"\nsink_backoff = \"100ms\"\nsink_backoff_most = \"200ms\"")
}

/// The newest key of the log.
async fn key_of(core: &Core, folder: &str) -> String {
    signed(core).await;
    let keys = fs::read_to_string(export(core, folder).await.join("keys")).unwrap();
    keys.lines().last().unwrap().split(' ').next().unwrap().to_owned()
}

/// Makes `second` a witness of `first`; gives the key that it cosigns by.
pub(crate) async fn witnessed_by(first: &Core, second: &Core) -> String {
    let key = key_of(first, "for-the-key").await;
    let added = second.json(&["audit", "log", "add", "first", "--key", &key, "--json"]).await;
    let by = added["cosigned_by"].as_str().unwrap().to_owned();
    let url = second.url("/witness/v1");
    first.peta(&["audit", "witness", "add", "second", "--to", &url, "--key", &by]).await;
    by
}

async fn shown(core: &Core) -> Value {
    core.json(&["audit", "witness", "list", "--json"]).await[0].clone()
}

/// Until the witness has cosigned all that is signed now.
pub(crate) async fn cosigned(core: &Core) -> u64 {
    let size: u64 = signed(core).await.lines().nth(1).unwrap().parse().unwrap();
    eventually("it is cosigned", || async { (shown(core).await["size"].as_u64()? >= size).then_some(size) }).await
}

/// Until the witness has this trouble.
async fn trouble(core: &Core, code: &str) -> Value {
    eventually(code, || async { Some(shown(core).await["trouble"].clone()).filter(|t| t["code"] == code) }).await
}

async fn add_checkpoint(core: &Core, body: &str) -> Answer {
    let agent = core.agent("/witness/v1/add-checkpoint", "");
    let request = agent.request(Method::POST).without("authorization");
    request.header("content-type", "text/plain").body(body.to_owned().into()).send().await
}

#[tokio::test]
async fn a_second_peta_cosigns_and_the_export_says_so() {
    let (first, second) = (eager().start().await, Core::start().await);
    let by = witnessed_by(&first, &second).await;
    cosigned(&first).await;
    first.token("late", &[]).await;
    let size = cosigned(&first).await;
    // The witness says the same.
    let logs = second.json(&["audit", "log", "list", "--json"]).await;
    assert!(logs[0]["size"].as_u64().unwrap() >= size && logs[0]["name"] == "first", "{logs}");

    let kept = first.file("kept.checkpoint");
    first.peta(&["audit", "checkpoint", "--cosigned", "--out", kept.to_str().unwrap()]).await;
    let note: Note = fs::read_to_string(&kept).unwrap().parse().unwrap();
    let time = note.check(&by.parse().unwrap()).unwrap().unwrap();
    assert!(note.signatures().len() == 2 && time > 1_700_000_000, "{note}");

    let folder = export(&first, "cosigned").await;
    let keys = folder.join("keys");
    let given = ["--keys", keys.to_str().unwrap(), "--witness", &by, "--checkpoint", kept.to_str().unwrap()];
    let (intact, line) = verify(&first, &folder, &given).await;
    let saw = format!("{} saw the first ", by.split('+').next().unwrap());
    assert!(intact && line.contains(&saw), "{line}");
    assert!(verify_in_python(&folder, &given).await);
    // A cosignature that was changed.
    let file = folder.join("cosigned/second");
    let text = fs::read_to_string(&file).unwrap();
    let at = text.trim_end().len() - 10;
    let other = if text.as_bytes()[at] == b'A' { "B" } else { "A" };
    fs::write(&file, format!("{}{other}{}", &text[..at], &text[at + 1..])).unwrap();
    assert!(!verify(&first, &folder, &given).await.0 && !verify_in_python(&folder, &given).await);
}

/// T57: an older state of everything that Core has is put back. Nothing on its disk knows better; the second Peta does.
#[tokio::test]
async fn a_rollback_is_found_out_by_a_second_peta() {
    let second = Core::start().await;
    let mut first = eager().start().await;
    witnessed_by(&first, &second).await;
    cosigned(&first).await;
    first.stdio_server("fix", &[], &[]).await;
    let token = first.token("robot", &["fix"]).await;
    cosigned(&first).await;
    assert_eq!(first.stop().await, 0);
    let (data, backup) = (first.file("data"), first.file("backup"));
    copy(&data, &backup);
    let mut first = Setup::again(&first).start().await;
    for number in 0..20 {
        first.token(&format!("late-{number}"), &[]).await;
    }
    let newest = cosigned(&first).await;
    assert_eq!(first.stop().await, 0);
    fs::remove_dir_all(&data).unwrap();
    copy(&backup, &data);

    let mut first = Setup::again(&first).start().await;
    let known = trouble(&first, "P6004").await;
    assert!(known["why"].as_str().unwrap().contains(&format!("it has cosigned {newest} entries")), "{known}");
    // Nothing more is recorded, so nothing is done.
    let agent = first.agent("/mcp/fix", token.trim());
    let refused = agent.initialize("2025-06-18", "{}").await;
    assert_eq!(refused.code(), "P6001", "{refused:?}");
    let act = first.run(&["audit", "witness", "remove", "second"]).await;
    assert!(act.code != 0 && act.stderr.contains("P6001"), "{act:?}");
    let ready = agent.request(Method::GET).path("/readyz").send().await;
    assert_eq!((ready.status, ready.body.as_str()), (503, "not recording"));
    let doctor = first.run(&["doctor"]).await;
    assert!(doctor.stdout.contains("witness second") && doctor.stdout.contains("P6004"), "{doctor:?}");
    first.stop().await;
    let again = Setup::again(&first).refused().await;
    assert!(again.code != 0 && again.stderr.contains("P6004") && again.stderr.contains("second"), "{again:?}");

    // A fork says why; the new log is another one, which the witness has to be told of.
    let fork = ["audit", "fork", "--reason", "the disk was put back"];
    let forked = Setup::again(&first).run(&fork).await;
    assert_eq!(forked.code, 0, "{forked:?}");
    let first = Setup::again(&first).start().await;
    let told = first.events(|event| event["kind"] == "record.forked").await.remove(0);
    assert!(told["detail"]["found"].as_str().unwrap().contains("the witness second cosigned"), "{told}");
    let unknown = trouble(&first, "P6011").await;
    assert!(unknown["why"].as_str().unwrap().contains("does not know this log"), "{unknown}");
    let key = key_of(&first, "after-the-fork").await;
    assert!(key.contains("/record-2+"), "{key}");
    second.peta(&["audit", "log", "add", "first-2", "--key", &key]).await;
    cosigned(&first).await;
    assert!(shown(&first).await["trouble"].is_null());
    let events = first.events(|event| event["kind"].as_str().unwrap().contains("witnessed")).await;
    let kinds: Vec<&str> = events.iter().map(|event| event["kind"].as_str().unwrap()).collect();
    assert_eq!(kinds, ["record.unwitnessed", "record.witnessed"], "{events:?}");
}

/// A log that is kept elsewhere, without Peta.
struct Log {
    signer: Signer,
    leaves: Vec<Hash>,
}

impl Log {
    fn new(size: u8, first: u8) -> Self {
        let leaves = (0..size).map(|n| Hash::of_leaf(&[if n == 0 { first } else { n }])).collect();
        Self { signer: Signer::new("log.example/elsewhere", &[3; 32]).unwrap(), leaves }
    }

    fn note(&self, size: usize) -> String {
        let mut edge = Edge::default();
        self.leaves[..size].iter().for_each(|leaf| edge.push(*leaf, |_, _, _| ()));
        let origin = self.signer.verifier().name().to_owned();
        let mut note = Note::new(&Checkpoint { origin, size: size as u64, root: edge.root() }.to_string()).unwrap();
        note.sign(&self.signer, 0);
        note.to_string()
    }

    /// From one to two entries the proof is the second leaf.
    fn ask(&self, old: usize, new: usize) -> String {
        let proof = match (old, new) {
            (1, 2) => format!("{}\n", self.leaves[1]),
            _ => String::new(),
        };
        format!("old {old}\n{proof}\n{}", self.note(new))
    }
}

#[tokio::test]
async fn a_witness_keeps_to_the_protocol() {
    let mut core = Core::start().await;
    let (log, other) = (Log::new(2, 0), Log::new(2, 9));
    assert_eq!(add_checkpoint(&core, &log.ask(0, 1)).await.status, 404, "nobody added it");
    let key = log.signer.verifier().to_string();
    let added = core.json(&["audit", "log", "add", "elsewhere", "--key", &key, "--json"]).await;
    let by: peta_verify::Verifier = added["cosigned_by"].as_str().unwrap().parse().unwrap();
    let good = |answer: &Answer, size: usize| {
        assert_eq!(answer.status, 200, "{answer:?}");
        let mut note: Note = log.note(size).parse().unwrap();
        assert!(note.take_in(&answer.body, &by).unwrap().is_some());
    };
    good(&add_checkpoint(&core, &log.ask(0, 1)).await, 1);
    good(&add_checkpoint(&core, &log.ask(1, 1)).await, 1);
    let has = |answer: &Answer, size: &str| {
        assert_eq!(
            (answer.status, answer.header("content-type"), answer.body.as_str()),
            (409, "text/x.tlog.size", size)
        );
    };
    has(&add_checkpoint(&core, &log.ask(0, 2)).await, "1\n");
    has(&add_checkpoint(&core, &other.ask(1, 1)).await, "1\n");
    for (body, status) in [
        ("what?".to_owned(), 400),
        (log.ask(2, 1), 400),
        (log.note(1), 400),
        ("x".repeat(70_000), 413),
        (log.ask(1, 2).replace("log.example/elsewhere\n2", "log.example/elsewhere\n3"), 403),
        (log.ask(1, 2).replace("— log.example", "— peta.example"), 403),
        (other.ask(1, 2), 422),
    ] {
        let answer = add_checkpoint(&core, &body).await;
        assert_eq!(answer.status, status, "{answer:?} {}", &body[..body.len().min(200)]);
        assert!(status == 413 || answer.body.starts_with("P601"), "{answer:?}");
    }
    let get = core.agent("/witness/v1/add-checkpoint", "").request(Method::GET).without("authorization").send().await;
    assert_eq!(get.status, 405, "{get:?}");
    // Of two trees that its key signed it is told once.
    has(&add_checkpoint(&core, &other.ask(1, 1)).await, "1\n");
    let told = core.events(|event| event["kind"] == "witness.refused").await;
    assert_eq!(told.len(), 1, "{told:?}");
    assert_eq!((&told[0]["code"], &told[0]["detail"]["log"]), (&json!("P6013"), &json!("log.example/elsewhere")));

    // What was cosigned outlives a kill, and the log's removal.
    core.kill().await;
    let core = Setup::again(&core).start().await;
    has(&add_checkpoint(&core, &log.ask(0, 2)).await, "1\n");
    core.peta(&["audit", "log", "remove", "elsewhere"]).await;
    assert_eq!(add_checkpoint(&core, &log.ask(1, 2)).await.status, 404);
    let again = core.json(&["audit", "log", "add", "again", "--key", &key, "--json"]).await;
    assert_eq!((&again["size"], &again["cosigned_by"]), (&json!(1), &added["cosigned_by"]), "{again}");
    assert_eq!(add_checkpoint(&core, &other.ask(0, 1)).await.status, 409);
    good(&add_checkpoint(&core, &log.ask(1, 2)).await, 2);
    // A witness of itself is none.
    let own = key_of(&core, "own").await;
    let refused = core.run(&["audit", "log", "add", "own", "--key", &own]).await;
    assert!(refused.code != 0 && refused.stderr.contains("P7005"), "{refused:?}");
    let witness = core.run(&["audit", "log", "add", "w", "--key", &by.to_string()]).await;
    assert!(witness.code != 0 && witness.stderr.contains("a witness's key"), "{witness:?}");
}

/// While the vault is locked there is no key to cosign by, and what comes meanwhile does not count as cosigned.
#[tokio::test]
async fn a_locked_witness_cosigns_nothing() {
    let core = Setup::new().config("[vault]\nroot = \"passphrase\"").start().await;
    let passphrase = "correct horse battery staple";
    assert_eq!(core.run_fed(&["vault", "unlock"], passphrase).await.code, 0);
    let log = Log::new(2, 0);
    core.peta(&["audit", "log", "add", "elsewhere", "--key", &log.signer.verifier().to_string()]).await;
    assert_eq!(add_checkpoint(&core, &log.ask(0, 1)).await.status, 200);
    core.peta(&["vault", "lock"]).await;
    let locked = add_checkpoint(&core, &log.ask(1, 2)).await;
    assert!(locked.status == 503 && locked.body.starts_with("P4001"), "{locked:?}");
    assert_eq!(core.run_fed(&["vault", "unlock"], passphrase).await.code, 0);
    assert_eq!(add_checkpoint(&core, &log.ask(1, 2)).await.status, 200);
}

/// How many of the log's own keys signed it.
fn signatures(note: &str) -> usize {
    let note: Note = note.parse().unwrap();
    note.signatures().iter().filter(|signature| note.text().starts_with(&format!("{}\n", signature.name))).count()
}

#[tokio::test]
async fn the_key_of_the_log_is_changed() {
    let (wall, setup) = Wall::of(eager());
    let core = setup.start().await;
    let second = Core::start().await;
    let before = core.file("before.checkpoint");
    fs::write(&before, signed(&core).await).unwrap();
    witnessed_by(&core, &second).await;
    let old = core.file("old.keys");
    fs::copy(core.file("for-the-key").join("keys"), &old).unwrap();
    let rotated = core.json(&["audit", "rotate-key", "--json"]).await;
    let key = rotated["key"].as_str().unwrap().to_owned();

    // For a day both sign: whoever has the old key alone can check, too; so can the witness.
    let during = core.file("during.checkpoint");
    fs::write(&during, signed(&core).await).unwrap();
    assert_eq!(signatures(&fs::read_to_string(&during).unwrap()), 2);
    let folder = export(&core, "during").await;
    for keys in [&old, &folder.join("keys")] {
        let given = ["--keys", keys.to_str().unwrap(), "--checkpoint", before.to_str().unwrap()];
        let (intact, line) = verify(&core, &folder, &given).await;
        assert!(intact, "{line}");
        assert!(verify_in_python(&folder, &given).await);
    }
    cosigned(&core).await;
    second.peta(&["audit", "log", "add", "first-new", "--key", &key]).await;
    // The entry of the act, which both signed, names the new one.
    let act = core.events(|event| event["kind"] == "audit.rotate_key").await.remove(0);
    let named = act["reasons"][0].as_str().unwrap().strip_prefix("key/").unwrap().to_owned();
    let (id, hex) = named.split_once('/').unwrap();
    assert!(key.contains(&format!("+{id}+")) && hex.len() == 64, "{key} {named}");
    let entries = core.json(&["audit", "show", &act["sequence"].to_string(), "--json"]).await;
    assert!(act["detail"]["key"] == json!(key) && entries["place"].is_u64(), "{act} {entries}");

    // A day later the old one signs no more, and is good for nothing beyond.
    wall.set(24 * 3_600 + 60);
    core.token("late", &[]).await;
    let alone = eventually("the new key signs alone", || async {
        let note = signed(&core).await;
        (signatures(&note) == 1).then_some(note)
    })
    .await;
    assert!(alone.parse::<Note>().unwrap().check(&key.parse().unwrap()).is_ok());
    let folder = export(&core, "after").await;
    let keys = fs::read_to_string(folder.join("keys")).unwrap();
    let terms: Vec<Vec<&str>> = keys.lines().map(|line| line.split(' ').collect()).collect();
    assert!(
        terms.len() == 2 && terms[0][2].parse::<u64>().is_ok() && terms[1][2] == "-" && terms[1][0] == key,
        "{keys}"
    );
    let own = folder.join("keys");
    let kept = ["--checkpoint", before.to_str().unwrap(), "--checkpoint", during.to_str().unwrap()];
    let given = [&["--keys", own.to_str().unwrap()], kept.as_slice()].concat();
    let (intact, line) = verify(&core, &folder, &given).await;
    assert!(intact, "{line}");
    assert!(verify_in_python(&folder, &given).await);
    let (intact, line) = verify(&core, &folder, &["--keys", old.to_str().unwrap()]).await;
    assert!(!intact && line.contains("checkpoint: there is no signature of"), "{line}");
    assert!(!verify_in_python(&folder, &["--keys", old.to_str().unwrap()]).await);
    // Nor is what it signed for larger trees: here its time is said to have ended before.
    let ended = core.file("ended.keys");
    let first = terms[0][0];
    fs::write(&ended, format!("{first} 0 1\n")).unwrap();
    let (intact, line) = verify(&core, &core.file("during"), &["--keys", ended.to_str().unwrap()]).await;
    assert!(!intact && line.contains("no key of"), "{line}");
    // The witness, which was told of the new key, goes on.
    cosigned(&core).await;
    let refused = second.run(&["audit", "rotate-key"]).await;
    assert_eq!(refused.code, 0, "its own record has a key, too: {refused:?}");
}
