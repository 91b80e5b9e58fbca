//! What servers say: JSON texts with one long string each, but for the last.

use crate::measure::Noise;

pub(crate) const SIZE: usize = 8 << 20;

/// 64 bytes with eleven escapes: what the servers of `make bench` answer with (bench/mcpload/src/echo.rs).
const LINE: &str = r#"{\"id\":4711471,\"name\":\"Zoë Ångström\",\"state\":\"ok\"}\n"#;

pub(crate) fn all() -> [(&'static str, Vec<u8>); 5] {
    [
        ("JSON in a string, eleven escapes in 64 bytes", wrapped(&LINE.repeat(SIZE / LINE.len()).into_bytes())),
        ("prose in a string", wrapped(&prose())),
        ("base64 in a string", wrapped(&base64())),
        ("bytes that mean nothing, in a string", wrapped(&random())),
        ("JSON of short strings", records()),
    ]
}

fn prose() -> Vec<u8> {
    let mut noise = Noise(3);
    let words = "the server answers with a list of issues and their authors since March".split(' ').collect::<Vec<_>>();
    let mut out = Vec::with_capacity(SIZE + 16);
    while out.len() < SIZE {
        let at = usize::try_from(noise.next()).unwrap_or(0) % words.len();
        out.extend_from_slice(words.get(at).map_or(b"", |word| word.as_bytes()));
        out.push(b' ');
    }
    out
}

fn base64() -> Vec<u8> {
    let mut noise = Noise(5);
    (0..SIZE).map(|_| noise.of(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/")).collect()
}

/// Without quotes and backslashes, so that it is one string.
fn random() -> Vec<u8> {
    let mut noise = Noise(2);
    let bytes = (0..SIZE).map(|_| noise.next().to_le_bytes()[0]);
    bytes.map(|byte| if matches!(byte, b'"' | b'\\') { b' ' } else { byte }).collect()
}

fn records() -> Vec<u8> {
    let mut noise = Noise(4);
    let mut out = Vec::with_capacity(SIZE + 256);
    out.push(b'[');
    while out.len() < SIZE {
        let (id, name) = (noise.next(), noise.next());
        let record = format!(
            r#"{{"id":{id},"name":"issue {name}","state":"open","labels":["bug","help wanted"],"url":"https://example.com/issues/{id}"}},"#
        );
        out.extend_from_slice(record.as_bytes());
    }
    out.extend_from_slice(b"0]");
    out
}

fn wrapped(text: &[u8]) -> Vec<u8> {
    [b"{\"text\":\"".as_slice(), text, b"\"}"].concat()
}
