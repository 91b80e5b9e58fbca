//! A fixture that listens: a process of its own, killed when the test lets go of it.

use std::{path::PathBuf, process::Stdio};

use tokio::{
    io::{AsyncBufReadExt as _, BufReader},
    process::{Child, Command},
};

use crate::{fixture_program, within};

/// A program that serves MCP at a port of its own.
pub struct Served {
    pub port: u16,
    child: Child,
}

impl Served {
    /// The Streamable HTTP face of the fixture.
    pub async fn http(options: &[&str]) -> Self {
        Self::fixture("http", options).await
    }

    /// The HTTP+SSE face of the fixture.
    pub async fn sse(options: &[&str]) -> Self {
        Self::fixture("sse", options).await
    }

    async fn fixture(face: &str, options: &[&str]) -> Self {
        let mut words = vec![face.to_owned()];
        words.extend(options.iter().map(|&word| word.to_owned()));
        Self::program(fixture_program(), &words, &[], |line| line.strip_prefix("listening ")?.trim().parse().ok()).await
    }

    /// Any program that serves; `port` finds its port in a line of its output or its standard error.
    pub async fn program(
        program: PathBuf,
        words: &[String],
        environment: &[(&str, String)],
        port: impl Fn(&str) -> Option<u16>,
    ) -> Self {
        #[expect(clippy::disallowed_methods, reason = "a server of the tests")]
        let mut command = Command::new(&program);
        command.args(words).envs(environment.iter().map(|(name, value)| (name, value)));
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).kill_on_drop(true);
        let mut child = command.spawn().unwrap_or_else(|error| panic!("{}: {error}", program.display()));
        let mut out = BufReader::new(child.stdout.take().expect("piped")).lines();
        let mut err = BufReader::new(child.stderr.take().expect("piped")).lines();
        let port = within(&format!("{} listens", program.display()), async {
            loop {
                let line = tokio::select! {
                    Ok(Some(line)) = out.next_line() => line,
                    Ok(Some(line)) = err.next_line() => line,
                    else => panic!("{} ended before it listened", program.display()),
                };
                if let Some(port) = port(&line) {
                    return port;
                }
            }
        })
        .await;
        tokio::spawn(async move { while let Ok(Some(_)) = out.next_line().await {} });
        tokio::spawn(async move { while let Ok(Some(_)) = err.next_line().await {} });
        Self { port, child }
    }

    /// The URL of its endpoint at this path.
    pub fn url(&self, path: &str) -> String {
        format!("http://127.0.0.1:{}{path}", self.port)
    }

    /// Kills it now.
    pub async fn kill(&mut self) {
        self.child.kill().await.expect("kill");
    }
}
