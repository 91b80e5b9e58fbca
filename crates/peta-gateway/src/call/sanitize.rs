//! Sanitize: the proof that what a server answered was looked through before it leaves. Nothing was lent yet, so there
//! is nothing to cut.

use super::forward::{Answer, Answered};
use crate::stop::Stop;

/// An answer that may leave.
pub struct Clean(Answer);

impl Clean {
    pub(in crate::call) fn into_answer(self) -> Answer {
        self.0
    }
}

pub fn sanitize(answered: Answered) -> Result<Clean, Stop> {
    Ok(Clean(answered.into_answer()))
}
