//! What holds a server's processes when Core and their launcher are killed at the same moment. When only one of the two
//! is, the other ends them, on any machine.

use std::{fs, os::unix::process::parent_id};

use super::cgroup;

/// Who ends what is left then.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Hold {
    /// The kernel, at once: Core is the first process of its PID namespace, as in a container.
    Namespace,
    /// systemd, at once: Core is the main process of a service.
    Service,
    /// The next Core on the same data directory, by the control groups.
    Cgroup,
    /// Nobody.
    Nothing,
}

impl Hold {
    /// What holds for this process and what it starts; `grouped` if its launchers have control groups.
    pub(super) fn measure(grouped: bool) -> Self {
        if std::process::id() == 1 {
            Self::Namespace
        } else if is_main_process_of_a_service() {
            Self::Service
        } else if grouped {
            Self::Cgroup
        } else {
            Self::Nothing
        }
    }

    /// In plain words, for `peta doctor`.
    pub const fn text(self) -> &'static str {
        match self {
            Self::Namespace => "of Core and a launcher at once: the kernel ends what is left, with Core's container",
            Self::Service => "of Core and a launcher at once: systemd ends what is left of the service",
            Self::Cgroup => "of Core and a launcher at once: the next start of Core ends what is left (control groups)",
            Self::Nothing => {
                "of Core and a launcher at once: what is left goes on; to have it ended, run Core as a service of \
                 systemd, as the first process of a container, or in a control group of its own (Delegate=yes)"
            }
        }
    }
}

/// Its group is that of a service, and the service's manager started it.
fn is_main_process_of_a_service() -> bool {
    let manager = fs::read_to_string(format!("/proc/{}/comm", parent_id()));
    let service = cgroup::own().and_then(|own| Some(own.extension()? == "service"));
    service == Some(true) && manager.is_ok_and(|name| name.trim() == "systemd")
}
