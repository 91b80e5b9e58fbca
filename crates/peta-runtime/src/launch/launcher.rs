//! The launcher's own life, in a process of its own. It knows one server: starts it, says what became of it, and
//! ends its whole tree when Core says so, when Core is gone, or when the server itself has ended.

use std::{
    io::{self, IoSliceMut, Read, Write},
    mem::MaybeUninit,
    os::{
        fd::{AsFd, OwnedFd},
        unix::{net::UnixStream, process::CommandExt},
    },
    process::{Command, ExitCode, Stdio},
    sync::mpsc::{Receiver, Sender, channel},
    thread,
    time::Duration,
};

use rustix::{
    io::Errno,
    net::{RecvAncillaryBuffer, RecvAncillaryMessage, RecvFlags, recvmsg},
    process::{
        Pid, Resource, Signal, WaitOptions, WaitStatus, getpid, getrlimit, kill_process_group, set_child_subreaper,
        setrlimit, setsid, wait,
    },
    thread::set_no_new_privs,
};

use super::{
    order::{LARGEST, NotStarted, Order, Report, Word},
    secrets::{self, Files},
    tree,
};

/// How long the killed may take to go.
const END: Duration = Duration::from_secs(10);

/// Files a server may have open at first; Core's own raised limit is not passed on.
const FILES: u64 = 1024;

/// What the launcher waits for.
enum News {
    Core(Word),
    CoreGone,
    Exited(WaitStatus),
}

/// What the binary does when it is run as `launch`, before it starts anything else. Its standard input is the socket
/// to Core.
pub fn main() -> ExitCode {
    match launch() {
        Ok(code) => ExitCode::from(code),
        Err(error) => {
            let _ = writeln!(io::stderr(), "the launcher is started by Core, not by hand: {error}");
            ExitCode::from(125)
        }
    }
}

fn launch() -> io::Result<u8> {
    let mut core = UnixStream::from(io::stdin().as_fd().try_clone_to_owned()?);
    let streams = receive_streams(&core)?;
    let order = receive_order(&mut core)?;
    set_apart()?;
    // Whoever ends first removes what was handed over as files.
    let _files = Files::at(order.folder.clone());
    match start(&mut core, order, streams) {
        Ok(pid) => {
            report(&mut core, &Report::Started { pid: pid.as_raw_nonzero().get() });
            Ok(keep(core, pid))
        }
        Err(error) => {
            report(&mut core, &Report::NotStarted { why: NotStarted::of(&error) });
            Ok(if error.kind() == io::ErrorKind::NotFound { 127 } else { 126 })
        }
    }
}

/// The server's standard input, output and error.
fn receive_streams(core: &UnixStream) -> io::Result<[OwnedFd; 3]> {
    let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(3))];
    let mut control = RecvAncillaryBuffer::new(&mut space);
    let mut byte = [0];
    recvmsg(core, &mut [IoSliceMut::new(&mut byte)], &mut control, RecvFlags::CMSG_CLOEXEC)?;
    let mut streams = Vec::new();
    for message in control.drain() {
        if let RecvAncillaryMessage::ScmRights(received) = message {
            streams.extend(received);
        }
    }
    streams.try_into().map_err(|_| io::Error::other("no streams came"))
}

fn receive_order(core: &mut UnixStream) -> io::Result<Order> {
    let mut length = [0; 4];
    core.read_exact(&mut length)?;
    let length = u32::from_be_bytes(length) as usize;
    if length > LARGEST {
        return Err(io::Error::other("the order is too large"));
    }
    let mut order = vec![0; length];
    core.read_exact(&mut order)?;
    serde_json::from_slice(&order).map_err(|_| io::Error::other("the order cannot be read"))
}

/// A session of its own, heir of whoever loses a parent below; no way to gain rights, no core dump with secrets.
fn set_apart() -> io::Result<()> {
    setsid()?;
    set_child_subreaper(Some(getpid()))?;
    set_no_new_privs(true)?;
    for (resource, most) in [(Resource::Nofile, FILES), (Resource::Core, 0)] {
        let mut limit = getrlimit(resource);
        limit.current = Some(limit.current.map_or(most, |current| current.min(most)));
        setrlimit(resource, limit)?;
    }
    Ok(())
}

/// The streams are closed here when this returns: only the server holds them.
fn start(core: &mut UnixStream, order: Order, [input, output, errors]: [OwnedFd; 3]) -> io::Result<Pid> {
    #[expect(clippy::disallowed_methods, reason = "this is where servers are started")]
    let mut command = Command::new(&order.command);
    command.args(&order.args).env_clear().envs(super::environment::minimal()).envs(order.env);
    if let Some(directory) = &order.directory {
        command.current_dir(directory);
    }
    let handed = secrets::receive(core, &order.secrets, order.folder.as_deref(), &mut command)?;
    command.process_group(0).stdin(Stdio::from(input)).stdout(Stdio::from(output)).stderr(Stdio::from(errors));
    let child = command.spawn()?;
    drop(handed);
    i32::try_from(child.id()).ok().and_then(Pid::from_raw).ok_or_else(|| io::Error::other("no process id"))
}

/// Holds the server until it has ended, and its tree with it.
fn keep(mut core: UnixStream, server: Pid) -> u8 {
    let news = listen(&core, server);
    loop {
        // Both ends send before they stop, so the line is never cut without news; if it were, that is an end, too.
        match news.recv().unwrap_or(News::CoreGone) {
            News::Core(Word::Term) => {
                let _ = kill_process_group(server, Signal::TERM);
            }
            News::Core(Word::Kill) => tree::end_all(END),
            News::CoreGone => {
                tree::end_all(END);
                return 137;
            }
            News::Exited(status) => {
                let (code, signal) = (status.exit_status(), status.terminating_signal());
                report(&mut core, &Report::Exited { code, signal });
                tree::end_all(END);
                let shown = code.unwrap_or_else(|| 128 + signal.unwrap_or(0));
                return u8::try_from(shown & 0xff).unwrap_or(1);
            }
        }
    }
}

fn listen(core: &UnixStream, server: Pid) -> Receiver<News> {
    let (tell, news) = channel();
    match core.try_clone() {
        Ok(core) => {
            let tell = tell.clone();
            thread::spawn(move || hear_core(core, &tell));
        }
        Err(_) => {
            let _ = tell.send(News::CoreGone);
        }
    }
    thread::spawn(move || reap(server, &tell));
    news
}

fn hear_core(mut core: UnixStream, tell: &Sender<News>) {
    let mut byte = [0];
    while matches!(core.read(&mut byte), Ok(1)) {
        let Some(word) = Word::read(byte[0]) else { continue };
        if tell.send(News::Core(word)).is_err() {
            return;
        }
    }
    let _ = tell.send(News::CoreGone);
}

/// Reaps the server and whoever was inherited, until no child is left.
fn reap(server: Pid, tell: &Sender<News>) {
    loop {
        match wait(WaitOptions::empty()) {
            Ok(Some((pid, status))) if pid == server => {
                let _ = tell.send(News::Exited(status));
            }
            Ok(_) | Err(Errno::INTR) => {}
            Err(_) => return,
        }
    }
}

/// Core may be gone already; then nobody needs to know.
fn report(core: &mut UnixStream, report: &Report) {
    if let Ok(mut line) = serde_json::to_vec(report) {
        line.push(b'\n');
        let _ = core.write_all(&line);
    }
}
