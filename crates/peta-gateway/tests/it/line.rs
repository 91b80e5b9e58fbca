//! No stage of the line can be skipped: each attempt below must not compile, and for the reason given. The straight
//! line must, or the rest proves nothing. The compiler is run on the library as it was just built.

use std::{
    path::{Path, PathBuf},
    process::{Command, Output},
};

/// Compiles one file against the library.
fn compile(case: &str) -> Output {
    let deps = std::env::current_exe().unwrap().parent().unwrap().to_owned();
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/skips").join(case);
    let out = tempfile::tempdir().unwrap();
    #[expect(clippy::disallowed_methods, reason = "the test runs the compiler; it is no part of the product")]
    let mut rustc = Command::new(option_env!("RUSTC").unwrap_or("rustc"));
    rustc.args(["--edition", "2024", "--crate-type", "lib", "--emit", "metadata", "--out-dir"]).arg(out.path());
    rustc.arg("-L").arg(format!("dependency={}", deps.display()));
    rustc.arg("--extern").arg(format!("peta_gateway={}", newest(&deps).display())).arg(file);
    rustc.output().unwrap()
}

/// The library this test was linked with: the newest there is.
fn newest(deps: &Path) -> PathBuf {
    let libraries = std::fs::read_dir(deps).unwrap().map(|entry| entry.unwrap().path()).filter(|path| {
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        name.starts_with("libpeta_gateway-") && name.ends_with(".rlib")
    });
    libraries.max_by_key(|path| path.metadata().unwrap().modified().unwrap()).expect("the library was built")
}

fn must_fail(case: &str, because: &[&str]) {
    let output = compile(case);
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(!output.status.success(), "{case} compiles");
    for reason in because {
        assert!(said.contains(reason), "{case} fails, but not because of {reason}:\n{said}");
    }
}

#[test]
fn the_straight_line_compiles() {
    let output = compile("straight.rs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

#[test]
fn no_stage_can_be_skipped() {
    must_fail("unresolved.rs", &["error[E0308]", "expected `Resolved`, found `Admitted`"]);
    must_fail("unauthorized.rs", &["error[E0308]", "expected `Authorized`, found `Resolved`"]);
    must_fail("unapproved.rs", &["error[E0308]", "expected `Cleared`, found `Authorized`"]);
    must_fail("unrecorded.rs", &["error[E0061]", "Intended"]);
    must_fail("uninjected.rs", &["error[E0308]", "expected `Armed`, found `Cleared`"]);
    must_fail("unsanitized.rs", &["error[E0308]", "expected `Clean`, found `Answered`"]);
}

#[test]
fn no_stage_can_be_forged() {
    must_fail("forged.rs", &["error[E0451]", "are private"]);
    must_fail("forged_intent.rs", &["error[E0423]", "private"]);
}
