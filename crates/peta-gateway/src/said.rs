//! What a call says, kept if somebody wants it: its arguments as the agent sent them, before anything was put into them, and
//! its result as the agent gets it, after secrets were cut. What they are in JSON `peta-mcp` knows; that they are sealed is
//! the store's.

use peta_audit::{Form, Payload};
use peta_mcp::{Message, Method, Tap, Tapped};
use peta_model::Payloads;
use peta_store::ServerEntry;

use crate::config;

/// How much of both is kept.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Keeping {
    form: Form,
    /// In bytes, of each.
    limit: usize,
}

impl Keeping {
    /// Of calls to this server; none: nothing is.
    pub(crate) fn of(set: &config::Payloads, server: &ServerEntry) -> Option<Self> {
        let form = match server.spec.payloads.unwrap_or(set.kept) {
            Payloads::None => return None,
            Payloads::Redacted => Form::Redacted,
            Payloads::Full => Form::Full,
        };
        Some(Self { form, limit: set.limit })
    }

    /// Of a tool its arguments, of all else the parameters; `null` if there are none.
    pub(crate) fn arguments(self, request: &Message) -> Payload {
        let is_tool = request.method().map(Method::as_str) == Some(Method::TOOLS_CALL);
        let params = request.params();
        let value = if is_tool { params.and_then(|params| params.get("arguments")) } else { params };
        let mut tap = Tap::of_value(self.is_outline(), self.limit);
        tap.push(value.map_or(b"null", |value| value.bytes()));
        self.payload(tap.finish())
    }

    /// To be told of an answer, piece by piece.
    pub(crate) fn tap(self) -> Tap {
        Tap::of_answer(self.is_outline(), self.limit)
    }

    /// The result or error of a whole answer.
    pub(crate) fn result(self, answer: &[u8]) -> Payload {
        let mut tap = self.tap();
        tap.push(answer);
        self.payload(tap.finish())
    }

    pub(crate) fn payload(self, tapped: Option<Tapped>) -> Payload {
        let Tapped { text, length, cut } = tapped.unwrap_or(Tapped { text: String::new(), length: 0, cut: false });
        Payload { form: self.form, length, cut, text }
    }

    fn is_outline(self) -> bool {
        self.form == Form::Redacted
    }
}
