//! `peta credential connect` as a person runs it: it prints a link and waits.

use std::process::Stdio;

use peta_testkit::{Core, command, peta_program, within};
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, BufReader};

/// `peta credential connect`, as it runs, with the link that it printed.
pub(super) struct Connecting {
    child: tokio::process::Child,
    out: BufReader<tokio::process::ChildStdout>,
    pub(super) link: String,
}

pub(super) async fn connecting(core: &Core, name: &str) -> Connecting {
    let mut program = command(&peta_program());
    program.args(["credential", "connect", name]).arg("--data").arg(&core.data).stdin(Stdio::null());
    let mut child = program.spawn().unwrap();
    let mut out = BufReader::new(child.stdout.take().unwrap());
    let mut link = String::new();
    within("a link", out.read_line(&mut link)).await.unwrap();
    let link = link.trim().to_owned();
    assert!(link.starts_with("http://127.0.0.1:") && link.contains("/connect/"), "{link}");
    Connecting { child, out, link }
}

impl Connecting {
    pub(super) async fn end(mut self) -> (i32, String) {
        let mut text = String::new();
        within("what was granted", self.out.read_to_string(&mut text)).await.unwrap();
        let mut err = String::new();
        self.child.stderr.take().unwrap().read_to_string(&mut err).await.unwrap();
        let code = within("the end", self.child.wait()).await.unwrap().code().unwrap();
        (code, text + &err)
    }
}
