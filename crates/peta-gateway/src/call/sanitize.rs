//! Sanitize: the proof that what a server answered was looked through before it leaves. Nothing was lent yet, so there
//! is nothing to cut.

use bytes::Bytes;

use super::forward::Answered;
use crate::stop::Stop;

/// An answer that may leave.
pub struct Clean {
    text: Bytes,
    failed: bool,
}

impl Clean {
    pub(in crate::call) fn into_parts(self) -> (Bytes, bool) {
        (self.text, self.failed)
    }
}

pub fn sanitize(answered: Answered) -> Result<Clean, Stop> {
    let (text, failed) = answered.into_parts();
    Ok(Clean { text, failed })
}
