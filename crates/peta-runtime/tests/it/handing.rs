//! What servers are handed, by way of whoever keeps it.

use std::{sync::Arc, time::Duration};

use bytes::Bytes;
use peta_arena::{Arena, Lease, Leases, Unlocked};
use peta_dial::{Lender, NotLent, Placeholder, Splice};
use peta_mcp::write;
use peta_model::{Code, HttpMode, ServerId, Transport};
use peta_runtime::{
    Carried, Custodian, Custody, Echoed, Filter, Handed, Holder, How, LogSource, Place, Preparing, Sieve, Ticket,
    Withheld,
};

use crate::{
    scripted::{Reply, Scripted, initialized, result_of, text},
    world::{LONG, SERVER, World, answer, call, config, http},
};

const SECRET: &str = "s3cret-of-the-test-0123456789";

/// Keeps one secret, and cuts it out of what comes back.
#[derive(Clone)]
struct Keeper {
    leases: Arc<Leases>,
    handed: Vec<(&'static str, How)>,
    at: Vec<Place>,
    withheld: bool,
}

impl Keeper {
    fn new() -> Self {
        let leases = Arc::new(Leases::new(Arena::new(1 << 16, Unlocked::Tell).unwrap()));
        Self { leases, handed: Vec::new(), at: Vec::new(), withheld: false }
    }

    fn lender(&self) -> Arc<dyn Lender> {
        Arc::new(self.clone())
    }
}

impl Lender for Keeper {
    fn lend(&self) -> Result<Lease, NotLent> {
        let fill = |out: &mut [u8]| {
            out.copy_from_slice(SECRET.as_bytes());
            Ok::<_, NotLent>(SECRET.len())
        };
        self.leases.lend(SECRET.len(), LONG, fill).map_err(|_| NotLent)
    }

    fn now(&self) -> Duration {
        Duration::ZERO
    }
}

impl Custodian for Keeper {
    fn of(&self, server: ServerId, _holder: Option<&Holder>) -> Arc<dyn Custody> {
        assert_eq!(server, SERVER);
        Arc::new(self.clone())
    }
}

impl Custody for Keeper {
    fn prepare(&self) -> Option<Preparing<'_>> {
        let why = Withheld { code: Code::VAULT_LOCKED, text: "locked".to_owned() };
        self.withheld.then(|| Box::pin(async { Err(why) }) as Preparing<'_>)
    }

    fn own(&self) -> Result<Vec<Carried>, Withheld> {
        self.carried()
    }

    fn handed(&self) -> Result<Vec<Handed>, Withheld> {
        let handed = |(variable, how): &(&str, How)| Handed {
            variable: (*variable).to_owned(),
            how: *how,
            lender: self.lender(),
        };
        Ok(self.handed.iter().map(handed).collect())
    }

    fn filter(&self) -> Option<Arc<dyn Filter>> {
        Some(Arc::new(Cut))
    }
}

impl Ticket for Keeper {
    fn carried(&self) -> Result<Vec<Carried>, Withheld> {
        let carried = |(at, seed): (&Place, u8)| Carried {
            at: at.clone(),
            splice: Splice { placeholder: Placeholder::new([seed; 16]), lender: self.lender() },
        };
        Ok(self.at.iter().zip(1..).map(carried).collect())
    }
}

struct Cut;

impl Cut {
    fn clean(text: &[u8]) -> Vec<u8> {
        String::from_utf8_lossy(text).replace(SECRET, "[cut]").into_bytes()
    }
}

impl Filter for Cut {
    fn message(&self, text: &Bytes) -> Result<Option<Bytes>, Echoed> {
        let method = format!(r#""method":"{SECRET}"#);
        if String::from_utf8_lossy(text).contains(&method) {
            return Err(Echoed::Uncut);
        }
        let clean = Self::clean(text);
        Ok((clean != *text).then(|| clean.into()))
    }

    fn line(&self, text: &[u8]) -> Vec<u8> {
        Self::clean(text)
    }

    fn sieve(&self) -> Box<dyn Sieve> {
        Box::new(Whole(Vec::new(), None))
    }
}

/// Holds everything back to the end.
struct Whole(Vec<u8>, Option<Bytes>);

impl Sieve for Whole {
    fn push(&mut self, piece: Bytes) -> Result<(), Echoed> {
        self.0.extend_from_slice(&piece);
        Ok(())
    }

