//! What must hold for any bytes. The fuzz targets call these with what they make up, the ordinary tests with the
//! committed corpus.
#![allow(dead_code, reason = "each target uses one of these")]

use bytes::Bytes;
use peta_mcp::{Limits, Message, Part, Passage, Side, Splice, Value, batch, compact, line, sse, write};

/// Small limits, so that they are reached.
const LIMITS: Limits = Limits { bytes: 4_096, depth: 8, id_bytes: 32 };

/// A message that is taken can be read again after its id was replaced, and replacing it by itself changes nothing.
pub(crate) fn message(data: &[u8]) {
    let text = Bytes::copy_from_slice(data);
    let _ = batch(&text, &LIMITS);
    for side in [Side::Agent, Side::Server] {
        let Ok(message) = Message::parse(text.clone(), side, &LIMITS) else { continue };
        assert_eq!(message.bytes(), &text);
        walk(message.whole(), 0);
        if let Some(id) = message.id() {
            assert_eq!(message.splice_id(id.raw()).finish(), text);
            let other = message.splice_id("18446744073709551615").finish();
            let limits = Limits { bytes: LIMITS.bytes + 32, ..LIMITS };
            let again = Message::parse(other, side, &limits).expect("a spliced message is a message");
            assert_eq!(again.id().and_then(|id| id.as_u64()), Some(u64::MAX));
            assert_eq!(again.method(), message.method());
        }
        let flat = compact(text.clone());
        let again = Message::parse(flat.clone(), side, &LIMITS).expect("a compacted message is a message");
        assert!(!flat.contains(&b'\n') && !flat.contains(&b'\r'));
        assert_eq!(again.id(), message.id());
    }
}

/// Every value lies within its parent, and replacing each by itself changes nothing.
fn walk(value: Value<'_>, depth: u32) {
    assert!(depth <= LIMITS.depth, "deeper than was let through");
    for inner in value.members().map(|(_, value)| value).chain(value.items()) {
        assert!(inner.range().start >= value.range().start && inner.range().end <= value.range().end);
        assert!(!inner.raw().is_empty());
        walk(inner, depth + 1);
    }
    let text = value.raw();
    let mut splice = Splice::new(text);
    splice.replace(0..text.len(), text);
    assert_eq!(splice.finish(), text.as_bytes());
}

/// However a stream is cut, the lines are the same; none is longer than allowed, none holds a line end.
pub(crate) fn lines(data: &[u8]) {
    let whole = read_lines(&[data]);
    let cuts: Vec<&[u8]> = data.chunks(3).collect();
    assert_eq!(whole, read_lines(&cuts));
    for line in whole.into_iter().flatten() {
        assert!(line.len() <= 64 && !line.contains(&b'\n') && std::str::from_utf8(&line).is_ok());
    }
}

fn read_lines(chunks: &[&[u8]]) -> Vec<Option<Bytes>> {
    let mut splitter = line::Splitter::new(64);
    let mut out = Vec::new();
    for chunk in chunks {
        splitter.push(chunk);
        while let Some(line) = splitter.next() {
            out.push(line.ok());
        }
    }
    out.extend(splitter.finish().map(Result::ok));
    out
}

/// However a stream is cut, the events are the same until one is too large; what is written is read back.
pub(crate) fn events(data: &[u8]) {
    let (whole, whole_ok) = read_events(&[data]);
    let cuts: Vec<&[u8]> = data.chunks(3).collect();
    let (cut, cut_ok) = read_events(&cuts);
    if whole_ok && cut_ok {
        assert_eq!(whole, cut);
    }
    let line: Vec<u8> = data.iter().copied().filter(|b| !matches!(b, b'\n' | b'\r')).collect();
    if line.len() <= 32 {
        let written = sse::encode(Some("message"), Some("1"), &line);
        let (read, ok) = read_events(&[&written]);
        assert!(ok && read.len() == 1 && read[0].data == line, "what was written is not read back");
    }
}

