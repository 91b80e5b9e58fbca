//! Full files of the record are put elsewhere, sealed, before they expire; and one that comes back is the one that went.

use std::{fs, path::PathBuf};

use peta_testkit::{Core, Setup, Value, eventually, json, services::Moto};

use crate::{
    house::{Solo, Way},
    record::{signed, verify, verify_in_python},
};

const SMALL: &str = "[record]\nsegment = \"16KiB\"";

/// A record of several files, with somebody's name in its private parts.
async fn lived() -> Solo {
    let solo = Solo::on(Setup::new().config(SMALL), Way::Stdio, &[], &[]).await;
    let args = ["agent", "add", "lovelace-bot", "--user", "ada.lovelace", "--grant", "fix", "--quiet"];
    let token = solo.core.peta(&args).await;
    let mut agent = solo.core.agent("/mcp/fix", token.trim());
    agent.open().await;
    for _ in 0..200 {
        agent.call("echo", "{}").await;
    }
    for _ in 0..200 {
        solo.agent.call("echo", "{}").await;
    }
    signed(&solo.core).await;
    solo
}

fn logs(core: &Core) -> Vec<PathBuf> {
    let there = fs::read_dir(core.file("data/record")).unwrap().flatten();
    let mut paths: Vec<PathBuf> = there.map(|entry| entry.path()).collect();
    paths.retain(|path| path.extension().is_some_and(|ending| ending == "log"));
    paths.sort();
    paths
}

/// What is archived, once all that is full is.
async fn archived(core: &Core) -> Vec<Value> {
    eventually("all is archived", || async move {
        let shown = core.json(&["audit", "archive", "show", "--json"]).await;
        (shown["waiting"] == 0 && shown["files"] != 0).then_some(())
    })
    .await;
    core.json(&["audit", "archive", "list", "--json"]).await["items"].as_array().unwrap().clone()
}

fn contains(bytes: &[u8], word: &str) -> bool {
    bytes.windows(word.len()).any(|window| window == word.as_bytes())
}

