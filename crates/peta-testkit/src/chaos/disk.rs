//! A small disk of its own for one data directory: a tmpfs in a mount namespace that a sleeping process holds. It can be
//! filled, and made read-only, without any right that a user does not have where user namespaces are allowed.

use std::{
    fs::{self, File},
    io::Write as _,
    path::{Path, PathBuf},
    process::Stdio,
};

use tokio::{
    io::{AsyncBufReadExt as _, BufReader},
    process::Child,
};

use crate::{Setup, command, finish, within};

/// Mounts, says so, and holds the namespace.
const HOLD: &str = r#"mount -t tmpfs -o "size=$2,mode=700" none "$1" && echo here && exec sleep infinity"#;

/// A disk; gone when the test lets go of it.
pub struct Disk {
    holder: Child,
    setup: Option<Setup>,
    at: PathBuf,
}

impl Disk {
    /// A disk of that size, such as `8m`; nothing where namespaces are not permitted.
    pub async fn of(size: &str) -> Option<Self> {
        let setup = Setup::new();
        let at = setup.data();
        fs::create_dir(&at).expect("a folder");
        let mut holder = command(Path::new("/usr/bin/env"));
        holder.args(["unshare", "-r", "-m", "sh", "-c", HOLD, "sh"]).arg(&at).arg(size);
        let mut holder = holder.stdin(Stdio::null()).spawn().expect("unshare");
        let mut said = BufReader::new(holder.stdout.take().expect("piped")).lines();
        let here = within("the disk is mounted", said.next_line()).await.expect("a line");
        (here.as_deref() == Some("here")).then_some(Self { holder, setup: Some(setup), at })
    }

    /// What Core is set up with to live on it; once.
    pub(super) fn setup(&mut self) -> Setup {
        let setup = self.setup.take().expect("one site a disk");
        self.under(setup)
    }

    pub(super) fn under(&self, setup: Setup) -> Setup {
        setup.under(self.enter())
    }

    /// The data directory, as those outside see it.
    pub fn seen(&self) -> PathBuf {
        let inside = self.at.strip_prefix("/").expect("an absolute path");
        Path::new("/proc").join(self.pid()).join("root").join(inside)
    }

    /// Takes all the space there is, and gives it back.
    pub fn fill(&self) {
        let mut ballast = File::options().create(true).append(true).open(self.ballast()).expect("the ballast");
        for size in [64 << 10, 4 << 10, 1] {
            while ballast.write_all(&vec![0; size]).is_ok() {}
        }
    }

    pub fn free(&self) {
        fs::remove_file(self.ballast()).expect("the ballast");
    }

    /// Read-only, or not any more. Refused by the system while anybody has a file open for writing.
    pub async fn read_only(&self, so: bool) -> bool {
        let mut mount = command(Path::new("/usr/bin/env"));
        mount.args(self.enter()).args(["mount", "-o", if so { "remount,ro" } else { "remount,rw" }]).arg(&self.at);
        finish("mount", mount).await.code == 0
    }

    fn enter(&self) -> Vec<String> {
        let words = ["/usr/bin/env", "nsenter", "-t", &self.pid(), "-U", "-m", "--preserve-credentials"];
        words.map(str::to_owned).to_vec()
    }

    fn ballast(&self) -> PathBuf {
        self.seen().join("ballast")
    }

    fn pid(&self) -> String {
        self.holder.id().expect("it sleeps").to_string()
    }
}
