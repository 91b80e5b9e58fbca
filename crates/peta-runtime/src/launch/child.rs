//! Core's end of a launcher: starts one, gives it the server's streams and its order, and speaks with it afterwards.
//! Dropping the control ends the whole tree: the launcher sees its socket end.

use std::{
    io::{self, IoSlice, PipeReader, PipeWriter},
    mem::MaybeUninit,
    os::{
        fd::{AsFd, OwnedFd},
        unix::net::UnixStream as StdUnixStream,
    },
    path::{Path, PathBuf},
    process::Stdio,
};

use rustix::{
    net::{SendAncillaryBuffer, SendAncillaryMessage, SendFlags, sendmsg},
    process::{Pid, Signal, kill_process_group},
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{
        UnixStream,
        unix::pipe::{Receiver, Sender},
    },
    process::{Child as Process, Command},
};

use super::{
    environment,
    order::{NotStarted, Order, Report, Word},
    roster::{Enrolled, Roster},
    secrets::{Files, Handing},
};

/// A server that runs.
#[derive(Debug)]
pub(crate) struct Child {
    pub(crate) input: Sender,
    pub(crate) output: Receiver,
    pub(crate) errors: Receiver,
    pub(crate) control: Control,
}

/// The way to its launcher.
#[derive(Debug)]
pub(crate) struct Control {
    socket: UnixStream,
    /// Reaped by tokio, also when this is dropped.
    launcher: Process,
    /// Struck off the roster when this is dropped.
    enrolled: Enrolled,
    /// What was read and not yet used.
    read: Vec<u8>,
    server: Option<Pid>,
    exit: Option<Exit>,
    _files: Files,
}

/// How a server ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Exit {
    Code(i32),
    Signal(i32),
    /// Its launcher was gone before it could say.
    Unknown,
}

/// Why no server runs.
#[derive(Debug, thiserror::Error)]
pub(crate) enum StartError {
    #[error("the launcher cannot be started")]
    Launcher(#[from] io::Error),
    #[error("{}", .0.text())]
    Command(NotStarted),
}

/// Starts a server and waits until it runs.
pub(crate) async fn start(
    launcher: &Path,
    roster: &Roster,
    mut order: Order,
    handing: Handing,
) -> Result<Child, StartError> {
    let files = if handing.needs_files() { roster.folder()? } else { Files::default() };
    order.folder = files.path().map(Path::to_owned);
    let (launcher, roster) = (launcher.to_owned(), roster.clone());
    let started =
        tokio::task::spawn_blocking(move || Started::new(launcher, &roster)).await.map_err(io::Error::other)??;
    started.socket.set_nonblocking(true)?;
    let socket = UnixStream::from_std(started.socket)?;
    let (launcher, enrolled) = started.launcher;
    let mut control = Control { socket, launcher, enrolled, read: Vec::new(), server: None, exit: None, _files: files };
    let child_ends = (
        Sender::from_owned_fd(OwnedFd::from(started.input))?,
        Receiver::from_owned_fd(OwnedFd::from(started.output))?,
        Receiver::from_owned_fd(OwnedFd::from(started.errors))?,
    );
    control.order(&order).await?;
    handing.write(&control.socket).await?;
    match control.report().await? {
        Some(Report::Started { pid }) => control.server = Pid::from_raw(pid),
        Some(Report::NotStarted { why }) => return Err(StartError::Command(why)),
        Some(Report::Exited { .. }) | None => return Err(io::Error::other("the launcher ended early").into()),
    }
    let (input, output, errors) = child_ends;
    Ok(Child { input, output, errors, control })
}

/// A launcher that has its streams and waits for its order.
struct Started {
    socket: StdUnixStream,
    launcher: (Process, Enrolled),
    input: PipeWriter,
    output: PipeReader,
    errors: PipeReader,
}

impl Started {
    fn new(launcher: PathBuf, roster: &Roster) -> io::Result<Self> {
        // Every one of these is closed on exec, so no other child inherits it.
        let (socket, theirs) = StdUnixStream::pair()?;
        let (their_input, input) = io::pipe()?;
        let (output, their_output) = io::pipe()?;
        let (errors, their_errors) = io::pipe()?;
        #[expect(clippy::disallowed_methods, reason = "this is where launchers are started")]
        let mut command = Command::new(launcher);
        command.arg("launch").env_clear().envs(environment::minimal());
        command.stdin(Stdio::from(OwnedFd::from(theirs))).stdout(Stdio::null()).stderr(Stdio::null());
        let launcher = roster.spawn(&mut command)?;
        drop(command);
        send_streams(
            &socket,
            [&OwnedFd::from(their_input), &OwnedFd::from(their_output), &OwnedFd::from(their_errors)],
        )?;
        Ok(Self { socket, launcher, input, output, errors })
    }
}

fn send_streams(to: &StdUnixStream, streams: [&OwnedFd; 3]) -> io::Result<()> {
    let streams = streams.map(AsFd::as_fd);
    let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(3))];
    let mut control = SendAncillaryBuffer::new(&mut space);
    if !control.push(SendAncillaryMessage::ScmRights(&streams)) {
        return Err(io::Error::other("the streams do not fit"));
    }
    sendmsg(to, &[IoSlice::new(b"s")], &mut control, SendFlags::empty())?;
    Ok(())
}

impl Control {
    pub(crate) async fn term(&mut self) {
        self.say(Word::Term).await;
    }

    pub(crate) async fn kill(&mut self) {
        self.say(Word::Kill).await;
    }

    /// Until the server has ended. May be given up and asked again.
    pub(crate) async fn ended(&mut self) -> Exit {
        while self.exit.is_none() {
            match self.report().await {
                Ok(Some(Report::Exited { code: Some(code), .. })) => self.exit = Some(Exit::Code(code)),
                Ok(Some(Report::Exited { signal, .. })) => {
                    self.exit = Some(signal.map_or(Exit::Unknown, Exit::Signal));
                }
                Ok(Some(Report::Started { .. } | Report::NotStarted { .. })) => {}
                Ok(None) | Err(_) => {
                    // The launcher was killed. What it held falls to Core (`heir`); its server's group need not wait for that.
                    self.enrolled.end_group();
                    if let Some(server) = self.server {
                        let _ = kill_process_group(server, Signal::KILL);
                    }
                    self.exit = Some(Exit::Unknown);
                }
            }
        }
        self.exit.unwrap_or(Exit::Unknown)
    }

    /// Until the launcher has ended, too, and with it the last of the tree.
    pub(crate) async fn gone(&mut self) {
        while let Ok(Some(_)) = self.report().await {}
        let _ = self.launcher.wait().await;
    }

    async fn order(&mut self, order: &Order) -> io::Result<()> {
        let order = serde_json::to_vec(order).map_err(io::Error::other)?;
        let length = u32::try_from(order.len()).map_err(io::Error::other)?;
        self.socket.write_all(&length.to_be_bytes()).await?;
        self.socket.write_all(&order).await
    }

    async fn say(&mut self, word: Word) {
        // If the launcher is gone, so is what it should end.
        let _ = self.socket.write_all(&[word.byte()]).await;
    }

    /// The next report; `None` at the end. Nothing is lost if this is given up: what was read is kept.
    async fn report(&mut self) -> io::Result<Option<Report>> {
        loop {
            if let Some(end) = self.read.iter().position(|byte| *byte == b'\n') {
                let line: Vec<u8> = self.read.drain(..=end).collect();
                return serde_json::from_slice(&line).map(Some).map_err(io::Error::other);
            }
            if self.socket.read_buf(&mut self.read).await? == 0 {
                return Ok(None);
            }
        }
    }
}
