//! What travels on a lane.

use bytes::Bytes;

/// One message, or the end of a request without one.
#[derive(Debug)]
pub(crate) enum Item {
    /// A notification: only a stream can carry it, and it may be dropped.
    Told(Bytes),
    /// A request towards the agent: only a stream can carry it.
    Asked(Bytes),
    /// The answer to a request of this lane, or the last part of it.
    Answer(Bytes),
    /// A part of the answer, more of which follows: only a body of its own can carry it.
    Part(Bytes),
    /// A request of this lane gets no answer (it was cancelled).
    NoAnswer,
}
