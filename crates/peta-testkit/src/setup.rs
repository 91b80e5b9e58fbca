//! How a Core is started: settings, flags, environment, a data directory that may live on.

use std::{
    path::{Path, PathBuf},
    process::Stdio,
    sync::{Arc, Mutex},
};

use tempfile::TempDir;
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, BufReader};

use crate::{
    command::{Ran, command, finish, run},
    core::Core,
    peta_program, within,
};

/// What a Core is started with.
pub struct Setup {
    folder: Arc<TempDir>,
    config: String,
    words: Vec<String>,
    under: Vec<String>,
    environment: Vec<(String, String)>,
    listen: String,
    program: Option<PathBuf>,
}

impl Default for Setup {
    fn default() -> Self {
        Self::new()
    }
}

impl Core {
    /// A Core with the defaults.
    pub async fn start() -> Self {
        Setup::new().start().await
    }
}

impl Setup {
    pub fn new() -> Self {
        let folder = tempfile::Builder::new().prefix("peta-").tempdir().expect("a temporary folder");
        Self {
            folder: Arc::new(folder),
            config: String::new(),
            words: Vec::new(),
            under: Vec::new(),
            environment: Vec::new(),
            listen: "127.0.0.1:0".to_owned(),
            program: None,
        }
    }

    /// On the data directory of another Core (which must have ended), with nothing else of its setup.
    pub fn again(core: &Core) -> Self {
        Self { folder: Arc::clone(&core.folder), ..Self::new() }
    }

    /// Lines of `peta.toml`.
    #[must_use]
    pub fn config(mut self, text: &str) -> Self {
        self.config.push_str(text);
        self.config.push('\n');
        self
    }

    #[must_use]
    pub fn flag(mut self, word: &str) -> Self {
        self.words.push(word.to_owned());
        self
    }

    /// Another build of the product than the tests' own.
    #[must_use]
    pub fn program(mut self, program: PathBuf) -> Self {
        self.program = Some(program);
        self
    }

    /// Starts Core by this command, which is given Core's own as further words and must become it (`exec`).
    #[must_use]
    pub fn under<W: Into<String>>(mut self, words: impl IntoIterator<Item = W>) -> Self {
        self.under = words.into_iter().map(Into::into).collect();
        self
    }

    #[must_use]
    pub fn env(mut self, name: &str, value: &str) -> Self {
        self.environment.push((name.to_owned(), value.to_owned()));
        self
    }

    #[must_use]
    pub fn listen(mut self, address: &str) -> Self {
        address.clone_into(&mut self.listen);
        self
    }

    pub fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    /// A file in the test's own folder.
    pub fn file(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Starts Core and waits until it is ready.
    pub async fn start(self) -> Core {
        let mut command = self.command();
        let mut child = command.spawn().expect("peta serve");
        let mut out = BufReader::new(child.stdout.take().expect("piped")).lines();
        let said = Arc::new(Mutex::new(String::new()));
        tokio::spawn(collect(child.stderr.take().expect("piped"), Arc::clone(&said)));
        let line = within("peta serve is ready", out.next_line()).await.expect("standard output");
        let address = match line.as_deref().and_then(|line| line.strip_prefix("ready http://")) {
            Some(address) => address.trim().to_owned(),
            None => {
                let ended = within("peta serve ends", child.wait()).await;
                panic!("peta serve is not ready: {line:?}, {ended:?}\n{}", said.lock().expect("unpoisoned"));
            }
        };
        tokio::spawn(async move { while let Ok(Some(_)) = out.next_line().await {} });
        Core { address, data: self.data(), child, said, folder: self.folder }
    }

    /// Starts Core, which must refuse to run.
    pub async fn refused(self) -> Ran {
        finish("peta serve", self.command()).await
    }

    /// Runs a command on the data directory, with no Core running.
    pub async fn run(&self, words: &[&str]) -> Ran {
        run(&self.data(), words).await
    }

    fn command(&self) -> tokio::process::Command {
        let peta = self.program.clone().unwrap_or_else(peta_program);
        let mut command = match self.under.split_first() {
            Some((program, words)) => {
                let mut command = command(Path::new(program));
                command.args(words).arg(peta);
                command
            }
            None => command(&peta),
        };
        command.args(["serve", "--listen", &self.listen, "--data"]).arg(self.data());
        if !self.config.is_empty() {
            let file = self.folder.path().join("peta.toml");
            write(&file, &self.config);
            command.arg("--config").arg(file);
        }
        command.args(&self.words).envs(self.environment.iter().map(|(name, value)| (name, value)));
        command.stdin(Stdio::null()).stdout(Stdio::piped());
        command
    }
}

fn write(file: &Path, text: &str) {
    std::fs::write(file, text).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
}

async fn collect(mut from: impl tokio::io::AsyncRead + Unpin, into: Arc<Mutex<String>>) {
    let mut piece = vec![0; 8192];
    while let Ok(count) = from.read(&mut piece).await {
        if count == 0 {
            return;
        }
        if let Ok(mut said) = into.lock() {
            said.push_str(&String::from_utf8_lossy(&piece[..count]));
        }
    }
}
