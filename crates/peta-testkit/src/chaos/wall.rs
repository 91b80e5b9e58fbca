//! A clock on the wall that a test can set, for one Core alone: libfaketime stands between it and the system's. The
//! time since boot goes on as it is.

use std::{
    fs,
    path::{Path, PathBuf},
};

use crate::Setup;

/// The clock on the wall of one Core.
pub struct Wall(PathBuf);

impl Wall {
    /// Hangs it up for the Core that is set up here.
    pub fn of(setup: Setup) -> (Self, Setup) {
        let wall = Self(setup.file("wall"));
        wall.set(0);
        let setup = wall.again(setup);
        (wall, setup)
    }

    /// The same clock for the next Core on the same data directory.
    pub fn again(&self, setup: Setup) -> Setup {
        setup
            .env("LD_PRELOAD", library().to_str().expect("UTF-8"))
            .env("FAKETIME_TIMESTAMP_FILE", self.0.to_str().expect("UTF-8"))
            .env("FAKETIME_NO_CACHE", "1")
            .env("FAKETIME_DONT_FAKE_MONOTONIC", "1")
    }

    /// So many seconds ahead of the true time, or behind it.
    pub fn set(&self, seconds: i64) {
        // Renamed into place, so that nobody reads the half.
        let new = self.0.with_extension("new");
        fs::write(&new, format!("{seconds:+}\n")).expect("the clock's file");
        fs::rename(new, &self.0).expect("the clock's file");
    }
}

fn library() -> PathBuf {
    let architectures = fs::read_dir("/usr/lib").expect("/usr/lib").flatten().map(|entry| entry.path());
    let found = architectures.map(|folder| folder.join("faketime/libfaketimeMT.so.1")).find(|file| file.is_file());
    let elsewhere = || Path::new("/usr/lib/faketime/libfaketimeMT.so.1").to_owned();
    let library = found.unwrap_or_else(elsewhere);
    assert!(library.is_file(), "libfaketime is not installed: apt-get install faketime (make test does)");
    library
}
