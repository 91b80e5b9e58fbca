//! How answers leave: as JSON if nothing else came before them, else as a stream, which its client may come back to.

use std::{future::poll_fn, sync::Arc, task::Poll};

use bytes::Bytes;
use http::{Response, StatusCode};
use peta_mcp::{RequestId, Version};
use tokio::time::Instant;

use super::head::{self, Accept, empty};
use crate::{
    alarm::Due,
    body::Body,
    hub::Hub,
    lane::{
        Item,
        end::{Keeping, LaneEnd},
    },
    refuse::{json, json_body},
    session::Session,
    work::Work,
};

/// The requests of one body.
pub(super) struct Asked<'a> {
    pub(super) ids: &'a [RequestId],
    /// Driven while their answers are waited for here.
    pub(super) work: Work,
    /// Whether their answers leave as an array.
    pub(super) array: bool,
}

/// Waits for what is owed to these requests: as JSON if nothing else came before it, else as a stream.
pub(super) async fn deliver(
    hub: &Arc<Hub>,
    session: &Session,
    mut end: LaneEnd,
    asked: Asked<'_>,
    accept: Accept,
) -> Response<Body> {
    let Asked { ids: asked, mut work, array } = asked;
    if !accept.json {
        return events(hub, session, end, asked, Some(asked.len()), Vec::new());
    }
    // An agent that takes no streams is kept waiting.
    let mut hold = accept.events.then(|| hub.alarm.due(Instant::now() + hub.config.streams.hold.duration()));
    let mut answers: Vec<Bytes> = Vec::new();
    let mut owed = asked.len();
    while owed > 0 {
        let item = tokio::select! {
            biased;
            item = end.next(&mut work) => item,
            () = over(&mut hold) => {
                if end.is_passing() {
                    // Its answer has begun to come, and leaves in parts.
                    hold = None;
                    continue;
                }
                let came = answers.into_iter().map(Item::Answer).collect::<Vec<_>>();
                return events(hub, session, end, asked, Some(owed + came.len()), came);
            }
        };
        match item {
            Some(Item::Answer(answer)) => {
                answers.push(answer);
                owed -= 1;
            }
            Some(Item::NoAnswer) => owed -= 1,
            Some(Item::Part(part)) => {
                // From here on the work is a task of its own: a body is only looked at when its reader has room, and what
                // watches over the call must not wait for that.
                work.detach();
                return json_body(StatusCode::OK, Body::parts(part, end));
            }
            Some(message @ (Item::Told(_) | Item::Asked(_))) => {
                let owed = owed + answers.len();
                let came = answers.into_iter().map(Item::Answer).chain([message]).collect();
                return events(hub, session, end, asked, Some(owed), came);
            }
            None => break,
        }
    }
    match answers.as_slice() {
        [] if accept.events => events(hub, session, end, &[], Some(0), Vec::new()),
        [] => empty(StatusCode::ACCEPTED),
        [answer] if !array => json(StatusCode::OK, answer.clone()),
        answers => json(StatusCode::OK, [b"[", answers.join(&b","[..]).as_slice(), b"]"].concat().into()),
    }
}

/// Resolves when it is held back no longer, if ever.
async fn over(hold: &mut Option<Due>) {
    poll_fn(|cx| hold.as_mut().map_or(Poll::Pending, |due| due.poll(cx))).await;
}

/// A stream of its own, kept for its client to come back to: what came already, then what follows. It ends when as many
/// answers as are owed have come; without any owed it is a listener.
pub(super) fn events(
    hub: &Hub,
    session: &Session,
    mut end: LaneEnd,
    asked: &[RequestId],
    owed: Option<usize>,
    came: Vec<Item>,
) -> Response<Body> {
    let opening = keep(hub, session, &mut end, asked, owed, came);
    head::event_stream(Body::events(&hub.config.streams, end, opening, session.reader()))
}

/// Makes a lane a stream that is kept; gives the event that it begins with.
pub(super) fn keep(
    hub: &Hub,
    session: &Session,
    end: &mut LaneEnd,
    asked: &[RequestId],
    owed: Option<usize>,
    came: Vec<Item>,
) -> Option<Bytes> {
    let replay = session.replay(&hub.config.replay, &hub.kept);
    // Older SDKs fail on an event without data, so only the newest revision is primed (HT9).
    let primes = session.version() >= Version::V2025_11_25;
    let keeping = Keeping {
        // Streams of an earlier run of Core are never taken for streams of this one.
        number: u64::from(hub.life) << 32 | session.next_stream(),
        waiting: asked,
        owed,
        retry_ms: primes.then(|| hub.config.streams.retry.as_millis()),
        budget: replay.budget(),
        shelf: replay.shelf(),
    };
    let (stream, opening) = end.keep(keeping, came);
    replay.add(stream);
    opening
}
