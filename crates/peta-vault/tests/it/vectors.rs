//! Test vectors: what is made here from given bytes is what is committed, so that whoever reads the formats by their page
//! can check it (`examples/vault/open.py` does). `cargo test -p peta-vault --test it -- --ignored write_vectors` writes them.

use std::{path::PathBuf, time::Duration};

use peta_arena::{Arena, Unlocked};
use peta_model::{InstallId, Moment, SubjectId, TenantId};
use peta_vault::{
    Key, NoRandom, Place,
    envelope::{HEAD, rewrap, seal},
    key_file::KeyFile,
    keys::{Kek, KekId, KekRow, Purpose, reserve},
    passphrase::{Derivation, Passphrase},
    payload_file::{PayloadFile, PayloadKek},
    root::{LocalRoot, Root},
    safe::Safe,
};
use serde_json::{Value, json};

use crate::envelope::{Counting, from, kek, place};

fn key(first: u8) -> Key {
    Key::fill(|bytes| {
        *bytes = from(first);
        Ok::<(), NoRandom>(())
    })
    .expect("made of nothing")
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn hex_of(key: &Key) -> String {
    key.with(|bytes| hex(bytes))
}

fn install() -> InstallId {
    place().install
}

fn tenant() -> TenantId {
    place().tenant
}

fn envelope() -> Value {
    let fields: [(&str, &[u8]); 3] = [("token", b"s3cret"), ("note", b""), ("X-Api-Key", &[0, 255, 10, 128])];
    let ((old, first), (new, second)) = (kek(0x30, 0x40), kek(0x31, 0x60));
    let ids = (hex(old.id.as_bytes()), hex(new.id.as_bytes()));
    let sealed = seal((&old, first), &place(), &fields, &mut Counting(0)).expect("it can be sealed");
    let mut moved = sealed.clone();
    rewrap(&mut moved, &place(), &old, (&new, second), &mut Counting(150)).expect("it opens");
    let changed = |at: usize| {
        let mut bytes = sealed.clone();
        bytes[at] ^= 1;
        hex(&bytes)
    };
    json!({
        "install": hex(place().install.as_bytes()),
        "tenant": hex(place().tenant.as_bytes()),
        "kind": place().kind.number(),
        "object": hex(&place().object),
        "version": hex(&place().version.to_be_bytes()),
        "keks": { &ids.0: hex_of(&old.key), &ids.1: hex_of(&new.key) },
        "fields": fields.map(|(name, value)| json!({ "name": name, "value": hex(value) })),
        "envelope": hex(&sealed),
        "rewrapped": hex(&moved),
        "refused": {
            "magic": changed(0), "algorithm": changed(4), "count": changed(5), "zero": changed(7),
            "wrap nonce": changed(24), "wrapped key": changed(36), "its tag": changed(83),
            "name": changed(HEAD + 1), "length": changed(HEAD + 21), "tag": changed(sealed.len() - 1),
            "cut": hex(&sealed[..sealed.len() - 1]), "rest": hex(&[sealed.as_slice(), &[0]].concat()),
            "head of another place": hex(&[&sealed[..8], &other_head(&fields)[8..HEAD], &sealed[HEAD..]].concat()),
        },
    })
}

fn other_head(fields: &[(&str, &[u8])]) -> Vec<u8> {
    let (kek, wrap) = kek(0x30, 0x40);
    seal((&kek, wrap), &Place { version: 1, ..place() }, fields, &mut Counting(0)).expect("it can be sealed")
}

fn rows(root: &LocalRoot) -> Vec<(KekRow, Kek)> {
    let (mut random, now) = (Counting(0), Moment::from_micros(1_700_000_000_000_000));
    Purpose::ALL
        .map(|purpose| KekRow::make(root, (install(), tenant(), purpose), now, &mut random).expect("a row"))
        .into()
}

fn row((row, kek): &(KekRow, Kek)) -> Value {
    json!({
        "id": hex(row.id.as_bytes()),
        "tenant": hex(row.tenant.as_bytes()),
        "purpose": row.purpose.number(),
        "check": hex(row.check.as_bytes()),
        "wrapped": hex(&row.wrapped),
        "key": hex_of(&kek.key),
    })
}

fn keks() -> Value {
    let root = LocalRoot::new(key(0x80));
    json!({
        "install": hex(install().as_bytes()),
        "root": hex_of(root.key()),
        "rows": rows(&root).iter().map(row).collect::<Vec<_>>(),
    })
}

fn passphrases() -> Value {
    let texts = ["correct horse battery staple", "cafe\u{301} ﬁle １２３", "пароль, который длинен"];
    let of = |(text, measured): (&str, u32)| {
        let derivation = Derivation::new(measured, &mut Counting(u64::from(measured))).expect("bytes");
        let root = Passphrase::new(text).expect("long enough").derive(&derivation);
        json!({
            "passphrase": text,
            "derivation": hex(&derivation.to_bytes()),
            "root": hex_of(root.key()),
            "check": hex(root.check(install()).as_bytes()),
        })
    };
    json!({ "install": hex(install().as_bytes()), "cases": texts.iter().copied().zip([0, 600_001, 700_000]).map(of).collect::<Vec<_>>() })
}

fn key_file() -> Value {
    let root = LocalRoot::new(key(0x80));
    let rows: Vec<_> = rows(&root).into_iter().filter(|(row, _)| row.purpose == Purpose::Payload).collect();
    let file = KeyFile { install: install(), root, keks: rows.iter().map(|(row, _)| row.clone()).collect() };
    json!({ "text": file.write().as_str(), "root": hex_of(file.root.key()), "rows": rows.iter().map(row).collect::<Vec<_>>() })
}

/// From the file of the record's keys down to a private part.
fn payload_file() -> Value {
    let (root, random) = (LocalRoot::new(key(0x80)), Box::new(Counting(100)));
    let beside: Vec<_> = rows(&root).into_iter().filter(|(row, _)| row.purpose == Purpose::Beside).collect();
    let arena = Arena::new(1 << 16, Unlocked::Tell).expect("memory");
    let safe = Safe::locked(install(), arena, Box::new(|| Duration::ZERO), random);
    safe.unlock(&root, &[beside[0].0.clone()]).expect("its root");
    let make = |seconds: i64| {
        let (row, kek) = safe.make_payload(tenant(), Moment::from_micros(seconds * 1_000_000)).expect("a key");
        safe.insert(&row, kek);
        row
    };
    let (old, new) = (make(1_700_000_000), make(1_700_090_000));
    let mut file = PayloadFile { install: install(), keks: vec![], erased: vec![], destroyed: vec![] };
    file.keks.push(PayloadKek { row: old.clone(), until: None });
    file.erase(SubjectId::from_bytes([0xe1; 16]), old.id, Moment::from_micros(1_700_050_000_000_000));
    file.exchange(new.clone(), Moment::from_micros(1_700_090_000_000_000));
    file.destroyed.push(KekId::from_bytes([0xde; 16]));
    safe.grant(reserve(new.id, 0).expect("wraps").1).expect("it is here");
    let subject = SubjectId::from_bytes([0x51; 16]);
    let (envelope, key) = safe.new_subject(tenant(), subject).expect("a subject key");
    key.grant(1);
    let (aad, text) = (b"what stands beside it".as_slice(), b"who it was".as_slice());
    json!({
        "install": hex(install().as_bytes()),
        "tenant": hex(tenant().as_bytes()),
        "beside": hex_of(&beside[0].1.key),
        "text": file.write(),
        "current": hex(new.id.as_bytes()),
        "retiring": { hex(old.id.as_bytes()): file.keks[0].until.expect("it retires").micros() },
        "subject": hex(subject.as_bytes()),
        "envelope": hex(&envelope),
        "beside the part": hex(aad),
        "sealed": hex(&key.seal(aad, text, from(0x70)).expect("one seal was granted")),
        "part": hex(text),
    })
}

fn all() -> [(&'static str, Value); 5] {
    [
        ("envelope", envelope()),
        ("keks", keks()),
        ("passphrases", passphrases()),
        ("key_file", key_file()),
        ("payload_file", payload_file()),
    ]
}

fn path(name: &str) -> PathBuf {
    [env!("CARGO_MANIFEST_DIR"), "tests", "vectors", &format!("{name}.json")].iter().collect()
}

#[test]
fn vectors_are_what_is_committed() {
    for (name, made) in all() {
        let text = std::fs::read_to_string(path(name)).expect("the vectors are committed");
        let committed: Value = serde_json::from_str(&text).expect("JSON");
        assert_eq!(committed, made, "{name}.json: the format has changed, and what was sealed before does not open");
    }
}

#[test]
#[ignore = "writes the vectors anew; only when a format gets a new version"]
fn write_vectors() {
    for (name, made) in all() {
        let text = serde_json::to_string_pretty(&made).expect("JSON");
        std::fs::write(path(name), text + "\n").expect("a writable folder");
    }
}
