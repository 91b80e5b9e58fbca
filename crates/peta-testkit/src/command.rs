//! The command line, run as a person would, with an environment of nothing but a search path.

use std::{path::Path, process::Stdio};

use tokio::{io::AsyncWriteExt as _, process::Command};

use crate::{peta_program, within};

/// How a command ended.
#[derive(Debug, Clone)]
pub struct Ran {
    pub code: i32,
    pub stdout: String,
    pub stderr: String,
}

/// Runs `peta WORDS… --data DATA` without a Core of the test's own.
pub async fn run(data: &Path, words: &[&str]) -> Ran {
    let here = words.iter().position(|word| *word == "--").unwrap_or(words.len());
    let (before, after) = words.split_at(here);
    let mut command = command(&peta_program());
    command.args(before).arg("--data").arg(data).args(after);
    finish(&format!("peta {words:?}"), command).await
}

/// The same, with this on its standard input.
pub(crate) async fn run_fed(data: &Path, words: &[&str], input: &str) -> Ran {
    let mut command = command(&peta_program());
    command.args(words).arg("--data").arg(data).stdin(Stdio::piped());
    fed(&format!("peta {words:?}"), command, input).await
}

async fn fed(what: &str, mut command: Command, input: &str) -> Ran {
    let mut child = command.spawn().unwrap_or_else(|error| panic!("{what}: {error}"));
    let mut stdin = child.stdin.take().expect("piped");
    // Who refuses without reading closes its end.
    let _ = stdin.write_all(input.as_bytes()).await;
    drop(stdin);
    ran(within(what, child.wait_with_output()).await.unwrap_or_else(|error| panic!("{what}: {error}")))
}

/// A command with an environment of nothing but a search path: no setting of the developer's own leaks in.
pub fn command(program: &Path) -> Command {
    #[expect(clippy::disallowed_methods, reason = "the tests drive the built programs")]
    let mut command = Command::new(program);
    command.env_clear().env("PATH", "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin");
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).kill_on_drop(true);
    command
}

/// Runs a command to its end, in time.
pub async fn finish(what: &str, mut command: Command) -> Ran {
    ran(within(what, command.output()).await.unwrap_or_else(|error| panic!("{what}: {error}")))
}

fn ran(output: std::process::Output) -> Ran {
    Ran {
        code: output.status.code().unwrap_or(-1),
        stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
        stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
    }
}