    fn end(&mut self) -> Result<bool, Echoed> {
        let clean = Cut::clean(&self.0);
        let has_cut = clean != self.0;
        self.1 = Some(clean.into());
        Ok(has_cut)
    }

    fn next_part(&mut self) -> Option<Bytes> {
        self.1.take()
    }
}

fn shell(script: &str) -> Transport {
    Transport::Stdio { command: "sh".into(), args: vec!["-c".into(), script.into()], env: Vec::new() }
}

fn printed(world: &World) -> Vec<String> {
    let logs = world.runtime.logs(SERVER);
    logs.into_iter().filter(|line| line.source == LogSource::Stdout).map(|line| line.text).collect()
}

/// Each way of handing over, as the server sees it; and no argument, no order and no file of ours shows it.
#[tokio::test]
async fn a_process_is_handed_secrets_in_each_way() {
    let handed = vec![("IN_ENV", How::Env), ("IN_FD", How::Fd), ("IN_FILE", How::File)];
    let keeper = Keeper { handed, ..Keeper::new() };
    // What is printed is cut by the filter, so the server says it turned around.
    let script = r#"
        echo "env $(printf %s "$IN_ENV" | rev)"
        echo "fd $(eval "cat <&$IN_FD" | rev) again '$(eval "cat <&$IN_FD")'"
        echo "file $(rev < "$IN_FILE") $(stat -c %a "$IN_FILE") $(stat -c %a "$(dirname "$IN_FILE")") $(stat -f -c %T "$IN_FILE")"
        echo "path $IN_FILE"
        echo "plain $IN_ENV"
    "#;
    let world = World::kept_by(config(), shell(script), keeper.clone());
    world.instance().ready(LONG).await.unwrap_err();
    let said = printed(&world);
    let turned: String = SECRET.chars().rev().collect();
    assert_eq!(said[0], format!("env {turned}"));
    assert_eq!(said[1], format!("fd {turned} again ''"));
    assert_eq!(said[2], format!("file {turned} 600 700 tmpfs"));
    assert_eq!(said[4], "plain [cut]");
    let path = said[3].strip_prefix("path ").unwrap();
    assert!(path.starts_with("/dev/shm/peta-"));
    world.runtime.shutdown(LONG).await;
    assert!(!std::path::Path::new(path).exists());
    assert_eq!(keeper.leases.open(), 0);
}

#[tokio::test]
async fn no_process_is_started_without_what_it_needs() {
    let keeper = Keeper { withheld: true, ..Keeper::new() };
    let world = World::kept_by(config(), shell("echo started"), keeper);
    let error = world.instance().ready(LONG).await.unwrap_err();
    assert_eq!(error.code, Code::VAULT_LOCKED);
    assert!(printed(&world).is_empty());
}

fn header(before: &str) -> Place {
    Place::Header { name: ::http::header::AUTHORIZATION, before: before.to_owned(), after: String::new() }
}

/// Says what it is told to, in which the secret may be.
async fn parrot(says: impl Fn() -> String + Send + Sync + 'static) -> Scripted {
    Scripted::start(move |seen| match seen.what().as_str() {
        "initialize" => initialized(seen, "{}"),
        "tools/call" => result_of(seen, &text(&says())),
        "GET" => Reply::status(405),
        _ => Reply::status(202),
    })
    .await
}

#[tokio::test]
async fn requests_carry_what_the_line_or_the_call_does() {
    let server = parrot(|| format!("here is {SECRET}")).await;
    let own = Keeper { at: vec![header("Bearer ")], ..Keeper::new() };
    let world = World::kept_by(config(), http(server.url("/mcp"), HttpMode::Http), own.clone());
    let instance = world.instance();
    instance.ready(LONG).await.unwrap();
    assert_eq!(call(&instance, "seen", "{}").await.unwrap(), "here is [cut]");
    let mut exchange = instance.begin();
    let at = vec![Place::Cookie("sid".into()), Place::Query("key".into())];
    exchange.carries(Arc::new(Keeper { at, ..own.clone() }));
    exchange.send(write::request(exchange.id(), "tools/call", Some(r#"{"name":"seen"}"#))).await.unwrap();
    assert_eq!(answer(&mut exchange).await.unwrap(), "here is [cut]");

    let seen = server.all();
    let bearer = format!("Bearer {SECRET}");
    for request in &seen {
        let (path, cookie) = (format!("/mcp?key={SECRET}"), format!("sid={SECRET}"));
        if request.path.contains('?') {
            assert_eq!((request.path.as_str(), request.header("cookie")), (path.as_str(), Some(cookie.as_str())));
            assert_eq!(request.header("authorization"), None);
        } else {
            assert_eq!(request.header("authorization"), Some(bearer.as_str()), "{}", request.what());
        }
    }
    assert_eq!(seen.iter().filter(|request| request.path.contains('?')).count(), 1);
    assert_eq!(own.leases.open(), 0);
}

/// What was read of an answer stands in its connection's buffer, so a secret that came back goes with the connection.
#[tokio::test]
async fn a_connection_that_brought_a_secret_back_is_not_used_again() {
    let long = "x".repeat(100_000);
    for (said, mark, is_kept) in [
        ("nothing".to_owned(), "nothing", true),
        (SECRET.to_owned(), "[cut]", false),
        (long.clone(), "xxx", true),
        (format!("{long}{SECRET}"), "x[cut]", false),
    ] {
        let server = parrot(move || said.clone()).await;
        let world = World::kept_by(config(), http(server.url("/mcp"), HttpMode::Http), Keeper::new());
        let instance = world.instance();
        instance.ready(LONG).await.unwrap();
        for _ in 0..2 {
            let mut exchange = instance.begin();
            exchange.send(write::request(exchange.id(), "tools/call", Some(r#"{"name":"t"}"#))).await.unwrap();
            exchange.may_pass();
            let said = answer(&mut exchange).await.unwrap();
            assert!(said.contains(mark), "{mark}");
        }
        let seen = server.all();
        let calls: Vec<usize> =
            seen.iter().filter(|seen| seen.what() == "tools/call").map(|seen| seen.connection).collect();
        assert_eq!(calls[0] == calls[1], is_kept, "{mark}: {calls:?}");
    }
}

/// What is too large to be held is searched as it passes; what cannot be cut ends the call.
#[tokio::test]
async fn large_answers_are_searched_and_what_cannot_be_cut_is_kept_back() {
    let server = parrot(|| format!("{}{SECRET}{}", "x".repeat(100_000), "y".repeat(200_000))).await;
    let world = World::kept_by(config(), http(server.url("/mcp"), HttpMode::Http), Keeper::new());
    let instance = world.instance();
    instance.ready(LONG).await.unwrap();
    let mut exchange = instance.begin();
    exchange.send(write::request(exchange.id(), "tools/call", Some(r#"{"name":"t"}"#))).await.unwrap();
    exchange.may_pass();
    let said = answer(&mut exchange).await.unwrap();
    assert!(said.contains("x[cut]y") && said.len() == 300_005, "{}", said.len());

    let server = Scripted::start(move |seen| match seen.what().as_str() {
        "initialize" => initialized(seen, "{}"),
        "tools/call" => {
            Reply::json(format!(r#"{{"jsonrpc":"2.0","id":{},"result":{{"method":"{SECRET}"}}}}"#, seen.id()))
        }
        "GET" => Reply::status(405),
        _ => Reply::status(202),
    })
    .await;
    let world = World::kept_by(config(), http(server.url("/mcp"), HttpMode::Http), Keeper::new());
    let instance = world.instance();
    instance.ready(LONG).await.unwrap();
    assert_eq!(call(&instance, "t", "{}").await.unwrap_err().code, Code::SECRET_ECHOED);
}
