//! What must hold of the sanitizer for any bytes. In a file of its own, as the crates that replay these know nothing of each
//! other.

use std::sync::{Arc, LazyLock};

use bytes::Bytes;
use peta_vault::sanitize::{
    Class, Cut, Cutter, Digester, Fingerprints, Form, Forms, Handed, LiveSet, MARKER, Rules, Secret, Style, Uncut,
    forms,
};

/// One for each class, and one that can be a number: every byte of a text is read closely.
static CLOSELY: LazyLock<World> =
    LazyLock::new(|| World::of(&["sk~9aX2vQ7L\"mT\\4c/+é".as_bytes(), b"Zq8!fT3w#p", b"hunter2", b"4929710358261947"]));
/// Of what most secrets are of: what can hold none of it is stepped over.
static IN_ROWS: LazyLock<World> = LazyLock::new(|| World::of(&[b"sk~9aX2vQ7L-mT_4c/+", b"4929710358261947"]));

struct World {
    forms: Vec<Forms>,
    live: Arc<LiveSet>,
}

impl World {
    fn of(secrets: &[&[u8]]) -> Self {
        let made = |bytes: &&[u8]| forms(&Secret { bytes, user: Some("bo"), header: Some("Basic {basic}") });
        let forms = secrets.iter().map(|bytes| made(bytes).expect("it fits")).collect::<Vec<_>>();
        let digester = Arc::new(Digester::new(&[7; 32]));
        let prints: Vec<_> = forms.iter().map(|forms| Fingerprints::of(forms, &digester)).collect();
        let handed = prints.iter().map(|prints| (Handed { credential: [1; 16], version: 1 }, prints));
        World { live: Arc::new(LiveSet::new(digester, handed)), forms }
    }

    fn forms(&self) -> impl Iterator<Item = &Form> {
        self.forms.iter().flat_map(Forms::iter)
    }

    /// What was made up, with forms in it: nobody would make them up. No text has the bytes from 0xf8 on; each says that
    /// a form comes, or a beginning or an end of one, and the byte behind it says which.
    fn text(&self, data: &[u8]) -> (Vec<u8>, bool) {
        let all: Vec<&Form> = self.forms().collect();
        let (mut text, mut has_forms) = (Vec::new(), false);
        let mut rest = data.iter().copied();
        while let Some(byte) = rest.next() {
            if byte < 0xf8 {
                text.push(byte);
                continue;
            }
            let form = all[usize::from(rest.next().unwrap_or(0)) % all.len()].reveal();
            let some = form.len() * usize::from(byte & 3) / 4;
            has_forms = true;
            match byte {
                0xf8 | 0xfc => text.extend(form),
                0xf9..=0xfb => text.extend(&form[..some]),
                _ => text.extend(&form[some..]),
            }
        }
        (text, has_forms)
    }

    /// Whether a form stands in the text, or in what it says as JSON, or in what that says.
    fn has_forms(&self, text: &[u8]) -> bool {
        let mut text = text.to_vec();
        (0..4).any(|reading| {
            if reading > 0 {
                text = said(&text);
            }
            self.forms().any(|form| text.windows(form.reveal().len()).any(|window| window == form.reveal()))
        })
    }
}

/// What a text says whose escapes are read, however they are meant.
fn said(text: &[u8]) -> Vec<u8> {
    let (mut out, mut rest) = (Vec::new(), text);
    while let [first, behind @ ..] = rest {
        let [second, after @ ..] = behind else {
            out.push(*first);
            break;
        };
        if *first != b'\\' {
            out.push(*first);
            rest = behind;
            continue;
        }
        rest = after;
        let code = |text: &[u8]| {
            let digits = std::str::from_utf8(text.get(..4)?).ok()?;
            digits.bytes().all(|byte| byte.is_ascii_hexdigit()).then(|| u16::from_str_radix(digits, 16).ok())?
        };
        match (second, code(after)) {
            (b'n', _) => out.push(b'\n'),
            (b't', _) => out.push(b'\t'),
            (b'r', _) => out.push(b'\r'),
            (b'b' | b'f', _) => out.push(0),
            (b'u', Some(first)) => {
                let second = after.get(4..).and_then(|text| text.strip_prefix(b"\\u")).and_then(code);
                let both = char::decode_utf16([first].into_iter().chain(second)).next().and_then(Result::ok);
                let length = if both.is_some_and(|c| c.len_utf16() == 2) { 10 } else { 4 };
                out.extend(both.unwrap_or('\u{fffd}').to_string().bytes());
                rest = &after[length..];
            }
            (other, _) => out.push(*other),
        }
    }
    out
}

