//! Tests that kill their process, or change it for good, run in one of their own.

use std::process::{Command, Output};

const MARK: &str = "PETA_ARENA_CHILD";

/// Runs one test once more, in a process of its own, and tells how that ended. In that process itself: nothing, so
/// there the test goes on to what it is for.
pub(crate) fn again(test: &str) -> Option<Output> {
    #[expect(clippy::disallowed_methods, reason = "how a test knows that it runs in a process of its own")]
    if std::env::var_os(MARK).is_some() {
        return None;
    }
    #[expect(clippy::disallowed_methods, reason = "the test runs itself; it is no part of the product")]
    let mut command = Command::new(std::env::current_exe().unwrap());
    let output = command.args([test, "--exact", "--test-threads=1", "--nocapture"]).env(MARK, "1").output().unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(said.contains("running 1 test"), "there is no test {test}: {said}");
    Some(output)
}

/// As above, for a test that must pass there.
pub(crate) fn passes(test: &str) -> bool {
    again(test).is_some_and(|output| {
        let said = String::from_utf8_lossy(&output.stdout);
        assert!(output.status.success(), "{said}{}", String::from_utf8_lossy(&output.stderr));
        true
    })
}