#[tokio::test]
async fn what_expired_comes_back_from_the_archive_as_it_was() {
    let solo = lived().await;
    let core = &solo.core;
    let (folder, keys) = (core.file("archive"), core.file("log.keys"));
    let to = format!("file:{}", folder.display());
    let before = core.events(|_| true).await.last().unwrap()["time"].as_str().unwrap().to_owned();
    for wrong in [core.file("data"), core.file("data/inside")] {
        let refused = core.run(&["audit", "archive", "set", "--to", &format!("file:{}", wrong.display())]).await;
        assert!(refused.code == 1 && refused.stderr.contains("P7005"), "{refused:?}");
    }

    // The folder is not there: nothing is archived, and so nothing expires.
    core.peta(&["audit", "archive", "set", "--to", &to]).await;
    eventually("the doctor tells", || async move {
        let told = core.run(&["doctor"]).await.stdout;
        (told.contains("archive") && told.contains("P6031")).then_some(())
    })
    .await;
    let waits = core.run(&["audit", "expire", "--before", &before]).await;
    assert!(waits.code == 1 && waits.stderr.contains("the archive does not have all of it yet"), "{waits:?}");
    fs::create_dir(&folder).unwrap();
    let files = archived(core).await;
    assert!(files.len() > 4, "{files:?}");
    assert!(folder.join("peta-archive.check").exists(), "it is known that files can be put before one is full");
    let first = &files[0];
    let (name, last) = (first["name"].as_str().unwrap(), first["to"].as_u64().unwrap());
    assert_eq!((&first["from"], &first["here"]), (&json!(1), &json!(true)));
    let was = fs::read(&logs(core)[0]).unwrap();
    let object = fs::read(folder.join(name)).unwrap();
    assert!(object.len() > was.len() && !contains(&object, "\"kind\"") && !contains(&object, "echo"));

    // Each is put once, a start later too.
    let mut solo = solo;
    solo.core.kill().await;
    let core = &Setup::again(&solo.core).config(SMALL).start().await;
    signed(core).await;
    let later = archived(core).await;
    assert_eq!(&later[..files.len()], &files[..]);

    core.peta(&["audit", "expire", "--before", &before]).await;
    eventually("files go", || async move { (!logs(core)[0].ends_with("00000000000000000001.log")).then_some(()) })
        .await;
    signed(core).await;

    let out = core.file("restored");
    // No bundle of 256 entries is in one of these files: three of them have one.
    let names: Vec<&str> = files[..3].iter().map(|file| file["name"].as_str().unwrap()).collect();
    let restore = [&["audit", "archive", "restore", "--out", out.to_str().unwrap()], &names[..]].concat();
    let told = core.peta(&restore).await;
    assert!(told.contains(&format!("{last} entries, 1 to {last}, each as it stands in the tree")), "{told}");
    assert_eq!(fs::read(out.join("00000000000000000001.log")).unwrap(), was, "it is the file that went");
    fs::copy(out.join("keys"), &keys).unwrap();
    let given = ["--keys", keys.to_str().unwrap()];
    let (intact, line) = verify(core, &out, &given).await;
    assert!(intact, "{line}");
    assert!(verify_in_python(&out, &given).await);
    assert!(out.join("tile/entries").is_dir(), "entries came back");
    let told = core.events(|event| event["kind"] == "archive.restore" && event["outcome"] == "ok").await;
    assert_eq!(told[0]["detail"]["file"], json!(name), "{told:?}");

    // Changed, cut, or another one in its place: refused, and nothing of it is given.
    for spoilt in [
        [&object[..200], &[object[200] ^ 1], &object[201..]].concat(),
        object[..object.len() - 1].to_vec(),
        fs::read(folder.join(files[1]["name"].as_str().unwrap())).unwrap(),
    ] {
        fs::write(folder.join(name), spoilt).unwrap();
        let away = core.file("spoilt");
        let refused = core.run(&["audit", "archive", "restore", name, "--out", away.to_str().unwrap()]).await;
        assert!(refused.code == 1 && refused.stderr.contains("P6032"), "{refused:?}");
        assert_eq!(fs::read_dir(&away).map(Iterator::count).unwrap_or(0), 0);
    }
    fs::remove_file(folder.join(name)).unwrap();
    let refused = core.run(&["audit", "archive", "restore", name, "--out", core.file("gone").to_str().unwrap()]).await;
    assert!(refused.code == 1 && refused.stderr.contains("P6031"), "{refused:?}");
}

/// The keys of archived files are wrapped anew as others are, and what is sealed in a file stays so.
#[tokio::test]
async fn archives_outlive_the_vaults_keys_and_no_erasure_is_undone_by_them() {
    let solo = lived().await;
    let core = &solo.core;
    let folder = core.file("archive");
    fs::create_dir(&folder).unwrap();
    core.peta(&["audit", "archive", "set", "--to", &format!("file:{}", folder.display())]).await;
    let files = archived(core).await;
    for what in ["--kek", "--reseal"] {
        core.peta(&["vault", "rotate", what]).await;
        eventually("it is rotated", || async move {
            core.json(&["vault", "status", "--json"]).await["rotation"].is_null().then_some(())
        })
        .await;
    }
    core.peta(&["agent", "revoke", "lovelace-bot"]).await;
    core.peta(&["audit", "erase", "ada.lovelace"]).await;
    for (at, file) in files.iter().enumerate() {
        let out = core.file(&format!("restored-{at}"));
        core.peta(&["audit", "archive", "restore", file["name"].as_str().unwrap(), "--out", out.to_str().unwrap()])
            .await;
        let log = fs::read(out.join(format!("{:020}.log", file["from"].as_u64().unwrap()))).unwrap();
        assert!(!contains(&log, "lovelace"), "it is sealed under their key, which is gone");
        // It is what Core itself has, and Core cannot read it any more.
        assert_eq!(log, fs::read(&logs(core)[at]).unwrap());
    }
    assert!(core.events(|event| event.to_string().contains("ada.lovelace")).await.is_empty());

    // Removed and set again where the files lie, they open.
    core.peta(&["audit", "archive", "remove"]).await;
    let name = files[0]["name"].as_str().unwrap();
    let unset = core.run(&["audit", "archive", "restore", name, "--out", core.file("u").to_str().unwrap()]).await;
    assert!(unset.code == 1 && unset.stderr.contains("no archive is set"), "{unset:?}");
    let moved = core.file("moved");
    fs::rename(&folder, &moved).unwrap();
    core.peta(&["audit", "archive", "set", "--to", &format!("file:{}", moved.display())]).await;
    core.peta(&["audit", "archive", "restore", name, "--out", core.file("again").to_str().unwrap()]).await;
}

