//! The process's own measures.

use std::os::unix::process::ExitStatusExt;

use peta_arena::harden_process;
use rustix::process::{DumpableBehavior, Resource, Rlimit, Signal, dumpable_behavior, getrlimit};

use crate::child;

#[test]
fn a_hardened_process_leaves_no_core() {
    let Some(output) = child::again("harden::a_hardened_process_leaves_no_core") else {
        assert_eq!(dumpable_behavior(), Ok(DumpableBehavior::Dumpable));
        let hardened = harden_process();
        assert!(hardened.is_whole(), "{hardened:?}");
        assert_eq!(dumpable_behavior(), Ok(DumpableBehavior::NotDumpable));
        assert_eq!(getrlimit(Resource::Core), Rlimit { current: Some(0), maximum: Some(0) });
        // Twice is no harm.
        assert!(harden_process().is_whole());
        std::process::abort();
    };
    assert_eq!(output.status.signal(), Some(Signal::ABORT.as_raw()), "{output:?}");
    assert!(!output.status.core_dumped());
}
