//! Syslog over TCP and TLS: a receiver with strict framing that dies in the middle, one that never closes; and rsyslog and
//! syslog-ng themselves.

use std::{
    net::Ipv4Addr,
    path::{Path, PathBuf},
    process::Stdio,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
};

use peta_outlet::State;
use peta_store::SinkSpec;
use peta_testkit::{Authority, Value, command, eventually, within};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpListener, TcpSocket, TcpStream},
    process::Child,
};

use crate::world::{World, json, spec};

/// The messages in what came over one connection; what is after the last whole one is left out.
fn messages(bytes: &[u8]) -> Vec<String> {
    let (mut rest, mut found) = (bytes, Vec::new());
    while let Some(space) = rest.iter().position(|byte| *byte == b' ') {
        let length = std::str::from_utf8(&rest[..space]).unwrap();
        assert!(!length.starts_with('0') && length.bytes().all(|digit| digit.is_ascii_digit()), "{length:?}");
        let length: usize = length.parse().unwrap();
        let Some(message) = rest.get(space + 1..space + 1 + length) else { break };
        found.push(String::from_utf8(message.to_vec()).unwrap());
        rest = &rest[space + 1 + length..];
    }
    found
}

/// The identifier in a message's structured data.
fn id(message: &str) -> String {
    assert!(message.starts_with('<') && message.contains(">1 20"), "{message}");
    message.split_once(" id=\"").unwrap().1.split_once('"').unwrap().0.to_owned()
}

fn ids(connections: &Mutex<Vec<Vec<u8>>>) -> Vec<String> {
    connections.lock().unwrap().iter().flat_map(|bytes| messages(bytes)).map(|message| id(&message)).collect()
}

mod sink_outage {
    use super::*;

    /// Absent; then three connections that break after a few bytes; then true.
    #[tokio::test]
    async fn syslog() {
        let world = World::new().await;
        let socket = TcpSocket::new_v4().unwrap();
        socket.bind((Ipv4Addr::LOCALHOST, 0).into()).unwrap();
        let to = format!("syslog://{}", socket.local_addr().unwrap());
        let sink = world.sink("syslog", json(spec(&to)), false).await;
        let mut made = world.record(40).await;
        world.until(sink, State::Retrying).await;

        let taken: Arc<Mutex<Vec<Vec<u8>>>> = Arc::default();
        let (came, broken) = (Arc::clone(&taken), Arc::new(AtomicUsize::new(0)));
        let listener = socket.listen(8).unwrap();
        let breaks = Arc::clone(&broken);
        tokio::spawn(async move {
            while let Ok((mut stream, _)) = listener.accept().await {
                if breaks.fetch_add(1, Ordering::SeqCst) < 3 {
                    // Killed in the middle: what it has not read makes the system reset the connection.
                    _ = stream.read(&mut [0; 100]).await;
                    continue;
                }
                let mut all = Vec::new();
                if stream.read_to_end(&mut all).await.is_ok() {
                    came.lock().unwrap().push(all);
                }
            }
        });
        made.extend(world.record(40).await);
        world.caught_up(sink).await;
        assert!(broken.load(Ordering::SeqCst) > 3);
        let world = world.again(true).await;
        made.extend(world.record(10).await);
        world.caught_up(sink).await;
        let mut known = std::collections::HashSet::new();
        let first: Vec<String> =
            ids(&taken).into_iter().filter(|id| made.contains(id) && known.insert(id.clone())).collect();
        assert_eq!(first, made, "none missing, in order");
    }
}

/// A receiver that keeps its side open has read what it did not refuse; one that does not read at all has not.
#[tokio::test]
async fn who_never_closes_is_not_sent_everything_again_for_ever() {
    let world = World::new().await;
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
    let to = format!("syslog://{}", listener.local_addr().unwrap());
    let taken: Arc<Mutex<Vec<String>>> = Arc::default();
    let came = Arc::clone(&taken);
    tokio::spawn(async move {
        let mut kept: Vec<TcpStream> = Vec::new();
        while let Ok((mut stream, _)) = listener.accept().await {
            let mut all = Vec::new();
            stream.read_to_end(&mut all).await.unwrap();
            came.lock().unwrap().extend(messages(&all).iter().map(|message| id(message)));
            kept.push(stream);
        }
    });
    let sink = world.sink("syslog", json(spec(&to)), false).await;
    let made = world.record(10).await;
    world.caught_up(sink).await;
    let came: Vec<String> = taken.lock().unwrap().iter().filter(|id| made.contains(id)).cloned().collect();
    assert_eq!(came, made, "each once");
}

