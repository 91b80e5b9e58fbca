//! An agent that launches `peta stdio` and speaks on its standard streams.

use std::{
    process::Stdio,
    sync::{Arc, Mutex},
};

use serde_json::Value;
use tokio::{
    io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader, Lines},
    process::{Child, ChildStdin, ChildStdout},
};

use crate::{command::command, json::parse, peta_program, within};

/// A running `peta stdio`.
pub struct Bridge {
    child: Child,
    input: Option<ChildStdin>,
    output: Lines<BufReader<ChildStdout>>,
    said: Arc<Mutex<String>>,
}

impl Bridge {
    /// Launches `peta stdio WORDS…` with this environment.
    pub fn launch(words: &[&str], environment: &[(&str, &str)]) -> Self {
        let mut command = command(&peta_program());
        command.arg("stdio").args(words).envs(environment.iter().copied()).stdin(Stdio::piped());
        let mut child = command.spawn().expect("peta stdio");
        let input = child.stdin.take();
        let output = BufReader::new(child.stdout.take().expect("piped")).lines();
        let mut errors = child.stderr.take().expect("piped");
        let said = Arc::new(Mutex::new(String::new()));
        let hear = Arc::clone(&said);
        tokio::spawn(async move {
            let mut piece = vec![0; 4096];
            while let Ok(count @ 1..) = errors.read(&mut piece).await {
                if let Ok(mut said) = hear.lock() {
                    said.push_str(&String::from_utf8_lossy(&piece[..count]));
                }
            }
        });
        Self { child, input, output, said }
    }

    /// Writes one line.
    pub async fn write(&mut self, line: &str) {
        let input = self.input.as_mut().expect("an open input");
        input.write_all(format!("{line}\n").as_bytes()).await.expect("a line is taken");
        input.flush().await.expect("a line is taken");
    }

    /// The next line, as it is; nothing at the end.
    pub async fn line(&mut self) -> Option<String> {
        within("a line of peta stdio", self.output.next_line()).await.expect("UTF-8")
    }

    /// The next message.
    pub async fn message(&mut self) -> Value {
        match self.line().await {
            Some(line) => parse(&line),
            None => panic!("peta stdio ended: {}", self.said()),
        }
    }

    /// The next message with this id and no method; others are passed over.
    pub async fn answer(&mut self, id: &Value) -> Value {
        loop {
            let message = self.message().await;
            if message.get("method").is_none() && message["id"] == *id {
                return message;
            }
        }
    }

    /// Sends a request and waits for its answer.
    pub async fn ask(&mut self, id: u64, method: &str, params: &str) -> Value {
        self.write(&format!(r#"{{"jsonrpc":"2.0","id":{id},"method":"{method}","params":{params}}}"#)).await;
        self.answer(&Value::from(id)).await
    }

    /// Opens a session.
    pub async fn open(&mut self) -> Value {
        let params = r#"{"protocolVersion":"2025-11-25","capabilities":{},"clientInfo":{"name":"t","version":"1"}}"#;
        let answer = self.ask(0, "initialize", params).await;
        self.write(r#"{"jsonrpc":"2.0","method":"notifications/initialized"}"#).await;
        answer
    }

    /// What it wrote on standard error.
    pub fn said(&self) -> String {
        self.said.lock().map(|said| said.clone()).unwrap_or_default()
    }

    /// Closes its input and waits for its end.
    pub async fn close(mut self) -> i32 {
        drop(self.input.take());
        within("peta stdio ends", self.child.wait()).await.expect("an end").code().unwrap_or(-1)
    }
}