/// The row is written once the object is there: a kill leaves at most an object that no row names.
#[tokio::test]
async fn a_kill_while_files_are_archived_loses_none() {
    let mut solo = lived().await;
    let folder = solo.core.file("archive");
    fs::create_dir(&folder).unwrap();
    let objects = || {
        fs::read_dir(&folder)
            .unwrap()
            .flatten()
            .filter(|it| it.path().extension().is_some_and(|end| end == "peta"))
            .count()
    };
    solo.core.peta(&["audit", "archive", "set", "--to", &format!("file:{}", folder.display())]).await;
    let mut started: Option<Core> = None;
    for more in 1..=3 {
        eventually("one more is there", || async { (objects() >= more).then_some(()) }).await;
        let core = started.as_mut().unwrap_or(&mut solo.core);
        core.kill().await;
        started = Some(Setup::again(core).config(SMALL).start().await);
    }
    let core = started.as_ref().unwrap();
    signed(core).await;
    let files = archived(core).await;
    let mut next = 1;
    for (at, file) in files.iter().enumerate() {
        assert_eq!(file["from"], next, "each once, and none left out: {files:?}");
        next = file["to"].as_u64().unwrap() + 1;
        let out = core.file(&format!("restored-{at}"));
        core.peta(&["audit", "archive", "restore", file["name"].as_str().unwrap(), "--out", out.to_str().unwrap()])
            .await;
    }
    assert!(objects() <= files.len() + 3, "a kill leaves one that no row names, at most");
}

#[tokio::test]
async fn archived_in_a_bucket_of_moto() {
    let Some(moto) = Moto::start().await else { return };
    let host = moto.origin().replace("http://", "");
    let signed = "AWS4-HMAC-SHA256 Credential=AKID/20261130/us-east-1/s3/aws4_request, SignedHeaders=host, Signature=0";
    let put = format!(
        "PUT /bucket HTTP/1.1\r\nhost: {host}\r\nconnection: close\r\nauthorization: {signed}\r\ncontent-length: 0\r\n\r\n"
    );
    let made = peta_testkit::raw_exchange(&host, put.as_bytes()).await;
    assert!(made.starts_with("HTTP/1.1 200"), "{made}");
    let solo = lived().await;
    let core = &solo.core;
    let (secret, to) = (core.file("secret"), format!("s3+{}/bucket/peta", moto.origin()));
    fs::write(&secret, "an access key's secret").unwrap();
    let bare = core.run(&["audit", "archive", "set", "--to", &to]).await;
    assert!(bare.code == 1 && bare.stderr.contains("P7005"), "{bare:?}");
    let set = ["audit", "archive", "set", "--to", &to, "--user", "AKID", "--from-file", secret.to_str().unwrap()];
    core.peta(&set).await;
    let files = archived(core).await;
    let out = core.file("restored");
    let name = files[0]["name"].as_str().unwrap();
    core.peta(&["audit", "archive", "restore", name, "--out", out.to_str().unwrap()]).await;
    assert_eq!(fs::read(out.join("00000000000000000001.log")).unwrap(), fs::read(&logs(core)[0]).unwrap());
    let shown = core.peta(&["audit", "archive", "show"]).await;
    assert!(shown.contains("AKID") && !shown.contains("an access key's secret"), "{shown}");
}
