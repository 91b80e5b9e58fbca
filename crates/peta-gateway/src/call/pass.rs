//! A large answer that leaves as it comes. Its last part is kept back until the outcome stands in the record.

use bytes::Bytes;
use peta_mcp::{Part, Tap, Tapped};

use crate::{carry::Coming, session::running::Running, stop::Stop};

/// An answer that is still coming, and the id that its agent gave.
pub(in crate::call) struct Passing {
    coming: Coming,
    id: String,
}

/// An answer of which all but the last part has left.
pub(in crate::call) struct Passed {
    pub(in crate::call) last: Bytes,
    pub(in crate::call) length: usize,
    /// Whether the tool says that it failed.
    pub(in crate::call) failed: bool,
    /// What was kept of it.
    pub(in crate::call) tapped: Option<Tapped>,
}

/// An answer that ended before it was whole.
pub(in crate::call) struct BrokenOff {
    pub(in crate::call) why: Stop,
    /// Whether its agent has a part of it.
    pub(in crate::call) begun: bool,
}

impl Passing {
    pub(in crate::call) fn new(coming: Coming, id: String) -> Self {
        Self { coming, id }
    }

    /// Passes parts on as they are taken. If nobody takes them any more, the answer is read to its end all the same: how
    /// the call ended is for the record, and the connection to the server stays whole.
    pub(in crate::call) async fn all_but_the_last(
        mut self,
        running: &Running,
        mut tap: Option<Tap>,
    ) -> Result<Passed, BrokenOff> {
        let (mut last, mut length, mut begun) = (Bytes::new(), 0, false);
        loop {
            let text = match self.coming.next(running).await {
                Ok(Some(Part::Text(text))) => text,
                Ok(Some(Part::Id)) => Bytes::from(std::mem::take(&mut self.id)),
                Ok(None) => break,
                Err(why) => return Err(BrokenOff { why, begun }),
            };
            length += text.len();
            if let Some(tap) = &mut tap {
                tap.push(&text);
            }
            let before = std::mem::replace(&mut last, text);
            if !before.is_empty() {
                begun = true;
                self.coming.hand_over(before, running).await.map_err(|why| BrokenOff { why, begun })?;
            }
        }
        Ok(Passed { last, length, failed: self.coming.has_failed(), tapped: tap.and_then(Tap::finish) })
    }
}
