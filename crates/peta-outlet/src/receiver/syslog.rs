//! Syslog (RFC 5424) over TCP with octet counting (RFC 6587), or TLS (RFC 5425). The protocol has no acknowledgement, so
//! each batch is a connection of its own: once all is written, our side of it is closed, and a receiver that closes its
//! own has read to the end. One that was killed before leaves a broken connection, and the batch is sent again.

use std::{io, sync::Arc, time::Duration};

use peta_audit::format::syslog;
use peta_dial::{Dialer, Target};
use peta_store::Ended;
use tokio::{
    io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _},
    time::timeout,
};

use super::form::{Form, written};
use crate::trouble::Trouble;

pub(crate) struct Syslog {
    dialer: Dialer,
    target: Target,
    form: Form,
    deadline: Duration,
    /// How often in a row the receiver has not closed its side.
    open: u32,
}

/// Who has not closed after this long never does, and is taken to have read what it did not refuse.
const CLOSES: Duration = Duration::from_secs(5);
/// And who has done so a few times in a row is given this.
const KNOWN: (u32, Duration) = (3, Duration::from_millis(100));

/// Who closes within this time, before our side is closed, lets nobody in, or is a proxy with nobody behind it: it has not
/// read to the end, for it does not know of one.
const EARLY: Duration = Duration::from_millis(50);

impl Syslog {
    pub(super) const fn new(dialer: Dialer, target: Target, form: Form, deadline: Duration) -> Self {
        Self { dialer, target, form, deadline, open: 0 }
    }

    pub(super) async fn deliver(&mut self, batch: &Arc<[Ended]>) -> Result<String, Trouble> {
        let text = written((&self.form, batch), messages).await?;
        let mut stream = self.dialer.open(&self.target).await.map_err(|error| Trouble::of_dial(&error))?;
        let broken = |error: io::Error| Trouble::later(format!("the connection broke: {error}"));
        match timeout(self.deadline, write(&mut stream, &text)).await {
            Ok(written) => written.map_err(broken)?,
            Err(_) => return Err(Trouble::later("it does not read what it is sent")),
        }
        let patience = if self.open < KNOWN.0 { CLOSES } else { KNOWN.1 };
        match timeout(patience.min(self.deadline), closed(&mut stream)).await {
            Ok(closed) => {
                closed.map_err(broken)?;
                self.open = 0;
            }
            Err(_) => {
                self.open += 1;
                return Ok("sent; it keeps the connection open, so nothing tells that it was read".to_owned());
            }
        }
        Ok("sent, and read to the end".to_owned())
    }
}

/// Each message behind its length.
fn messages(form: &Form, batch: &[Ended]) -> Vec<u8> {
    let mut text = Vec::new();
    for ended in batch {
        let message = syslog(form.format, &ended.event, &form.issuer);
        text.extend_from_slice(format!("{} ", message.len()).as_bytes());
        text.extend_from_slice(message.as_bytes());
    }
    text
}

async fn write(stream: &mut (impl AsyncRead + AsyncWrite + Unpin), text: &[u8]) -> io::Result<()> {
    stream.write_all(text).await?;
    stream.flush().await?;
    match timeout(EARLY, closed(stream)).await {
        Ok(closed) => Err(closed.err().unwrap_or_else(|| io::Error::other("it was closed before all was written"))),
        Err(_) => stream.shutdown().await,
    }
}

/// Until the receiver has closed its side. What it says before means nothing in this protocol.
async fn closed(stream: &mut (impl AsyncRead + Unpin)) -> io::Result<()> {
    let mut said = [0; 512];
    loop {
        match stream.read(&mut said).await {
            Ok(0) => return Ok(()),
            Ok(_) => {}
            // It closed the connection without the farewell of TLS.
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => return Ok(()),
            Err(error) => return Err(error),
        }
    }
}

#[cfg(test)]
mod tests {
    use tokio::io::{duplex, split};

    use super::*;

    /// A proxy may even read what it passes on to nobody.
    #[tokio::test]
    async fn who_closes_first_has_taken_nothing() {
        let (mut near, far) = duplex(64);
        let (mut reads, mut writes) = split(far);
        writes.shutdown().await.unwrap();
        assert!(write(&mut near, b"1 x").await.unwrap_err().to_string().contains("before all was written"));
        drop(near);
        let mut came = Vec::new();
        reads.read_to_end(&mut came).await.unwrap();
        assert_eq!(came, b"1 x");
    }

    #[tokio::test]
    async fn our_side_is_closed_when_all_is_written() {
        let (mut near, mut far) = duplex(64);
        let mut came = Vec::new();
        let (written, read) = tokio::join!(write(&mut near, b"1 x"), far.read_to_end(&mut came));
        written.unwrap();
        read.unwrap();
        assert_eq!(came, b"1 x");
        drop(far);
        closed(&mut near).await.unwrap();
    }
}
