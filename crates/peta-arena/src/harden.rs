//! What a process can do so that its memory is not written to a file or read by its neighbours.

use std::io;

use rustix::process::{DumpableBehavior, Resource, Rlimit, set_dumpable_behavior, setrlimit};

/// What was done, and why something could not be.
#[derive(Debug)]
pub struct Hardened {
    /// The kernel writes no core of this process, and lets no other process of the same user attach to it or read its
    /// memory. The files of `/proc/PID` belong to root from now on. It ends with the next `exec`.
    pub undumpable: io::Result<()>,
    /// Cores are limited to no bytes, here and in all children. A kernel that pipes cores to a program takes no notice
    /// of this limit, and does of the other.
    pub no_core: io::Result<()>,
}

/// Takes both measures, each whether or not the other succeeds. To be called before there are secrets.
pub fn harden_process() -> Hardened {
    Hardened {
        undumpable: set_dumpable_behavior(DumpableBehavior::NotDumpable).map_err(io::Error::from),
        no_core: setrlimit(Resource::Core, Rlimit { current: Some(0), maximum: Some(0) }).map_err(io::Error::from),
    }
}

impl Hardened {
    /// Whether both worked.
    pub fn is_whole(&self) -> bool {
        self.undumpable.is_ok() && self.no_core.is_ok()
    }
}
