use std::sync::atomic::{AtomicUsize, Ordering};

use peta_arena::{Arena, Leases, Unlocked};
use tokio::io::AsyncWriteExt as _;

use super::*;

struct Bank {
    leases: Leases,
    secret: &'static [u8],
    deadline: Duration,
    lent: AtomicUsize,
}

impl Lender for Bank {
    fn lend(&self) -> Result<Lease, NotLent> {
        self.lent.fetch_add(1, Ordering::Relaxed);
        let fill = |bytes: &mut [u8]| {
            bytes[..self.secret.len()].copy_from_slice(self.secret);
            Ok::<_, NotLent>(self.secret.len())
        };
        self.leases.lend(self.secret.len().max(1), self.deadline, fill).map_err(|_| NotLent)
    }

    fn now(&self) -> Duration {
        Duration::from_secs(10)
    }
}

fn bank(secret: &'static [u8], deadline: u64) -> Arc<Bank> {
    let leases = Leases::new(Arena::new(64 << 10, Unlocked::Tell).unwrap());
    Arc::new(Bank { leases, secret, deadline: Duration::from_secs(deadline), lent: AtomicUsize::new(0) })
}

fn splice(bank: &Arc<Bank>, random: u8) -> Splice {
    let lender: Arc<dyn Lender> = Arc::clone(bank) as Arc<dyn Lender>;
    Splice { placeholder: Placeholder::new([random; 16]), lender }
}

/// What arrives of this text, through a socket that takes so many bytes at a time.
async fn through(text: &str, splices: &[Splice], takes: usize) -> io::Result<Vec<u8>> {
    let (near, mut far) = tokio::io::duplex(takes);
    let (mut near, desk) = Splicing::new(near);
    desk.lay(splices);
    let text = text.to_owned();
    let writing = tokio::spawn(async move {
        let written = near.write_all(text.as_bytes()).await;
        (written, desk.is_clear())
    });
    let mut all = Vec::new();
    tokio::io::AsyncReadExt::read_to_end(&mut far, &mut all).await?;
    let (written, clear) = writing.await.unwrap();
    written?;
    assert!(clear, "everything was put where it goes");
    Ok(all)
}

#[tokio::test]
async fn secrets_go_where_placeholders_stand() {
    let (one, two, none) =
        (bank(b"s3cret", 20), bank(b"another, and longer than its placeholder is", 20), bank(b"", 20));
    let splices = [splice(&one, 1), splice(&two, 2), splice(&none, 3)];
    let [a, b, c] = [0, 1, 2].map(|at: usize| splices[at].placeholder.as_str().to_owned());
    let text = format!("GET /?k={b} HTTP/1.1\r\nauthorization: Bearer {a}\r\nempty: {c}\r\n\r\n{{}}");
    for takes in [1, 2, 7, 31, 32, 33, 1_000] {
        let arrived = through(&text, &splices, takes).await.unwrap();
        let expected =
            text.replace(&a, "s3cret").replace(&b, "another, and longer than its placeholder is").replace(&c, "");
        assert_eq!(String::from_utf8(arrived).unwrap(), expected, "{takes} at a time");
    }
    for bank in [one, two, none] {
        assert_eq!(
            (bank.lent.load(Ordering::Relaxed), bank.leases.open()),
            (7, 0),
            "lent once for each write, and over"
        );
    }
}

#[tokio::test]
async fn what_is_over_before_it_is_written_breaks_the_connection() {
    let bank = bank(b"s3cret", 10);
    let splices = [splice(&bank, 1)];
    let text = format!("a: {}\r\n", splices[0].placeholder.as_str());
    assert!(through(&text, &splices, 100).await.is_err());
    assert_eq!(bank.leases.open(), 0);
}

#[tokio::test]
async fn nothing_is_put_where_nothing_was_asked_for() {
    let bank = bank(b"s3cret", 20);
    let other = splice(&bank, 2);
    let text = format!("a: {}\r\n", Placeholder::new([1; 16]).as_str());
    assert_eq!(through(&text, &[], 100).await.unwrap(), text.as_bytes());
    let (near, _far) = tokio::io::duplex(1_000);
    let (mut near, desk) = Splicing::new(near);
    desk.lay(&[other]);
    near.write_all(text.as_bytes()).await.unwrap();
    assert!(!desk.is_clear(), "who sent it is told that something is missing");
    assert_eq!(bank.lent.load(Ordering::Relaxed), 0);
}

/// Takes so many bytes at a time, and counts the calls.
struct Socket {
    takes: usize,
    taken: Vec<u8>,
    calls: usize,
}

impl AsyncWrite for Socket {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, from: &[u8]) -> Poll<io::Result<usize>> {
        self.poll_write_vectored(cx, &[io::IoSlice::new(from)])
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
        from: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        self.calls += 1;
        let all = from.iter().flat_map(|part| part.iter()).copied().take(self.takes).collect::<Vec<_>>();
        self.taken.extend_from_slice(&all);
        Poll::Ready(Ok(all.len()))
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }
}

#[tokio::test]
async fn a_secret_goes_in_one_write_with_what_is_around_it() {
    let (one, two) = (bank(b"s3cret", 20), bank(b"longer than a placeholder, which has 32 characters", 20));
    let splices = [splice(&one, 1), splice(&two, 2)];
    let [a, b] = [0, 1].map(|at: usize| splices[at].placeholder.as_str().to_owned());
    let texts = [
        (format!("POST / HTTP/1.1\r\na: Bearer {a}\r\n\r\n{{}}"), 1),
        (format!("POST / HTTP/1.1\r\na: {a}\r\nb: {b}\r\n\r\n{{}}"), 2),
        (format!("{b}{a}"), 2),
    ];
    for (text, writes) in &texts {
        let expected = text.replace(&a, "s3cret").replace(&b, "longer than a placeholder, which has 32 characters");
        for takes in (1..=expected.len()).chain([usize::MAX]) {
            let socket = Socket { takes, taken: Vec::new(), calls: 0 };
            let (mut near, desk) = Splicing::new(socket);
            let used = |splice: &&Splice| text.contains(splice.placeholder.as_str());
            desk.lay(&splices.iter().filter(used).cloned().collect::<Vec<_>>());
            near.write_all(text.as_bytes()).await.unwrap();
            assert_eq!(String::from_utf8_lossy(&near.socket.taken), expected, "{takes} at a time");
            assert!(desk.is_clear(), "everything was put where it goes");
            if takes == usize::MAX {
                assert_eq!(near.socket.calls, *writes, "one for each secret");
            }
        }
    }
    assert_eq!((one.leases.open(), two.leases.open()), (0, 0), "all are over");
}
