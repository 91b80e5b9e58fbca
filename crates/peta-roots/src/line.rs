//! The line to a provider: one request, one bounded answer. Providers are written without waiting, since `Root` waits where it is called; the
//! waiting is done here, by a task of the runtime, so that a Core that stops ends it. Connections are kept for as
//! long as the line is, that is for one piece of work: what was read from them is not left in a kept one.

use std::{cell::RefCell, sync::mpsc, time::Duration};

use bytes::Bytes;
use http::Request;
use http_body_util::Full;
use peta_dial::{BodyError, Dialer, Http, HttpError, Target};
use tokio::{runtime::Handle, time};
use zeroize::{Zeroize, Zeroizing};

use crate::{patience::Patience, trouble::Trouble};

/// A longer answer is not read to its end.
pub(crate) const LIMIT: usize = 64 << 10;

pub(crate) struct Line {
    dialer: Dialer,
    patience: Patience,
    runtime: Handle,
    open: RefCell<Vec<Http>>,
}

pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) body: Zeroizing<Vec<u8>>,
}

impl Line {
    pub(crate) const fn new(dialer: Dialer, patience: Patience, runtime: Handle) -> Self {
        Self { dialer, patience, runtime, open: RefCell::new(Vec::new()) }
    }

    /// Asks, and asks again what may pass by itself. `again` knows which other answers of this provider do.
    pub(crate) fn ask(
        &self,
        target: &Target,
        request: Request<Full<Bytes>>,
        again: fn(&Answer) -> bool,
    ) -> Result<Answer, Trouble> {
        let (http, patience) = (self.http(target), self.patience);
        let (tell, told) = mpsc::sync_channel(1);
        self.runtime.spawn(async move {
            // Nobody may be waiting any more.
            let _ = tell.send(patiently(&http, request, patience, again).await);
        });
        // A runtime that ends drops the task, and with it the other end.
        told.recv().unwrap_or(Err(Trouble::Stopping))
    }

    fn http(&self, target: &Target) -> Http {
        let mut open = self.open.borrow_mut();
        if let Some(http) = open.iter().find(|http| http.target().same_origin(target)) {
            return http.clone();
        }
        let http = Http::new(&self.dialer, target.clone());
        open.push(http.clone());
        http
    }
}

async fn patiently(
    http: &Http,
    request: Request<Full<Bytes>>,
    patience: Patience,
    again: fn(&Answer) -> bool,
) -> Result<Answer, Trouble> {
    let mut pause = patience.pause;
    for tries_left in (0..patience.tries.max(1)).rev() {
        let answer = match time::timeout(patience.within, once(http, request.clone())).await {
            Ok(answer) => answer?,
            Err(_) => return Err(Trouble::Away(format!("no answer within {}", shown(patience.within)))),
        };
        let may_pass = answer.status == 429 || answer.status >= 500 || again(&answer);
        if !may_pass || tries_left == 0 {
            return Ok(answer);
        }
        time::sleep(pause).await;
        pause = pause.saturating_mul(2);
    }
    Err(Trouble::Away("it was not asked".to_owned()))
}

async fn once(http: &Http, request: Request<Full<Bytes>>) -> Result<Answer, Trouble> {
    let answer = http.send(request).await.map_err(|error| match error {
        HttpError::Redirected => Trouble::Answer("it redirects to another place"),
        other => Trouble::Away(other.to_string()),
    })?;
    let status = answer.status().as_u16();
    let body = peta_dial::read(answer.into_body(), LIMIT).await.map_err(|error| match error {
        BodyError::TooLarge { .. } => Trouble::Answer("it is longer than 64 KiB"),
        BodyError::Broken => Trouble::Away("the answer broke off".to_owned()),
    })?;
    let copy = Zeroizing::new(body.to_vec());
    // Wiped here if nobody shares the buffer; else the connection's buffer holds it, which goes with the line.
    if let Ok(mut ours) = body.try_into_mut() {
        ours.zeroize();
    }
    Ok(Answer { status, body: copy })
}

fn shown(span: Duration) -> String {
    if span.subsec_millis() == 0 { format!("{} s", span.as_secs()) } else { format!("{} ms", span.as_millis()) }
}

/// Of a provider that says with the status alone what may pass.
pub(crate) fn never(_: &Answer) -> bool {
    false
}
