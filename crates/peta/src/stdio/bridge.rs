//! The bridge itself: reads lines, sends each on its way, and ends when its input does.

use std::{sync::Arc, time::Duration};

use bytes::Bytes;
use peta_mcp::{
    Kind, Message, Method, RequestId, Side,
    line::{LineError, Splitter},
};
use peta_model::Code;
use tokio::{
    io::{AsyncRead, AsyncReadExt as _},
    signal::unix::{SignalKind, signal},
    task::JoinSet,
};

use super::{answer, core::Core, ear, ends::Ends, output::Output, post, under_way::UnderWay};

/// How long requests may still take once the input has ended.
const LAST_ANSWERS: Duration = Duration::from_secs(30);
/// How long Core may take to hear that the session ends.
const FAREWELL: Duration = Duration::from_secs(2);

/// The reading side.
struct Bridge {
    ends: Arc<Ends>,
    under_way: Arc<UnderWay>,
    tasks: JoinSet<()>,
    /// The task that hears what Core says unasked; there is one at most.
    ear: Option<tokio::task::AbortHandle>,
}

/// Runs until the input ends, nobody reads the output, or a signal says so.
pub(super) async fn run(core: Core) {
    let (output, mut written) = Output::start();
    let ends = Arc::new(Ends::new(core, output));
    let mut bridge = Bridge { ends: Arc::clone(&ends), under_way: Arc::default(), tasks: JoinSet::new(), ear: None };
    tokio::select! {
        () = async {
            bridge.feed(tokio::io::stdin()).await;
            _ = tokio::time::timeout(LAST_ANSWERS, bridge.answered()).await;
        } => {}
        () = written.done() => {}
        () = told_to_stop() => {}
    }
    bridge.stop().await;
    let names = ends.session.names();
    if names.has_session() {
        _ = tokio::time::timeout(FAREWELL, ends.core.end(&names)).await;
    }
    // The writer ends when nobody can say anything any more.
    drop(ends);
    _ = tokio::time::timeout(FAREWELL, written.done()).await;
}

impl Bridge {
    /// Reads the input to its end. Messages that others rely on are waited for; all others go side by side.
    async fn feed(&mut self, mut input: impl AsyncRead + Unpin) {
        let mut splitter = Splitter::new(self.ends.limits.bytes);
        loop {
            while let Some(line) = splitter.next() {
                self.take(line).await;
            }
            // What has ended is let go of, so that the set does not grow with every message.
            while self.tasks.try_join_next().is_some() {}
            match input.read_buf(splitter.buffer()).await {
                Ok(0) | Err(_) => break,
                Ok(_) => {}
            }
        }
        if let Some(line) = splitter.finish() {
            self.take(line).await;
        }
    }

    async fn take(&mut self, line: Result<Bytes, LineError>) {
        let ends = Arc::clone(&self.ends);
        let text = match line {
            Ok(text) => text,
            Err(LineError::TooLong { .. }) => return ends.output.say(answer::unreadable(Code::TOO_LARGE)).await,
            Err(LineError::NotUtf8) => return ends.output.say(answer::unreadable(Code::NOT_JSON)).await,
        };
        // Core judges what is wrong with a message; here it only matters what is to be done with it.
        let Ok(message) = Message::parse(text.clone(), Side::Server, &ends.limits) else {
            self.tasks.spawn(async move { post::other(&ends, text).await });
            return;
        };
        match (message.kind(), message.method().map(Method::as_str), message.id()) {
            (Kind::Request, Some(Method::INITIALIZE), _) => {
                ends.session.begin(text);
                post::initialize(&ends, &message).await;
            }
            // Clients of a later MCP probe so; on a pipe this answer makes them begin with `initialize`.
            (Kind::Request, Some(Method::DISCOVER), Some(id)) => ends.output.say(answer::no_method(id)).await,
            (Kind::Request, _, Some(id)) => {
                let passage = self.under_way.begin(id.clone());
                self.tasks.spawn(async move { post::request(&ends, &message, &passage).await });
            }
            (Kind::Notification, Some(Method::INITIALIZED), _) => {
                ends.session.greeted();
                post::other(&ends, text).await;
                self.listen();
            }
            (Kind::Notification, Some(Method::CANCELLED), _) => {
                let id = message.params().and_then(|it| RequestId::read(it.get("requestId")?, &ends.limits).ok());
                let under_way = Arc::clone(&self.under_way);
                self.tasks.spawn(async move {
                    if let Some(id) = id {
                        under_way.cancel(&id).await;
                    }
                    post::other(&ends, text).await;
                });
            }
            _ => _ = self.tasks.spawn(async move { post::other(&ends, text).await }),
        }
    }

    fn listen(&mut self) {
        let ends = Arc::clone(&self.ends);
        if self.ear.as_ref().is_none_or(tokio::task::AbortHandle::is_finished) {
            self.ear = Some(tokio::spawn(async move { ear::listen(&ends).await }).abort_handle());
        }
    }

    /// Waits until every request has its answer.
    async fn answered(&mut self) {
        while self.tasks.join_next().await.is_some() {}
    }

    async fn stop(mut self) {
        if let Some(ear) = &self.ear {
            ear.abort();
        }
        self.tasks.shutdown().await;
    }
}

async fn told_to_stop() {
    let (Ok(mut term), Ok(mut int)) = (signal(SignalKind::terminate()), signal(SignalKind::interrupt())) else {
        return std::future::pending().await;
    };
    tokio::select! {
        _ = term.recv() => {}
        _ = int.recv() => {}
    }
}
