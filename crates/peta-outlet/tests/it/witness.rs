//! Witnesses by URL: one that keeps to the protocol, ones that do not, and one that knows another record.

use std::{
    net::Ipv4Addr,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
    },
};

use peta_audit::{Ending, Intent};
use peta_model::{Code, EventId, EventKind, LogName, Outcome};
use peta_outlet::{AddCheckpoint, SIZE, Witnesses};
use peta_store::{EventQuery, NewWitness, Part, Witness};
use peta_testkit::{
    Authority, eventually,
    services::{Receiver, Said},
};
use peta_verify::{Checkpoint, Hash, Note, Signer, Verifier, check_consistency};

use tokio::net::{TcpListener, TcpStream};

use crate::world::World;

/// What a witness keeps: the size and root that it cosigned last.
type Kept = Arc<Mutex<(u64, Hash)>>;

fn signer() -> Signer {
    Signer::witness("witness.example/w", &[9; 32]).unwrap()
}

/// As C2SP tlog-witness has it, for one log.
fn witness(kept: &Kept) -> Receiver {
    let kept = Arc::clone(kept);
    Receiver::start(move |seen| {
        assert_eq!((seen.method.as_str(), seen.path.as_str()), ("POST", "/w/add-checkpoint"));
        let ask: AddCheckpoint = seen.body.parse().unwrap();
        let new: Checkpoint = ask.note.text().parse().unwrap();
        let mut kept = kept.lock().unwrap();
        if ask.old != kept.0 || ask.old == new.size && kept.1 != new.root {
            let headers = vec![("content-type", SIZE.to_owned())];
            return Said { status: 409, headers, body: format!("{}\n", kept.0) };
        }
        if check_consistency(*kept, (new.size, new.root), &ask.proof).is_err() {
            return Said { status: 422, ..Said::default() };
        }
        *kept = (new.size, new.root);
        cosign(&ask)
    })
}

/// Lines with its cosignature, and with that of somebody else, which is to be passed over.
fn cosign(ask: &AddCheckpoint) -> Said {
    let mut cosigned = Note::new(ask.note.text()).unwrap();
    cosigned.sign(&Signer::witness("other.example", &[8; 32]).unwrap(), 3);
    cosigned.sign(&signer(), 1_800_000_000);
    let lines = cosigned.to_string().split_once("\n\n").unwrap().1.to_owned();
    Said { status: 200, headers: Vec::new(), body: lines }
}

fn nothing() -> Kept {
    Arc::new(Mutex::new((0, Hash::of_nothing())))
}

/// Signs all that is written, as Core does each second.
async fn sign(world: &World) -> Checkpoint {
    let tree = world.store.tree();
    let checkpoint = tree.grow().await.unwrap();
    let mut note = Note::new(&checkpoint.to_string()).unwrap();
    note.sign(&Signer::new(tree.origin(), &[7; 32]).unwrap(), 0);
    tree.publish(note.to_string()).await.unwrap();
    checkpoint
}

async fn add(world: &World, receiver: &Receiver) -> Witnesses {
    add_at(world, format!("http://{}/w", receiver.address), None).await
}

async fn add_at(world: &World, place: String, ca: Option<String>) -> Witnesses {
    let act =
        Intent { id: EventId::from_bytes([254; 16]), kind: EventKind::Admin("audit.witness_add"), ..world.intent(0) };
    let verifier = Some(signer().verifier().to_string());
    world.store.add_witness(act, NewWitness { name: "w".to_owned(), place, verifier, ca }).await.unwrap();
    let witnesses = world.witnesses();
    witnesses.start().await;
    witnesses
}

async fn shown(world: &World) -> Witness {
    world.store.witnesses().await.unwrap().remove(0)
}

/// Until it has cosigned so many entries.
async fn cosigned(world: &World, size: u64) -> Witness {
    let has = async || Some(shown(world).await).filter(|w| w.newest.as_ref().is_some_and(|seen| seen.size == size));
    eventually("it is cosigned", has).await
}

async fn told(world: &World) -> Vec<(String, Option<Code>)> {
    let query = EventQuery { part: Part::After(None), limit: 1_000, ..EventQuery::default() };
    let events = world.store.events(&query).await.unwrap().events;
    let about =
        events.into_iter().filter(|event| event.kind.starts_with("record.") && event.kind.contains("witnessed"));
    about.map(|event| (event.kind, event.ending.and_then(|ending| ending.code))).collect()
}