/// A receiver that is given a certificate by an authority of its own, and one by another that is not trusted.
#[tokio::test]
async fn under_tls_only_a_trusted_receiver_is_sent_anything() {
    let world = World::new().await;
    let (trusted, other) = (Authority::new(), Authority::new());
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let wrong = Arc::new(AtomicBool::new(true));
    let acceptors = [&other, &trusted].map(|authority| authority.acceptor("localhost"));
    let taken: Arc<Mutex<Vec<Vec<u8>>>> = Arc::default();
    let (came, shows) = (Arc::clone(&taken), Arc::clone(&wrong));
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let acceptor = &acceptors[usize::from(!shows.load(Ordering::SeqCst))];
            let Ok(mut stream) = acceptor.accept(stream).await else { continue };
            let mut all = Vec::new();
            stream.read_to_end(&mut all).await.unwrap();
            _ = stream.shutdown().await;
            came.lock().unwrap().push(all);
        }
    });
    let to = spec(&format!("syslog+tls://localhost:{port}"));
    let sink = world.sink("syslog", SinkSpec { ca: Some(trusted.pem()), ..json(to) }, false).await;
    let made = world.record(5).await;
    let standing = world.until(sink, State::Retrying).await;
    assert!(standing.why.as_ref().is_some_and(|why| why.contains("TLS")), "{standing:?}");
    assert!(taken.lock().unwrap().is_empty());
    wrong.store(false, Ordering::SeqCst);
    world.caught_up(sink).await;
    let came = ids(&taken);
    assert!(made.iter().all(|id| came.contains(id)));
}

/// A syslog daemon, configured by a file, that listens at a port of its own.
struct Daemon {
    child: Child,
    out: PathBuf,
}

/// Nothing where it is not installed; that is said.
fn installed(program: &Path, how: &str) -> bool {
    if !program.is_file() {
        let text = format!("{} is not installed ({how}): nothing was tested against it\n", program.display());
        _ = std::io::Write::write_all(&mut std::io::stderr(), text.as_bytes());
    }
    program.is_file()
}

/// A port that was free a moment ago: daemons cannot be handed a socket.
async fn port() -> u16 {
    TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap().local_addr().unwrap().port()
}

impl Daemon {
    async fn start(program: &Path, words: &[String], port: u16, out: PathBuf) -> Self {
        let mut command = command(program);
        command.args(words).stdin(Stdio::null()).stdout(Stdio::null()).kill_on_drop(true);
        let child = command.spawn().unwrap();
        #[expect(clippy::disallowed_methods, reason = "whether a daemon of the tests listens")]
        let connects = async || TcpStream::connect((Ipv4Addr::LOCALHOST, port)).await.ok();
        eventually("the daemon listens", connects).await;
        Self { child, out }
    }

    /// The messages that it wrote down, each a line of JSON.
    fn ids(&self) -> Vec<String> {
        let text = std::fs::read_to_string(&self.out).unwrap_or_default();
        let parse = |line: &str| {
            let event: Value = serde_json::from_str(line.trim_start_matches('\u{feff}').trim()).ok()?;
            Some(event["id"].as_str()?.to_owned())
        };
        text.lines().filter_map(parse).collect()
    }
}

async fn arrive(world: &World, daemon: &mut Daemon, to: SinkSpec) {
    let sink = world.sink("daemon", to, false).await;
    let mut made = world.record(60).await;
    world.caught_up(sink).await;
    made.extend(world.record(60).await);
    world.caught_up(sink).await;
    eventually("all is written", async || {
        let came = daemon.ids();
        made.iter().all(|id| came.contains(id)).then_some(())
    })
    .await;
    let came: Vec<String> = daemon.ids().into_iter().filter(|id| made.contains(id)).collect();
    assert_eq!(came, made, "each once, in order");
    daemon.child.start_kill().unwrap();
    within("it ends", daemon.child.wait()).await.unwrap();
}

fn rsyslog(world: &World, listens: &str) -> (PathBuf, Vec<String>) {
    let (folder, out) = (world.folder().display(), world.file("rsyslog.out"));
    let config = format!(
        "global(workDirectory=\"{folder}\" maxMessageSize=\"64k\")\n{listens}\n\
         template(name=\"all\" type=\"list\") {{ property(name=\"msg\") constant(value=\"\\n\") }}\n\
         action(type=\"omfile\" file=\"{out}\" template=\"all\")\n"
    );
    let (file, pid) = (world.file("rsyslog.conf"), world.file("rsyslog.pid"));
    std::fs::write(&file, config).unwrap();
    (out.into(), ["-n", "-f", &file, "-i", &pid].map(str::to_owned).to_vec())
}

