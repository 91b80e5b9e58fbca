//! The body of a stream: whatever a task sends, until either side lets go. A handle over a channel, so that whoever
//! fills it never sees one.

use std::{
    convert::Infallible,
    pin::Pin,
    task::{Context, Poll},
};

use axum::{
    body::{Body, Bytes},
    response::{IntoResponse, Response},
};
use http::header;
use http_body::Frame;
use tokio::sync::mpsc;

/// The writing end.
#[derive(Debug, Clone)]
pub(crate) struct Writer(mpsc::Sender<Bytes>);

struct Stream(mpsc::Receiver<Bytes>);

/// A stream that begins now, and its response.
pub(crate) fn open() -> (Writer, Response) {
    let (sender, receiver) = mpsc::channel(16);
    let headers = [
        (header::CONTENT_TYPE, "text/event-stream"),
        (header::CACHE_CONTROL, "no-store"),
        // A proxy in front must not collect the stream.
        (header::HeaderName::from_static("x-accel-buffering"), "no"),
    ];
    (Writer(sender), (headers, Body::new(Stream(receiver))).into_response())
}

impl Writer {
    /// Sends one event of the record with its id; false when the reader is gone.
    pub(crate) async fn event(&self, id: u64, json: &str) -> bool {
        // JSON of one line: it holds neither CR nor LF.
        self.0.send(format!("id: {id}\ndata: {json}\n\n").into()).await.is_ok()
    }

    /// Says that the stream is alive; false when the reader is gone.
    pub(crate) async fn comment(&self) -> bool {
        self.0.send(Bytes::from_static(b":\n\n")).await.is_ok()
    }

    /// Waits until the reader is gone.
    pub(crate) async fn gone(&self) {
        self.0.closed().await;
    }
}

impl http_body::Body for Stream {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        self.0.poll_recv(context).map(|bytes| bytes.map(|bytes| Ok(Frame::data(bytes))))
    }
}
