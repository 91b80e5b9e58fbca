//! Damage in the files of the record is told in the record itself, so that nobody takes what is missing for what never
//! happened: an event `record.damaged`, once for each place and run.

use peta_audit::{Ending, Intent};
use peta_model::{Code, Outcome};

use crate::{
    own,
    record::{Damage, Log},
};

/// Logs and records what was not known yet.
pub(crate) fn report(log: &Log, damage: impl IntoIterator<Item = Damage>) {
    for damage in damage.into_iter().filter(|damage| log.learn(damage)) {
        tracing::error!(code = %Code::RECORD_DAMAGED, "{damage}; events may be missing");
        let ending = Ending { code: Some(Code::RECORD_DAMAGED), ..Ending::of(Outcome::Failed) };
        if let Err(error) = own::tell(log, &event(log, &damage), ending) {
            tracing::error!(%error, "the damage could not be recorded");
        }
    }
}

fn event(log: &Log, damage: &Damage) -> Intent {
    let file = damage.path.file_name().map(|name| name.to_string_lossy());
    let detail = serde_json::json!({ "file": file, "offset": damage.offset, "bytes": damage.bytes });
    own::event(log, "record.damaged", detail.to_string())
}