/// However an answer is cut, it passes or not; what passes is what was sent, and is what the reader of whole messages
/// takes for an answer. (In the envelope that one is stricter: it knows keys that stand twice, and bad escapes.)
pub(crate) fn passage(data: &[u8]) {
    let whole = passed(&mut data.chunks(data.len().max(1)));
    for size in [1, 3, 7] {
        assert_eq!(passed(&mut data.chunks(size)), whole);
    }
    let message = Message::parse(Bytes::copy_from_slice(data), Side::Server, &LIMITS);
    let answers = |message: &Message| message.result().is_some() && message.id().and_then(|id| id.as_u64()) == Some(7);
    match (whole, message) {
        (Some((text, failed)), Ok(message)) => {
            assert_eq!(text, data);
            assert!(answers(&message), "no answer passes");
            let says = message.result().and_then(|result| {
                let said = result.members().filter(|(key, _)| key.is("isError")).filter_map(|(_, said)| said.as_bool());
                said.filter(|said| *said).last()
            });
            assert_eq!(failed, says == Some(true));
        }
        (Some((text, _)), Err(_)) => {
            assert_eq!(text, data);
            assert!(data.contains(&b'\\') || data.iter().filter(|byte| **byte == b':').count() > 3);
        }
        (None, Ok(message)) => assert!(!answers(&message), "an answer does not pass"),
        (None, Err(_)) => {}
    }
}

/// What passes, with the id that it came with, and whether a tool says that it failed.
fn passed(pieces: &mut dyn Iterator<Item = &[u8]>) -> Option<(Vec<u8>, bool)> {
    let mut passage = Passage::new(7, &LIMITS);
    let mut text = Vec::new();
    for piece in pieces {
        passage.push(Bytes::copy_from_slice(piece)).ok()?;
        while let Some(part) = passage.next_part() {
            match part {
                Part::Text(part) => text.extend_from_slice(&part),
                Part::Id => text.push(b'7'),
            }
        }
    }
    let failed = passage.end().ok()?;
    while let Some(Part::Text(part)) = passage.next_part() {
        text.extend_from_slice(&part);
    }
    Some((text, failed))
}

/// Whatever is let through makes one line and one event, and so does what Peta itself says with a foreign text in it: no
/// message brings a second one along (threat T06).
pub(crate) fn frames(data: &[u8]) {
    let text = Bytes::copy_from_slice(data);
    for side in [Side::Agent, Side::Server] {
        if let Ok(message) = Message::parse(text.clone(), side, &LIMITS) {
            one_frame(&compact(text.clone()));
            if message.id().is_some() {
                one_frame(&compact(message.splice_id("\"p1\"").finish()));
            }
        }
    }
    let foreign = String::from_utf8_lossy(data);
    one_frame(&write::notification(&foreign, None));
    one_frame(&write::error("1", -32_602, &foreign, Some(&format!(r#"{{"uri":{}}}"#, write::string(&foreign)))));
}

fn one_frame(message: &Bytes) {
    let mut lines = line::Splitter::new(1 << 20);
    lines.push(message);
    lines.push(b"\n");
    assert_eq!(lines.next().and_then(Result::ok).as_ref(), Some(message), "a line of its own");
    assert!(lines.next().is_none() && lines.finish().is_none(), "and no other");
    let mut events = sse::Parser::new(1 << 20);
    events.push(&sse::encode(Some("message"), Some("1.2"), message));
    let event = events.next().and_then(Result::ok).expect("an event of its own");
    assert_eq!((event.data, event.id.as_deref(), event.retry), (message.clone(), Some("1.2"), None));
    assert!(events.next().is_none(), "and no other");
}

fn read_events(chunks: &[&[u8]]) -> (Vec<sse::Event>, bool) {
    let mut parser = sse::Parser::new(64);
    let mut out = Vec::new();
    for chunk in chunks {
        parser.push(chunk);
        while let Some(event) = parser.next() {
            match event {
                Ok(event) => out.push(event),
                Err(_) => return (out, false),
            }
        }
    }
    (out, true)
}