#[tokio::test]
async fn rsyslog_over_tcp() {
    let program = Path::new("/usr/sbin/rsyslogd");
    if !installed(program, "apt-get install rsyslog rsyslog-gnutls") {
        return;
    }
    let (world, port) = (World::new().await, port().await);
    let listens = format!("module(load=\"imtcp\")\ninput(type=\"imtcp\" address=\"127.0.0.1\" port=\"{port}\")");
    let (out, words) = rsyslog(&world, &listens);
    let mut daemon = Daemon::start(program, &words, port, out).await;
    arrive(&world, &mut daemon, json(spec(&format!("syslog://127.0.0.1:{port}")))).await;
}

#[tokio::test]
async fn rsyslog_over_tls() {
    let program = Path::new("/usr/sbin/rsyslogd");
    let speaks = std::fs::read_dir("/usr/lib").into_iter().flatten().flatten();
    let speaks = speaks.map(|folder| folder.path().join("rsyslog/lmnsd_gtls.so")).any(|driver| driver.is_file());
    if !speaks || !installed(program, "apt-get install rsyslog rsyslog-gnutls") {
        return;
    }
    let (world, port, authority) = (World::new().await, port().await, Authority::new());
    let (cert, key) = authority.server(world.folder(), "localhost");
    let ca = authority.file();
    let (ca, cert, key) = (ca.display(), cert.display(), key.display());
    let listens = format!(
        "global(defaultNetstreamDriverCAFile=\"{ca}\" defaultNetstreamDriverCertFile=\"{cert}\" \
         defaultNetstreamDriverKeyFile=\"{key}\")\n\
         module(load=\"imtcp\" streamDriver.name=\"gtls\" streamDriver.mode=\"1\" streamDriver.authMode=\"anon\")\n\
         input(type=\"imtcp\" address=\"127.0.0.1\" port=\"{port}\")"
    );
    let (out, words) = rsyslog(&world, &listens);
    let mut daemon = Daemon::start(program, &words, port, out).await;
    let to = json(spec(&format!("syslog+tls://localhost:{port}")));
    arrive(&world, &mut daemon, SinkSpec { ca: Some(authority.pem()), ..to }).await;
}

#[tokio::test]
async fn syslog_ng_over_tcp_and_tls() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/peers/syslog-ng/root");
    let program = root.join("usr/sbin/syslog-ng");
    if !installed(&program, "tests/peers/syslog-ng/install.sh") {
        return;
    }
    for tls in [false, true] {
        let (world, port, authority) = (World::new().await, port().await, Authority::new());
        let (cert, key) = authority.server(world.folder(), "localhost");
        let (file, out) = (world.file("syslog-ng.conf"), world.file("syslog-ng.out"));
        let transport = if tls {
            let (cert, key) = (cert.display(), key.display());
            format!("transport(\"tls\") tls(cert-file(\"{cert}\") key-file(\"{key}\") peer-verify(optional-untrusted))")
        } else {
            "transport(\"tcp\")".to_owned()
        };
        let config = format!(
            "@version: 3.38\noptions {{ log-msg-size(65536); }};\n\
             source s {{ syslog(ip(127.0.0.1) port({port}) {transport}); }};\n\
             destination d {{ file(\"{out}\" template(\"$MSG\\n\")); }};\nlog {{ source(s); destination(d); }};\n"
        );
        std::fs::write(&file, config).unwrap();
        let (persist, pid, control) = (world.file("persist"), world.file("pid"), world.file("ctl"));
        let modules = root.join("usr/lib/syslog-ng/3.38").display().to_string();
        let words =
            ["-F", "-f", &file, "--no-caps", "-R", &persist, "-p", &pid, "-c", &control, "--module-path", &modules];
        let libraries = root.join("shared").display().to_string();
        let mut env = vec![format!("LD_LIBRARY_PATH={libraries}"), program.display().to_string()];
        env.extend(words.map(str::to_owned));
        let mut daemon = Daemon::start(Path::new("/usr/bin/env"), &env, port, out.into()).await;
        let scheme = if tls { "syslog+tls" } else { "syslog" };
        let to = json(spec(&format!("{scheme}://localhost:{port}")));
        arrive(&world, &mut daemon, SinkSpec { ca: tls.then(|| authority.pem()), ..to }).await;
    }
}
