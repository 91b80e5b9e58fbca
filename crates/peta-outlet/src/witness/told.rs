//! What Core puts on record about witnesses by URL.

use std::time::Duration;

use peta_audit::{Ending, Intent};
use peta_model::{Code, Moment, Outcome};
use serde_json::{Value, json};

use super::{around::Around, refused::Refused};

const UNWITNESSED: &str = "record.unwitnessed";
const WITNESSED: &str = "record.witnessed";

/// Since when it does not cosign, and whether that is on record.
#[derive(Debug, Default)]
pub(super) struct Silence {
    since: Option<Moment>,
    told: bool,
}

impl Silence {
    /// It does not cosign, for this reason: on record at once if somebody has to do something, else after a while.
    pub(super) fn goes_on(&mut self, around: &Around, (witness, size): (&str, u64), refused: &Refused) -> Moment {
        let now = around.senses.now();
        let since = *self.since.get_or_insert(now);
        let long = Duration::from_micros(now.micros().saturating_sub(since.micros()).try_into().unwrap_or(0));
        let due = matches!(refused, Refused::Never(_)) || long >= around.config.lag_warn;
        if due && !self.told {
            let detail = json!({ "witness": witness, "size": size, "why": refused.why() });
            self.told = tell(around, UNWITNESSED, Some(refused.code()), &detail);
        }
        since
    }

    /// It cosigned.
    pub(super) fn ends(&mut self, around: &Around, (witness, size): (&str, u64)) {
        if std::mem::take(self).told {
            tell(around, WITNESSED, None, &json!({ "witness": witness, "size": size }));
        }
    }
}

fn tell(around: &Around, kind: &'static str, code: Option<Code>, detail: &Value) -> bool {
    let store = &around.store;
    let event = Intent { time: around.senses.now(), ..store.own_event(kind, detail.to_string()) };
    let outcome = if code.is_some() { Outcome::Failed } else { Outcome::Ok };
    let told = store.tell(&event, Ending { code, ..Ending::of(outcome) });
    if told.is_err() {
        tracing::error!(kind, %detail, "what happened to a witness could not be recorded");
    }
    told.is_ok()
}
