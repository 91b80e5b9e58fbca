//! A child process that speaks lines: one message a line on its standard input and output. What it prints beside is
//! logged. One task writes, two read, one waits for its end; dropping the link ends the child.

use std::{sync::Arc, time::Duration};

use bytes::{Bytes, BytesMut};
use peta_mcp::{
    compact,
    line::{LineError, Splitter},
};
use peta_model::Code;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::unix::pipe::{Receiver, Sender},
    sync::{mpsc, watch},
    time::timeout,
};

use crate::{
    carrier::{self, Carrier},
    description::Description,
    fault::{Executed, LostWhy, OpenError, SendError},
    inbox::{Inbox, Taken},
    launch::{self, Control, Exit, Handing, Order},
    link::exit,
    logs::LogSource,
    mailbox::Mailbox,
    wiring::Wiring,
};

/// Messages that wait for the server to read.
const QUEUE: usize = 64;

#[derive(Debug)]
pub(crate) struct StdioLink {
    queue: mpsc::Sender<Bytes>,
    write: Duration,
    /// Set, or dropped: the child is to be ended.
    stop: watch::Sender<bool>,
    /// True once the whole tree is gone.
    gone: watch::Receiver<bool>,
}

impl StdioLink {
    /// Starts the command and shakes hands.
    pub(super) async fn open(
        (command, args, env): (&str, &[String], &[(String, String)]),
        caller: Option<&str>,
        wiring: &Wiring,
    ) -> Result<(Self, Arc<Description>), OpenError> {
        let config = &wiring.ground.config;
        let room = wiring.ground.rooms.take(caller, &wiring.standing.room, config.times.room).await?;
        let alive = wiring.ground.alive();
        if let Some(preparing) = wiring.custody.prepare() {
            preparing.await.map_err(LostWhy::from)?;
        }
        let handing = wiring.custody.handed().and_then(Handing::of).map_err(LostWhy::from)?;
        let order = Order {
            command: command.to_owned(),
            args: args.to_vec(),
            env: env.to_vec(),
            directory: config.directory.clone(),
            secrets: handing.announced().map_err(LostWhy::from)?,
            folder: None,
        };
        let child = launch::start(&config.launcher, &wiring.ground.launchers, order, handing).await;
        let child = child.map_err(|error| exit::not_started(command, &error))?;

        let (queue, messages) = mpsc::channel(QUEUE);
        let (stop, stopping) = watch::channel(false);
        let (exited, exit) = watch::channel(None);
        let (tell_gone, gone) = watch::channel(false);
        let reader = Reader { wiring: wiring.share(), replies: queue.downgrade(), exit, stop: stop.clone() };
        tokio::spawn(write(child.input, messages, stopping.clone()));
        tokio::spawn(reader.read(child.output));
        tokio::spawn(log(child.errors, wiring.share()));
        let (input, term) = (config.times.stop_input, config.times.stop_term);
        tokio::spawn(async move {
            keep(child.control, stopping, exited, (input, term)).await;
            drop((room, alive));
            tell_gone.send_replace(true);
        });

        let link = Self { queue, write: config.times.write, stop, gone };
        let description = carrier::shake(&link, &wiring.inbox, &wiring.greeting).await?;
        Ok((link, description))
    }

    /// Ends the child and waits for it.
    pub(super) async fn close(&self) {
        self.stop.send_replace(true);
        let mut gone = self.gone.clone();
        let _ = gone.wait_for(|gone| *gone).await;
    }
}

impl Drop for StdioLink {
    fn drop(&mut self) {
        self.stop.send_replace(true);
    }
}

impl Carrier for StdioLink {
    async fn send(&self, _id: u64, _mailbox: &Arc<Mailbox>, message: Bytes) -> Result<(), SendError> {
        self.tell(message).await
    }

    async fn tell(&self, message: Bytes) -> Result<(), SendError> {
        let slow = || SendError::new(Code::SERVER_IDLE_TIMEOUT, "the server does not read what it is sent");
        let ended = || SendError::new(Code::SERVER_LOST, "the server's process has ended");
        let queued = timeout(self.write, self.queue.send(compact(message))).await;
        queued.map_err(|_| slow())?.map_err(|_| ended())
    }
}

/// Writes message after message until there is nobody to write for; then the server's input ends.
async fn write(mut to: Sender, mut messages: mpsc::Receiver<Bytes>, mut stopping: watch::Receiver<bool>) {
    let writing = async {
        while let Some(message) = messages.recv().await {
            let mut line = BytesMut::with_capacity(message.len() + 1);
            line.extend_from_slice(&message);
            line.extend_from_slice(b"\n");
            if to.write_all(&line).await.is_err() {
                return;
            }
        }
    };
    // A server that does not read must not keep its input open for ever.
    tokio::select! {
        () = writing => {}
        _ = stopping.wait_for(|stop| *stop) => {}
    }
}

