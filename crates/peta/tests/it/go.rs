//! Go as another hand that checks what is exported, on the packages of its own checksum database.

use std::{
    fs,
    path::{Path, PathBuf},
};

use peta_testkit::{Core, command, finish};

use crate::{
    house::{Solo, Way},
    record::{export, signed},
    witness::{cosigned, eager, witnessed_by},
};

/// The program in examples/verify/go, built once; none where Go or its package is not installed.
fn go_program(into: &Path) -> Option<PathBuf> {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples/verify/go/main.go");
    let installed = Path::new("/usr/share/gocode/src/golang.org/x/mod/sumdb/note").is_dir();
    let go = ["/usr/bin/go", "/usr/local/go/bin/go"].into_iter().map(Path::new).find(|go| go.is_file());
    let Some(go) = go.filter(|_| installed) else {
        let text =
            "Go is not installed (apt-get install golang-go golang-golang-x-mod-dev): nothing was tested with it\n";
        _ = std::io::Write::write_all(&mut std::io::stderr(), text.as_bytes());
        return None;
    };
    let program = into.join("verify-go");
    #[expect(clippy::disallowed_methods, reason = "a compiler, not a server")]
    let mut build = std::process::Command::new(go);
    build.args(["build", "-o", program.to_str().unwrap(), source.to_str().unwrap()]);
    build
        .env("GO111MODULE", "off")
        .env("GOPATH", "/usr/share/gocode")
        .env("GOFLAGS", "")
        .env("GOCACHE", into.join("go"));
    let built = build.output().unwrap();
    assert!(built.status.success(), "{}", String::from_utf8_lossy(&built.stderr));
    Some(program)
}

/// Notes, tiles and proofs are what Go's checksum database has, too: it is the format that is trusted, and not our code.
#[tokio::test]
async fn go_checks_it_too() {
    let folder = tempfile::tempdir().unwrap();
    let Some(program) = go_program(folder.path()) else { return };
    let check = async |words: &[&str]| {
        let mut go = command(&program);
        go.args(words);
        let ran = finish("verify-go", go).await;
        assert!(matches!(ran.code, 0 | 1) && ran.stdout.lines().count() == 1, "{ran:?}");
        (ran.code == 0, ran.stdout)
    };
    let solo = Solo::on(eager(), Way::Stdio, &[], &[]).await;
    let (core, second) = (&solo.core, Core::start().await);
    let kept = core.file("kept.checkpoint");
    fs::write(&kept, signed(core).await).unwrap();
    for _ in 0..150 {
        solo.agent.call("echo", "{}").await;
    }
    let by = witnessed_by(core, &second).await;
    core.peta(&["audit", "rotate-key"]).await;
    cosigned(core).await;
    let call = core.events(|event| event["capability"] == "echo").await.remove(0);
    let proof = core.file("call.proof");
    core.peta(&["audit", "prove", call["id"].as_str().unwrap(), "--out", proof.to_str().unwrap()]).await;
    let folder = export(core, "export").await;
    let keys = core.file("log.keys");
    fs::copy(folder.join("keys"), &keys).unwrap();
    let [dir, keys, kept, proof] = [&folder, &keys, &kept, &proof].map(|path| path.to_str().unwrap().to_owned());
    let all = ["-keys", &keys, "-checkpoint", &kept, "-proof", &proof, "-witness", &by, &dir];
    let (intact, line) = check(&all).await;
    let place = call["sequence"].as_u64().unwrap() - 1;
    let said = format!("it begins with the checkpoint; entry {place} is proven; cosigned by ");
    assert!(intact && line.contains(&said), "{line}");

    // What is changed is found out, whatever it is.
    for file in ["checkpoint", "tile/0/000", "tile/entries/000", "cosigned/second"] {
        let path = folder.join(file);
        let whole = fs::read(&path).unwrap();
        // Of notes what is signed, and the last signature: of two keys that sign, one that is not known is passed over.
        let places = match file {
            "checkpoint" => vec![0, 53, 70],
            "cosigned/second" => vec![0, 53, 70, whole.len() - 2],
            _ => vec![0, whole.len() / 2, whole.len() - 2],
        };
        for at in places {
            let mut other = whole.clone();
            other[at] ^= 1;
            fs::write(&path, other).unwrap();
            let (intact, line) = check(&all).await;
            assert!(!intact, "{file} {at}: {line}");
        }
        fs::write(&path, whole).unwrap();
    }
    for (file, from, to) in
        [(&proof, "\nindex ", "\nindex 1"), (&kept, "/record\n", "/record-2\n"), (&keys, " 0 ", " 9000 ")]
    {
        let whole = fs::read_to_string(file).unwrap();
        assert!(whole.contains(from), "{whole}");
        fs::write(file, whole.replacen(from, to, 1)).unwrap();
        let (intact, line) = check(&all).await;
        assert!(!intact, "{file}: {line}");
        fs::write(file, whole).unwrap();
    }
    assert!(check(&all).await.0);
}
