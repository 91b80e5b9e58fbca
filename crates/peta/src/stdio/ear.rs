//! The stream for what Core says unasked: list changes, log messages, questions that belong to no call. It is opened
//! again whenever it ends, and it is the first to notice that Core has forgotten the session.

use std::time::Duration;

use http::StatusCode;
use peta_dial::Answer;
use peta_mcp::sse;
use tokio::time::sleep;

use super::{ends::Ends, reading, reopen::reopen};

const FIRST_WAIT: Duration = Duration::from_millis(250);
const LONGEST_WAIT: Duration = Duration::from_secs(2);

/// Listens until the bridge ends, or Core offers no such stream.
pub(super) async fn listen(ends: &Ends) {
    let mut wait = FIRST_WAIT;
    let mut last = None;
    let mut heard_in = 0;
    loop {
        let names = ends.session.names();
        if std::mem::replace(&mut heard_in, names.opened) != names.opened {
            // Event ids belong to the session that they were heard in.
            last = None;
        }
        match ends.core.listen(&names, last.as_deref()).await {
            Ok(response) if response.status() == StatusCode::OK => {
                wait = hear(ends, response.into_body(), &mut last).await.unwrap_or(FIRST_WAIT);
            }
            Ok(response) if response.status() == StatusCode::NOT_FOUND && names.has_session() => {
                if !matches!(reopen(ends, names.opened).await, Ok(true)) {
                    wait = (wait * 2).min(LONGEST_WAIT);
                }
            }
            // Whatever is wrong is told with the next message that is refused for it.
            Ok(_) => return,
            Err(_) => wait = (wait * 2).min(LONGEST_WAIT),
        }
        sleep(wait).await;
    }
}

/// Passes on what is heard; how long Core asks to wait before the next time.
async fn hear(ends: &Ends, mut body: Answer, last: &mut Option<String>) -> Option<Duration> {
    let mut parser = sse::Parser::new(ends.limits.bytes.saturating_mul(2));
    let mut retry = None;
    while let Some(bytes) = reading::next(&mut body).await {
        parser.push(&bytes);
        while let Some(event) = parser.next() {
            let event = event.ok()?;
            retry = event.retry.map(Duration::from_millis).or(retry);
            if event.id.is_some() {
                *last = event.id;
            }
            if !event.data.is_empty() {
                ends.output.say(event.data).await;
            }
        }
    }
    retry.map(|retry| retry.min(LONGEST_WAIT))
}
