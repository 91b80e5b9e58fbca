//! The keychain of a desktop that has no screen: a message bus and GNOME's keyring of the test's own (Debian's
//! `dbus-daemon` and `gnome-keyring`).

use std::{path::PathBuf, process::Stdio};

use tempfile::TempDir;
use tokio::{
    io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader},
    process::{Child, Command},
};

use crate::{command::command, within};

/// Lets nobody start anything, so that what is away stays away.
const CONFIG: &str = r#"<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig>
  <type>session</type>
  <listen>unix:path=BUS</listen>
  <policy context="default">
    <allow send_destination="*" eavesdrop="true"/>
    <allow eavesdrop="true"/>
    <allow own="*"/>
  </policy>
</busconfig>
"#;

/// It is unlocked, and keeps what it is given when it goes away and comes back.
pub struct Keychain {
    folder: TempDir,
    bus: Option<Child>,
}

impl Keychain {
    pub async fn start() -> Self {
        let folder = tempfile::Builder::new().prefix("peta-keychain-").tempdir().expect("a temporary folder");
        let mut keychain = Self { folder, bus: None };
        keychain.come_back().await;
        keychain
    }

    /// The variable by which programs find it.
    pub fn variable(&self) -> (&'static str, String) {
        ("DBUS_SESSION_BUS_ADDRESS", format!("unix:path={}", self.path("bus").display()))
    }

    pub async fn come_back(&mut self) {
        let config = CONFIG.replace("BUS", &self.path("bus").to_string_lossy());
        std::fs::write(self.path("bus.conf"), config).expect("a file");
        let mut bus = self.program("/usr/bin/dbus-daemon");
        bus.arg(format!("--config-file={}", self.path("bus.conf").display())).args(["--nofork", "--print-address"]);
        let mut bus = bus.spawn().expect("dbus-daemon");
        let mut said = BufReader::new(bus.stdout.take().expect("piped")).lines();
        within("the bus listens", said.next_line()).await.expect("a line").expect("an address");
        self.bus = Some(bus);

        let mut daemon = self.program("/usr/bin/gnome-keyring-daemon");
        // It goes into the background once it is there, and ends with the bus.
        daemon.args(["--unlock", "--components=secrets"]).stdin(Stdio::piped()).stdout(Stdio::null());
        let mut daemon = daemon.stderr(Stdio::null()).spawn().expect("gnome-keyring-daemon");
        let mut stdin = daemon.stdin.take().expect("piped");
        stdin.write_all(b"secret").await.expect("a reader");
        drop(stdin);
        let there = within("the keyring is there", daemon.wait()).await.expect("an end");
        assert!(there.success(), "gnome-keyring-daemon: {there}");
    }

    pub async fn go_away(&mut self) {
        let Some(mut bus) = self.bus.take() else { return };
        bus.kill().await.expect("KILL");
        let _ = std::fs::remove_file(self.path("bus"));
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn program(&self, path: &str) -> Command {
        let path = PathBuf::from(path);
        assert!(
            path.is_file(),
            "{} is not installed: apt-get install dbus-daemon gnome-keyring (make test does)",
            path.display()
        );
        let mut command = command(&path);
        let (name, address) = self.variable();
        command.env(name, address);
        for name in ["HOME", "XDG_DATA_HOME", "XDG_RUNTIME_DIR", "XDG_CONFIG_HOME"] {
            command.env(name, self.folder.path());
        }
        command
    }
}
