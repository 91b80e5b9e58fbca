//! A report as a bundle: each file is in the manifest, the manifest is in the signed record, the record checks itself.

use std::{collections::BTreeMap, fs, path::Path};

use aws_lc_rs::digest::{SHA256, digest};
use peta_testkit::{Value, json};
use peta_verify::{Checkpoint, Hash, Keys, Note, check_inclusion};

use super::{
    sheet::Sheet,
    world::{World, moment},
};

fn sha256(bytes: &[u8]) -> String {
    digest(&SHA256, bytes).as_ref().iter().map(|byte| format!("{byte:02x}")).collect()
}

fn files(root: &Path, folder: &Path, into: &mut BTreeMap<String, String>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files(root, &path, into);
        } else {
            let name = path.strip_prefix(root).unwrap().to_str().unwrap().to_owned();
            into.insert(name, sha256(&fs::read(&path).unwrap()));
        }
    }
}

/// What the proof shows to be in the record, and the checkpoint that signs it.
fn proven(proof: &str, keys: &Keys) -> (Value, Checkpoint) {
    let (head, note) = proof.split_once("\n\n").expect("a proof and a note");
    let mut lines = head.lines();
    assert_eq!(lines.next(), Some("c2sp.org/tlog-proof@v1"));
    let extra = lines.next().and_then(|line| line.strip_prefix("extra ")).expect("the entry");
    let entry = base64(extra);
    let index: u64 = lines.next().and_then(|line| line.strip_prefix("index ")).expect("a place").parse().unwrap();
    let hashes: Vec<Hash> = lines.map(|line| line.parse().unwrap()).collect();
    let note: Note = note.parse().expect("a note");
    let checkpoint: Checkpoint = note.text().parse().expect("a checkpoint");
    keys.check(&note, &checkpoint).expect("signed with the log's key");
    check_inclusion(Hash::of_leaf(&entry), index, checkpoint.size, checkpoint.root, &hashes).expect("in the tree");
    (serde_json::from_slice(&entry).unwrap(), checkpoint)
}

fn base64(text: &str) -> Vec<u8> {
    let value = |c: u8| match c {
        b'A'..=b'Z' => c - b'A',
        b'a'..=b'z' => c - b'a' + 26,
        b'0'..=b'9' => c - b'0' + 52,
        b'+' => 62,
        b'/' => 63,
        other => panic!("{other} in base64"),
    };
    let mut bytes = Vec::new();
    let (mut bits, mut have) = (0_u32, 0);
    for c in text.bytes().filter(|c| *c != b'=') {
        (bits, have) = (bits << 6 | u32::from(value(c)), have + 6);
        if have >= 8 {
            have -= 8;
            bytes.push(u8::try_from(bits >> have & 0xff).unwrap());
        }
    }
    bytes
}

