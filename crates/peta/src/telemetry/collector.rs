//! Sends spans to the collector over the guarded dialer. The exporter runs on a thread of its own, outside the event
//! loop; a collector that is away costs spans, and nothing else.

use std::{
    fmt,
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use bytes::Bytes;
use http::{Request, Response};
use http_body_util::{BodyExt as _, Full, Limited};
use opentelemetry_http::{HttpClient, HttpError};
use peta_dial::Dialer;
use tokio::runtime::Handle;

use crate::way_out::{Line, Unsent};

/// How long one batch may take.
const PATIENCE: Duration = Duration::from_secs(10);

/// The largest answer that is read; it says little.
const LARGEST: usize = 64 << 10;

pub(super) struct Collector {
    line: Arc<Line>,
    event_loop: Handle,
    /// Whether the last batch was lost, so that it is said once.
    away: AtomicBool,
}

impl Collector {
    pub(super) fn new(dialer: Dialer, event_loop: Handle) -> Self {
        Self { line: Arc::new(Line::over(dialer)), event_loop, away: AtomicBool::new(false) }
    }
}

// By hand what `async_trait` would write.
impl HttpClient for Collector {
    fn send_bytes<'life, 'sent>(
        &'life self,
        request: Request<Bytes>,
    ) -> Pin<Box<dyn Future<Output = Result<Response<Bytes>, HttpError>> + Send + 'sent>>
    where
        'life: 'sent,
        Self: 'sent,
    {
        let sent = self.event_loop.spawn(send(Arc::clone(&self.line), request));
        Box::pin(async move {
            let answer = sent.await?;
            match &answer {
                Err(error) if !self.away.swap(true, Ordering::Relaxed) => {
                    tracing::warn!(%error, "the collector of traces cannot be reached; spans are lost");
                }
                Ok(_) if self.away.swap(false, Ordering::Relaxed) => tracing::info!("the collector of traces is back"),
                _ => {}
            }
            answer
        })
    }
}

async fn send(line: Arc<Line>, request: Request<Bytes>) -> Result<Response<Bytes>, HttpError> {
    let (mut head, body) = request.into_parts();
    let base = std::mem::take(&mut head.uri);
    head.uri = base.path_and_query().map_or("/", |path| path.as_str()).parse()?;
    let asked = async {
        let response =
            line.send(&base, Request::from_parts(head, Full::new(body))).await.map_err(|unsent| match unsent {
                Unsent::Never(why) => why,
                Unsent::Maybe => "the connection broke".to_owned(),
            })?;
        let (head, body) = response.into_parts();
        let bytes = Limited::new(body, LARGEST).collect().await?.to_bytes();
        Ok(Response::from_parts(head, bytes))
    };
    tokio::time::timeout(PATIENCE, asked).await?
}

impl fmt::Debug for Collector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Collector")
    }
}
