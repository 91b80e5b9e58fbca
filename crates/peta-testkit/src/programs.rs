//! Where the programs are: the product and the fixture beside the test's own executable, the peers where
//! `tests/peers/install.sh` puts them.

use std::{
    path::{Path, PathBuf},
    sync::OnceLock,
    time::SystemTime,
};

/// The built `peta`.
pub fn peta_program() -> PathBuf {
    let program = target().join("peta");
    assert!(program.is_file(), "{} is not built: cargo build -p peta", program.display());
    program
}

/// The built `peta-fixture`; built now if it is missing or older than its source, as `cargo test -p peta` alone does
/// not build a program of another crate.
pub fn fixture_program() -> PathBuf {
    static BUILT: OnceLock<PathBuf> = OnceLock::new();
    BUILT
        .get_or_init(|| {
            let program = target().join("peta-fixture");
            if changed(&program) < newest(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src")) {
                build(&["-p", "peta", "-p", "peta-testkit", "--bin", "peta-fixture", "--bin", "peta-dump"]);
            }
            program
        })
        .clone()
}

/// The built `peta-dump`, which comes with the fixture.
pub fn dump_program() -> PathBuf {
    let program = fixture_program().with_file_name("peta-dump");
    assert!(program.is_file(), "{} is not built: cargo build -p peta-testkit", program.display());
    program
}

/// The built `peta-verify`, the auditor's program; built now as the fixture is.
pub fn verify_program() -> PathBuf {
    static BUILT: OnceLock<PathBuf> = OnceLock::new();
    BUILT
        .get_or_init(|| {
            let program = target().join("peta-verify");
            if changed(&program) < newest(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../peta-verify/src")) {
                build(&["-p", "peta-verify", "--bin", "peta-verify"]);
            }
            program
        })
        .clone()
}

fn build(what: &[&str]) {
    let cargo = option_env!("CARGO").unwrap_or("cargo");
    #[expect(clippy::disallowed_methods, reason = "the tests build the fixture they need")]
    let mut command = std::process::Command::new(cargo);
    command.args(["build", "--quiet", "--offline"]).args(what);
    command.arg("--target-dir").arg(target().parent().expect("a target folder"));
    assert!(command.status().is_ok_and(|status| status.success()), "{what:?} cannot be built");
}

/// The folder of this build's programs.
fn target() -> PathBuf {
    let exe = std::env::current_exe().expect("the test's own path");
    let folder = exe.parent().expect("a folder");
    if folder.ends_with("deps") { folder.parent().expect("a folder").to_owned() } else { folder.to_owned() }
}

fn changed(path: &Path) -> SystemTime {
    path.metadata().and_then(|about| about.modified()).unwrap_or(SystemTime::UNIX_EPOCH)
}

fn newest(folder: &Path) -> SystemTime {
    let entries = std::fs::read_dir(folder).expect("the source of the fixture");
    let each = entries.flatten().map(|entry| entry.path());
    each.map(|path| if path.is_dir() { newest(&path) } else { changed(&path) }).max().unwrap_or(SystemTime::UNIX_EPOCH)
}

/// The folder of the peers, `tests/peers`; fails clearly when they are not installed.
pub fn peers() -> PathBuf {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/peers");
    let folder = folder.canonicalize().expect("tests/peers");
    assert!(
        folder.join(".installed").is_file(),
        "the peers are not installed: run tests/peers/install.sh (make test does)"
    );
    folder
}

/// The Node that runs the peers and the conformance suite.
pub fn suite_node() -> PathBuf {
    peers().join("node_modules/node/bin/node")
}

/// A program of the Python peers.
pub fn python_peer(name: &str) -> PathBuf {
    peers().join(".venv/bin").join(name)
}
