//! Standard output: one message a line, whole lines only, nothing else.

use bytes::Bytes;
use peta_mcp::compact;
use tokio::{
    io::AsyncWriteExt as _,
    sync::{mpsc, watch},
};

/// How many messages may wait for a slow reader; then whoever has more waits too.
const WAITING: usize = 64;

/// Where messages for the agent go; cheap to clone.
#[derive(Debug, Clone)]
pub(super) struct Output(mpsc::Sender<Bytes>);

/// Tells when everything was written, or that nobody reads any more.
#[derive(Debug)]
pub(super) struct Written(watch::Receiver<bool>);

impl Output {
    /// Starts the one task that writes.
    pub(super) fn start() -> (Self, Written) {
        let (sender, mut receiver) = mpsc::channel::<Bytes>(WAITING);
        let (done, written) = watch::channel(false);
        tokio::spawn(async move {
            let mut out = tokio::io::stdout();
            while let Some(line) = receiver.recv().await {
                if out.write_all(&line).await.is_err() || out.flush().await.is_err() {
                    break;
                }
            }
            _ = done.send(true);
        });
        (Self(sender), Written(written))
    }

    /// Writes one message on a line of its own.
    pub(super) async fn say(&self, message: Bytes) {
        let compacted = compact(message);
        let mut line = Vec::with_capacity(compacted.len() + 1);
        line.extend_from_slice(&compacted);
        line.push(b'\n');
        // Once nobody reads, the bridge is about to end.
        _ = self.0.send(line.into()).await;
    }
}

impl Written {
    pub(super) async fn done(&mut self) {
        _ = self.0.wait_for(|done| *done).await;
    }
}
