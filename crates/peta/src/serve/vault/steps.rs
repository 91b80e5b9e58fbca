//! Where a rotation can be cut off. A build with debug assertions, as the tests use it, ends itself there as hard as `kill -9`
//! does: `PETA_KILL_AT` names a file, and in it stands at which step from now. A published build has none of this.

use crate::environment::Environment;

#[cfg(debug_assertions)]
pub(super) struct Steps(Option<std::path::PathBuf>);

#[cfg(not(debug_assertions))]
pub(super) struct Steps;

#[cfg(debug_assertions)]
impl Steps {
    pub(super) fn of(environment: &Environment) -> Self {
        Self(environment.variable("PETA_KILL_AT").map(Into::into))
    }

    /// This step is done. Who is to be killed at it is not there any more when this would return.
    pub(super) fn done(&self, step: &'static str) {
        let Some(file) = &self.0 else { return };
        let Ok(text) = std::fs::read_to_string(file) else { return };
        let Ok(number) = text.trim().parse::<u32>() else { return };
        if number > 1 {
            let _ = std::fs::write(file, (number - 1).to_string());
            return;
        }
        let _ = std::fs::write(file, step);
        let _ = rustix::process::kill_process(rustix::process::getpid(), rustix::process::Signal::KILL);
    }
}

#[cfg(not(debug_assertions))]
impl Steps {
    pub(super) const fn of(_: &Environment) -> Self {
        Self
    }

    pub(super) const fn done(&self, _: &'static str) {}
}