#[tokio::test]
async fn what_grew_is_cosigned() {
    let (world, kept) = (World::new().await, nothing());
    let receiver = witness(&kept);
    let witnesses = add(&world, &receiver).await;
    for more in [1, 40, 300] {
        world.record(more).await;
        let signed = sign(&world).await;
        let seen = cosigned(&world, signed.size).await.newest.unwrap();
        let note: Note = seen.note.parse().unwrap();
        assert_eq!(note.text(), signed.to_string());
        assert_eq!(note.check(signer().verifier()), Ok(Some(1_800_000_000)));
        assert_eq!(note.signatures().len(), 2, "the log's own and the witness's, no stranger's");
    }
    // The next run goes on from what it has, and asks at once, though nothing is new.
    let asked = receiver.seen().len();
    witnesses.close().await;
    world.witnesses().start().await;
    eventually("it is asked", async || (receiver.seen().len() > asked).then_some(())).await;
    assert_eq!(told(&world).await, []);
}

/// One that was given more than we know of, by whomever, is asked from there.
#[tokio::test]
async fn a_witness_that_is_ahead_of_what_we_remember_is_asked_from_there() {
    let (world, kept) = (World::new().await, nothing());
    world.record(20).await;
    let first = sign(&world).await;
    *kept.lock().unwrap() = (first.size, first.root);
    world.record(30).await;
    let second = sign(&world).await;
    let receiver = witness(&kept);
    let _witnesses = add(&world, &receiver).await;
    cosigned(&world, second.size).await;
    let olds: Vec<u64> = receiver.seen().iter().map(|seen| seen.body.parse::<AddCheckpoint>().unwrap().old).collect();
    assert_eq!(olds, [0, first.size]);
}

/// A witness of ours that has more entries, or other ones, stops the record, and the next start finds it.
#[tokio::test]
async fn what_a_witness_knows_otherwise_stops_the_record() {
    // So many more than we have; none: as many, but other ones.
    for more in [Some(1_000_u64), Some(0), None] {
        let (world, kept) = (World::new().await, nothing());
        let receiver = witness(&kept);
        let _witnesses = add(&world, &receiver).await;
        world.record(10).await;
        let signed = sign(&world).await;
        cosigned(&world, signed.size).await;
        assert!(world.store.recording());
        let other = Hash([42; 32]);
        *kept.lock().unwrap() = more.map_or((signed.size, other), |more| (signed.size + more, other));
        if more != Some(0) {
            world.record(3).await;
            sign(&world).await;
        } else {
            // Nothing new is signed: a start asks with what there is.
            world.witnesses().start().await;
        }
        eventually("the record is stopped", async || world.store.is_barred().then_some(())).await;
        let next = world.store.recorded();
        let refused = world.store.recorder().whole(world.intent(77), Ending::of(Outcome::Ok)).await;
        assert_eq!(refused.unwrap_err().code(), Code::NOT_RECORDED);
        assert!(!world.store.recording() && world.store.recorded() == next);
        // The other log goes on, and has why.
        let barred = EventQuery { kind: Some("record.barred".to_owned()), ..EventQuery::default() };
        let told = world.store.log(LogName::System).events(&barred).await.unwrap().events;
        let detail = told[0].detail.clone().unwrap();
        assert!(told.len() == 1 && detail.contains(r#""witness":"w""#), "{detail}");
        let trouble = eventually("it is kept", async || shown(&world).await.trouble).await;
        assert_eq!(trouble.code, Code::RECORD_FORKED.to_string(), "{trouble:?}");
        let error = world.reopen().await.map(drop).unwrap_err();
        assert_eq!(error.code(), Code::RECORD_FORKED, "{error}");
        assert!(error.to_string().contains("the witness w cosigned"), "{error}");
    }
}

/// Whoever never cosigned this log stops nothing, whatever it says; it is told of, once.
#[tokio::test]
async fn what_is_no_witness_stops_nothing() {
    type Wrong = fn() -> Said;
    let wrong: [(Wrong, &str); 6] = [
        (|| Said { status: 404, ..Said::default() }, "does not know this log"),
        (|| Said { status: 403, ..Said::default() }, "does not know the key"),
        (|| Said { status: 422, ..Said::default() }, "is not what the record begins with"),
        (
            || Said { status: 409, headers: vec![("content-type", SIZE.to_owned())], body: "9000\n".to_owned() },
            "it has cosigned 9000 entries",
        ),
        (|| Said { status: 200, headers: Vec::new(), body: "welcome\n".to_owned() }, "no cosignature of its key"),
        (|| Said { status: 307, headers: vec![("location", "/w/x".to_owned())], ..Said::default() }, "307"),
    ];
    for (wrong, why) in wrong {
        let world = World::new().await;
        let good = Arc::new(AtomicBool::new(false));
        let now = Arc::clone(&good);
        let receiver =
            Receiver::start(
                move |seen| {
                    if now.load(Ordering::SeqCst) { cosign(&seen.body.parse().unwrap()) } else { wrong() }
                },
            );
        let _witnesses = add(&world, &receiver).await;
        world.record(5).await;
        sign(&world).await;
        let trouble = eventually("it is told of", async || shown(&world).await.trouble).await;
        assert_eq!(trouble.code, Code::WITNESS_REFUSES.to_string(), "{trouble:?}");
        assert!(trouble.why.contains(why), "{trouble:?}");
        let begun = ("record.unwitnessed".to_owned(), Some(Code::WITNESS_REFUSES));
        eventually("it is on record", async || (told(&world).await == [begun.clone()]).then_some(())).await;
        assert!(world.store.recording() && shown(&world).await.newest.is_none());
        good.store(true, Ordering::SeqCst);
        let ended = ("record.witnessed".to_owned(), None);
        eventually("it is well again", async || (told(&world).await == [begun.clone(), ended.clone()]).then_some(()))
            .await;
        assert_eq!(shown(&world).await.trouble, None);
    }
}

/// One that is away is waited for; it is on record only when it was for long.
#[tokio::test]
async fn a_witness_that_is_away_is_waited_for() {
    let world = World::new().await;
    let receiver = Receiver::absent(|seen| cosign(&seen.body.parse().unwrap()));
    world.record(5).await;
    sign(&world).await;
    let before = world.now();
    let _witnesses = add(&world, &receiver).await;
    let begun = ("record.unwitnessed".to_owned(), Some(Code::WITNESS_AWAY));
    eventually("it is on record", async || (told(&world).await == [begun.clone()]).then_some(())).await;
    assert!(world.now().micros() - before.micros() >= 300_000_000, "after the time that sinks have, too");
    assert_eq!(shown(&world).await.trouble.unwrap().code, Code::WITNESS_AWAY.to_string());
    receiver.arrive();
    let ended = ("record.witnessed".to_owned(), None);
    eventually("it is well again", async || (told(&world).await == [begun.clone(), ended.clone()]).then_some(())).await;
    assert!(world.store.recording());
}

/// Passes on what comes under TLS.
async fn under_tls(authority: &Authority, to: String) -> u16 {
    let acceptor = authority.acceptor("localhost");
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            // Who does not trust the certificate goes away.
            let Ok(mut outer) = acceptor.accept(stream).await else { continue };
            #[expect(clippy::disallowed_methods, reason = "to the receiver of this test")]
            let mut inner = TcpStream::connect(&to).await.unwrap();
            tokio::spawn(async move { _ = tokio::io::copy_bidirectional(&mut outer, &mut inner).await });
        }
    });
    port
}

