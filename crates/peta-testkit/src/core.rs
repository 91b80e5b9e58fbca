//! A running Core with a data directory of its own, and the command line that speaks to it.

use std::{
    path::PathBuf,
    sync::{Arc, Mutex},
};

use serde_json::Value;
use tempfile::TempDir;
use tokio::process::Child;

use crate::{
    Agent,
    command::{Ran, run, run_fed},
    fixture_program,
    json::parse,
    within,
};

/// A running Core; killed when the test lets go of it.
pub struct Core {
    pub address: String,
    pub data: PathBuf,
    pub(crate) child: Child,
    pub(crate) said: Arc<Mutex<String>>,
    pub(crate) folder: Arc<TempDir>,
}

impl Core {
    /// `http://ADDRESS` and a path.
    pub fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    /// A file in the test's own folder (not in the data directory).
    pub fn file(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// What Core wrote on standard error so far.
    pub fn said(&self) -> String {
        self.said.lock().map(|said| said.clone()).unwrap_or_default()
    }

    /// Core's process number.
    pub fn pid(&self) -> u32 {
        self.child.id().expect("Core runs")
    }

    /// Runs `peta WORDS…` on this data directory.
    pub async fn run(&self, words: &[&str]) -> Ran {
        run(&self.data, words).await
    }

    /// The same, with this on its standard input.
    pub async fn run_fed(&self, words: &[&str], input: &str) -> Ran {
        run_fed(&self.data, words, input).await
    }

    /// Adds a credential, with options of `credential add`.
    pub async fn credential(&self, name: &str, server: &str, add: &[&str], secret: &str) {
        let mut words = vec!["credential", "add", name, "--server", server, "--from-stdin"];
        words.extend(add);
        let ran = self.run_fed(&words, secret).await;
        assert_eq!(ran.code, 0, "{words:?}: {ran:?}\nCore said:\n{}", self.said());
    }

    /// Runs a command that must succeed; its standard output.
    pub async fn peta(&self, words: &[&str]) -> String {
        let ran = self.run(words).await;
        assert_eq!(ran.code, 0, "peta {words:?}: {ran:?}\nCore said:\n{}", self.said());
        ran.stdout
    }

    /// The JSON that a command prints.
    pub async fn json(&self, words: &[&str]) -> Value {
        parse(&self.peta(words).await)
    }

    /// Adds a fixture on stdio, with options of `server add` and options of the fixture.
    pub async fn stdio_server(&self, name: &str, add: &[&str], fixture: &[&str]) {
        let program = fixture_program();
        let mut words = vec!["server", "add", name];
        words.extend(add);
        words.extend(["--", program.to_str().expect("UTF-8"), "stdio"]);
        words.extend(fixture);
        self.peta(&words).await;
    }

    /// Adds a server by its URL.
    pub async fn url_server(&self, name: &str, url: &str, add: &[&str]) {
        let mut words = vec!["server", "add", name, "--url", url];
        words.extend(add);
        self.peta(&words).await;
    }

    /// Adds an agent with these grants; its token.
    pub async fn token(&self, name: &str, grants: &[&str]) -> String {
        let mut words = vec!["agent", "add", name, "--quiet"];
        for grant in grants {
            words.extend(["--grant", grant]);
        }
        self.peta(&words).await.trim().to_owned()
    }

    /// An agent at this endpoint, without a session yet.
    pub fn agent(&self, path: &str, token: &str) -> Agent {
        Agent::new(&self.address, path, Some(token))
    }

    /// An agent of this name that may use all of these servers, with an open session at this endpoint.
    pub async fn open(&self, name: &str, grants: &[&str], path: &str) -> Agent {
        let token = self.token(name, grants).await;
        let mut agent = self.agent(path, &token);
        agent.open().await;
        agent
    }

    /// The `state` of a server.
    pub async fn state(&self, server: &str) -> String {
        let shown = self.json(&["server", "show", server, "--json"]).await;
        shown["state"].as_str().unwrap_or_else(|| panic!("no state in {shown}")).to_owned()
    }

    /// All events that match, oldest first.
    pub async fn events(&self, matching: impl Fn(&Value) -> bool) -> Vec<Value> {
        let text = self.peta(&["events", "--json", "--all"]).await;
        text.lines().map(parse).filter(matching).collect()
    }

    /// Ends Core as an operator does; the code it ends with.
    pub async fn stop(&mut self) -> i32 {
        let pid = rustix::process::Pid::from_raw(i32::try_from(self.pid()).expect("a pid")).expect("a pid");
        rustix::process::kill_process(pid, rustix::process::Signal::TERM).expect("TERM");
        let ended = within("Core ends", self.child.wait()).await.expect("an end");
        ended.code().unwrap_or(-1)
    }

    /// Until it has ended by itself.
    pub async fn ended(&mut self) {
        within("Core ends", self.child.wait()).await.expect("an end");
    }

    /// Ends Core at once, with no chance to do anything.
    pub async fn kill(&mut self) {
        self.child.kill().await.expect("KILL");
    }
}

impl Drop for Core {
    fn drop(&mut self) {
        if std::thread::panicking() {
            use std::io::Write as _;
            let _ = writeln!(std::io::stderr(), "--- Core {} said:\n{}---", self.address, self.said());
        }
    }
}