fn style(key: &[u8]) -> Style {
    match key {
        b"f" => Style::Filler,
        b"b" => Style::Base64,
        b"r" => Style::Refuse,
        _ => Style::Marker,
    }
}

/// In whatever pieces a text comes, the same comes out; what was JSON is JSON; no form comes out; and where no form is,
/// all comes out as it was.
pub(crate) fn sanitize(data: &[u8]) {
    [&*CLOSELY, &*IN_ROWS].into_iter().for_each(|world| holds(world, data));
}

fn holds(world: &World, data: &[u8]) {
    let (text, has_forms) = world.text(data);
    // A fuzzer that watches comparisons may come upon a form by itself.
    let has_forms = has_forms || world.has_forms(&text);
    for json in [true, false] {
        let whole = through(world, &text, json, text.len().max(1));
        for size in [1, 3, 7] {
            assert_eq!(through(world, &text, json, size), whole, "in pieces of {size}");
        }
        let Ok((out, cuts)) = whole else {
            assert!(json && (has_forms || whole == Err(Uncut::NotJson)));
            continue;
        };
        assert_eq!(cuts.is_empty(), out == text, "what is cut is named");
        assert!(has_forms || cuts.is_empty(), "cut, and nothing is there");
        assert!(cuts.iter().all(|cut| cut.range.start < cut.range.end && cut.range.end <= text.len() as u64));
        if !json {
            survives_not(world, &out, false);
        }
    }
    if let Ok(value) = serde_json::from_slice::<serde_json::Value>(&text) {
        match through(world, &text, true, text.len()) {
            Ok((out, _)) => {
                let after = serde_json::from_slice(&out).expect("JSON stays JSON");
                strings(&after, &mut |text| survives_not(world, text.as_bytes(), true));
            }
            Err(refused) => {
                assert_eq!(refused, Uncut::Refused);
                let mut has_key = false;
                keys(&value, &mut has_key);
                assert!(has_key, "refused for nothing");
            }
        }
    }
}

fn through(world: &World, text: &[u8], json: bool, size: usize) -> Result<(Vec<u8>, Vec<Cut>), Uncut> {
    let rules = Rules { style };
    let mut cutter = if json { Cutter::json(&world.live, rules) } else { Cutter::stream(&world.live) };
    let (mut out, mut cuts) = (Vec::new(), Vec::new());
    for piece in text.chunks(size) {
        cutter.push(Bytes::copy_from_slice(piece))?;
        cuts.append(&mut cutter.take_cuts());
        out.extend(std::iter::from_fn(|| cutter.next_part()).flatten());
    }
    cutter.end()?;
    cuts.append(&mut cutter.take_cuts());
    out.extend(std::iter::from_fn(|| cutter.next_part()).flatten());
    Ok((out, cuts))
}

fn survives_not(world: &World, text: &[u8], string: bool) {
    for form in world.forms() {
        let survives = match form.class() {
            Class::Whole => string && text == form.reveal(),
            Class::Long | Class::Short => text.windows(form.reveal().len()).any(|window| window == form.reveal()),
        };
        // The quotes of a quoted form stay, so with the marker between them it is another one.
        assert!(!survives, "{:?} {} survives in {}", form.kind(), form.reveal().escape_ascii(), text.escape_ascii());
    }
    assert!(!MARKER.contains(['"', '\\']), "it needs no escape");
}

fn strings(value: &serde_json::Value, look: &mut impl FnMut(&str)) {
    match value {
        serde_json::Value::String(text) => look(text),
        serde_json::Value::Array(items) => items.iter().for_each(|item| strings(item, look)),
        serde_json::Value::Object(members) => members.iter().for_each(|(key, value)| {
            look(key);
            strings(value, look);
        }),
        _ => {}
    }
}

fn keys(value: &serde_json::Value, has_key: &mut bool) {
    match value {
        serde_json::Value::Array(items) => items.iter().for_each(|item| keys(item, has_key)),
        serde_json::Value::Object(members) => members.iter().for_each(|(key, value)| {
            *has_key |= key == "r";
            keys(value, has_key);
        }),
        _ => {}
    }
}