#[tokio::test]
async fn a_bundle_is_vouched_for() {
    let world = World::new().await;
    let to = moment(&world.core).await;
    let folder = world.core.file("q4");
    let words = ["audit", "report", "changes", "--to", &to, "--bundle", folder.to_str().unwrap()];
    let said = world.core.peta(&words).await;
    assert!(said.contains("vouches for them"), "{said}");

    let manifest = fs::read(folder.join("manifest.json")).unwrap();
    let told: Value = serde_json::from_slice(&manifest).unwrap();
    assert_eq!((&told["report"], &told["filters"]["until"]), (&json!("changes"), &json!(to)));
    let mut there = BTreeMap::new();
    files(&folder, &folder, &mut there);
    there.remove("manifest.json");
    there.remove("manifest.proof");
    assert_eq!(told["files"], json!(there), "each file, and no other");
    assert!(there.contains_key("record/checkpoint") && there.contains_key("report.csv"), "{there:?}");

    // The auditor's own program, with the keys.
    let mut verify = peta_testkit::command(&peta_testkit::verify_program());
    verify.arg("--keys").arg(folder.join("record/keys")).arg(folder.join("record"));
    let ran = peta_testkit::finish("peta-verify", verify).await;
    assert!(ran.code == 0 && ran.stdout.contains("intact"), "{ran:?}");

    let keys = Keys::read(&fs::read_to_string(folder.join("record/keys")).unwrap()).unwrap();
    let proof = fs::read_to_string(folder.join("manifest.proof")).unwrap();
    let (entry, checkpoint) = proven(&proof, &keys);
    assert_eq!(entry["kind"], "audit.report");
    assert_eq!(entry["reasons"], json!([format!("manifest/{}", sha256(&manifest))]), "{entry}");
    assert!(entry.get("detail").is_none(), "whom it was about is not for everybody: {entry}");

    // The record beside it is not older than the report.
    let report: Value = serde_json::from_slice(&fs::read(folder.join("report.json")).unwrap()).unwrap();
    let acts = report["acts"].as_array().unwrap();
    let newest = acts.iter().map(|act| act["sequence"].as_u64().unwrap()).max().unwrap();
    let exported: Note = fs::read_to_string(folder.join("record/checkpoint")).unwrap().parse().unwrap();
    let exported: Checkpoint = exported.text().parse().unwrap();
    assert!(
        exported.size >= newest && checkpoint.size > exported.size,
        "{} {} {newest}",
        exported.size,
        checkpoint.size
    );
    assert_eq!(Sheet::read(&fs::read_to_string(folder.join("report.csv")).unwrap()).rows.len(), acts.len());
    assert!(acts.len() > 10, "{report}");

    // The whole of it, offline, and what is changed anywhere in it is found.
    let keys = world.core.file("peta.keys");
    fs::copy(folder.join("record/keys"), &keys).unwrap();
    let keys = keys.to_str().unwrap();
    let verify = ["audit", "verify", folder.to_str().unwrap(), "--keys", keys];
    let ran = world.core.run(&verify).await;
    assert!(ran.code == 0 && ran.stdout.contains("intact"), "{ran:?}");
    let unknown = folder.join("more.csv");
    fs::write(&unknown, "x").unwrap();
    let ran = world.core.run(&verify).await;
    assert!(ran.code == 1 && ran.stdout.contains("not intact: more.csv"), "{ran:?}");
    fs::remove_file(&unknown).unwrap();
    for name in there.keys().map(String::as_str).chain(["manifest.json", "manifest.proof"]) {
        let path = folder.join(name);
        let whole = fs::read(&path).unwrap();
        let mut changed = whole.clone();
        let middle = changed.len() / 2;
        changed[middle] = if changed[middle] == b'7' { b'8' } else { b'7' };
        fs::write(&path, &changed).unwrap();
        let ran = world.core.run(&verify).await;
        assert!(ran.code == 1 && ran.stdout.contains("not intact"), "{name}: {ran:?}");
        fs::write(&path, &whole).unwrap();
    }
    // A manifest that fits forged files is another manifest than the record's.
    let (csv, manifest_file) = (folder.join("report.csv"), folder.join("manifest.json"));
    let (true_csv, forged_csv) = (fs::read(&csv).unwrap(), b"forged\r\n");
    let text = String::from_utf8(manifest.clone()).unwrap().replace(&sha256(&true_csv), &sha256(forged_csv));
    fs::write(&csv, forged_csv).unwrap();
    fs::write(&manifest_file, text).unwrap();
    let ran = world.core.run(&verify).await;
    assert!(ran.code == 1 && ran.stdout.contains("names another one"), "{ran:?}");
    fs::write(&csv, &true_csv).unwrap();
    fs::write(&manifest_file, &manifest).unwrap();
    assert_eq!(world.core.run(&verify).await.code, 0, "all is put back");

    let again = world.core.run(&words).await;
    assert!(again.code == 2 && again.stderr.contains("not empty"), "{again:?}");
    let table = world.core.peta(&["audit", "report", "changes"]).await;
    assert_eq!(table.matches("audit.report").count(), 3, "what was refused is no report: {table}");
}

/// While the vault is locked nothing is signed: there is no bundle, and nothing is left that looks like one.
#[tokio::test]
async fn nothing_is_bundled_unsigned() {
    let world = World::new().await;
    world.core.peta(&["vault", "lock"]).await;
    let folder = world.core.file("bundle");
    let ran = world.core.run(&["audit", "report", "retention", "--bundle", folder.to_str().unwrap()]).await;
    assert!(ran.code == 1 && ran.stderr.contains("P6005"), "{ran:?}");
    assert!(!folder.join("manifest.json").exists() && !folder.join("report.json").exists());
}