struct Reader {
    wiring: Wiring,
    /// For answers to pings; weak, so that the reader does not keep the writer alive.
    replies: mpsc::WeakSender<Bytes>,
    exit: watch::Receiver<Option<Exit>>,
    stop: watch::Sender<bool>,
}

impl Reader {
    async fn read(mut self, mut from: Receiver) {
        let mut lines = Splitter::new(self.wiring.ground.config.limits.bytes);
        loop {
            lines.buffer().reserve(16 << 10);
            match from.read_buf(lines.buffer()).await {
                Ok(0) | Err(_) => break,
                Ok(_) => {}
            }
            while let Some(line) = lines.next() {
                if !self.line(line) {
                    let why = "the server printed too many lines that are no messages";
                    return self.lost(LostWhy::new(Code::SERVER_GARBAGE, Executed::Maybe, why));
                }
            }
        }
        if let Some(line) = lines.finish() {
            self.line(line);
        }
        let ended = timeout(Duration::from_secs(1), self.exit.wait_for(Option::is_some)).await;
        let exit = ended.ok().and_then(|exit| exit.ok().and_then(|exit| *exit));
        let why = exit.map_or_else(|| "the server closed its output".to_owned(), exit::told);
        self.lost(LostWhy::new(Code::SERVER_LOST, Executed::Maybe, why));
    }

    /// False if the server is to be given up.
    fn line(&self, line: Result<Bytes, LineError>) -> bool {
        let inbox: &Inbox = &self.wiring.inbox;
        match line {
            Ok(line) => match inbox.take(None, line.clone()) {
                Taken::Nothing => true,
                Taken::Reply(replies) => {
                    let queue = self.replies.upgrade();
                    // A server that pings and does not read misses an answer.
                    replies.into_iter().for_each(|reply| drop(queue.as_ref().map(|queue| queue.try_send(reply))));
                    true
                }
                Taken::Garbage => {
                    self.wiring.log(LogSource::Stdout, &line);
                    !inbox.garbage_is_too_much()
                }
            },
            Err(error) => {
                self.wiring.log(LogSource::Peta, format!("dropped {error}").as_bytes());
                if matches!(error, LineError::TooLong { .. }) {
                    inbox.too_large(None);
                }
                !inbox.garbage_is_too_much()
            }
        }
    }

    fn lost(self, why: LostWhy) {
        self.wiring.log(LogSource::Peta, why.text.as_bytes());
        self.wiring.inbox.lost(why);
        self.stop.send_replace(true);
    }
}

/// Keeps what the server writes on its standard error, line by line, each cut where it is too long.
async fn log(mut from: Receiver, wiring: Wiring) {
    let longest = wiring.ground.config.bounds.log_line;
    let (mut line, mut chunk) = (Vec::new(), vec![0; 4 << 10]);
    while let Ok(count @ 1..) = from.read(&mut chunk).await {
        for part in chunk.get(..count).unwrap_or_default().split_inclusive(|byte| *byte == b'\n') {
            let (part, ended) = part.strip_suffix(b"\n").map_or((part, false), |part| (part, true));
            let room = longest.saturating_sub(line.len()).min(part.len());
            line.extend_from_slice(part.get(..room).unwrap_or_default());
            if ended {
                wiring.log(LogSource::Stderr, line.strip_suffix(b"\r").unwrap_or(&line));
                line.clear();
            }
        }
    }
    if !line.is_empty() {
        wiring.log(LogSource::Stderr, &line);
    }
}

/// Waits for the child's end, or brings it about: its input is closed (by the writer), then TERM, then KILL.
async fn keep(
    mut control: Control,
    mut stopping: watch::Receiver<bool>,
    exited: watch::Sender<Option<Exit>>,
    (input, term): (Duration, Duration),
) {
    let ended = tokio::select! {
        exit = control.ended() => Some(exit),
        _ = stopping.wait_for(|stop| *stop) => None,
    };
    let exit = match ended {
        Some(exit) => exit,
        None => end(&mut control, input, term).await,
    };
    exited.send_replace(Some(exit));
    let _ = timeout(Duration::from_secs(15), control.gone()).await;
}

async fn end(control: &mut Control, input: Duration, term: Duration) -> Exit {
    if let Ok(exit) = timeout(input, control.ended()).await {
        return exit;
    }
    control.term().await;
    if let Ok(exit) = timeout(term, control.ended()).await {
        return exit;
    }
    control.kill().await;
    timeout(Duration::from_secs(15), control.ended()).await.unwrap_or(Exit::Unknown)
}