#[tokio::test]
async fn under_tls_only_the_authority_that_was_given_is_trusted() {
    let authority = Authority::new();
    for (ca, trusted) in [(authority.pem(), true), (Authority::new().pem(), false)] {
        let world = World::new().await;
        let receiver = witness(&nothing());
        let port = under_tls(&authority, receiver.address.clone()).await;
        world.record(5).await;
        let signed = sign(&world).await;
        let _witnesses = add_at(&world, format!("https://localhost:{port}/w"), Some(ca)).await;
        if trusted {
            cosigned(&world, signed.size).await;
            continue;
        }
        let trouble = eventually("it is told of", async || shown(&world).await.trouble).await;
        assert!(trouble.code == Code::WITNESS_AWAY.to_string() && trouble.why.contains("TLS"), "{trouble:?}");
        assert!(receiver.seen().is_empty());
    }
}

/// What an administrator writes down is looked at before it is kept.
#[test]
fn what_no_witness_can_be_is_refused() {
    let dialer = peta_dial::Dialer::new(peta_dial::Config::default()).unwrap();
    let key = signer().verifier().to_string();
    let of_a_log = Signer::new("log.example", &[1; 32]).unwrap().verifier().to_string();
    let check =
        |place: &str, key: &str, ca| peta_outlet::check_witness(place, key, ca, &dialer).map_err(|unfit| unfit.field);
    assert_eq!(check("https://witness.example/w", &key, None), Ok(()));
    for (place, key, ca, field) in [
        ("ftp://witness.example/", key.as_str(), None, "place"),
        ("https://u:p@witness.example/", &key, None, "place"),
        ("http://169.254.169.254/", &key, None, "place"),
        ("https://witness.example/w?a=b", &key, None, "place"),
        ("https://witness.example/w", "witness", None, "key"),
        ("https://witness.example/w", &of_a_log, None, "key"),
        ("http://witness.example/w", &key, Some("x"), "ca"),
        ("https://witness.example/w", &key, Some("x"), "ca"),
    ] {
        assert_eq!(check(place, key, ca), Err(field), "{place} {key}");
    }
    assert!(key.parse::<Verifier>().unwrap().is_witness());
}
