use serde_json::json;

use super::*;
use crate::sanitize::{
    digester::Digester,
    fingerprints::Fingerprints,
    forms::{FormKind, Secret, forms},
    leaf::{Place, Style},
    table::Handed,
};

mod encodings;
mod stepping;

fn live_of(secrets: &[&[u8]]) -> Arc<LiveSet> {
    let digester = Arc::new(Digester::new(&[7; 32]));
    let prints: Vec<_> = secrets
        .iter()
        .map(|bytes| Fingerprints::of(&forms(&Secret { bytes, user: Some("anna"), header: None }).unwrap(), &digester))
        .collect();
    let handed = (0_u8..).map(|number| Handed { credential: [number; 16], version: 1 });
    Arc::new(LiveSet::new(digester, handed.zip(&prints)))
}

fn through(mut cutter: Cutter, pieces: &[&[u8]]) -> Result<(Vec<u8>, Vec<Cut>), Uncut> {
    let (mut out, mut cuts) = (Vec::new(), Vec::new());
    let mut take = |cutter: &mut Cutter| {
        while let Some(part) = cutter.next_part() {
            out.extend_from_slice(&part);
        }
        cuts.extend(cutter.take_cuts());
    };
    for piece in pieces {
        cutter.push(Bytes::copy_from_slice(piece))?;
        take(&mut cutter);
    }
    cutter.end()?;
    take(&mut cutter);
    Ok((out, cuts))
}

/// Whole, in two pieces cut anywhere, and byte by byte.
fn all_ways(make: impl Fn() -> Cutter, text: &[u8]) -> Result<(String, Vec<Cut>), Uncut> {
    let whole = through(make(), &[text]);
    for at in 1..text.len() {
        assert_eq!(
            through(make(), &[&text[..at], &text[at..]]),
            whole,
            "cut at {at}: {}",
            String::from_utf8_lossy(text)
        );
    }
    assert_eq!(through(make(), &text.chunks(1).collect::<Vec<_>>()), whole);
    whole.map(|(out, cuts)| (String::from_utf8(out).unwrap(), cuts))
}

fn json_of(live: &Arc<LiveSet>, text: &str) -> (String, Vec<Cut>) {
    let (out, cuts) = all_ways(|| Cutter::json(live, Rules::default()), text.as_bytes()).unwrap();
    serde_json::from_str::<serde_json::Value>(&out).unwrap();
    (out, cuts)
}

const SECRET: &str = "sk_live_9aX2vQ7LmT4c";

#[test]
fn what_holds_nothing_passes_as_it_is() {
    let live = live_of(&[SECRET.as_bytes(), b"hunter2", b"k7Qp2xZ9"]);
    for text in [
        r#"{"a":"sk_live_9aX2vQ7LmT4d","b":["xsk_live_9aX2vQ7LmT4",1,-2.5e3,true,null,{}],"hunter22":"a hunter2 b"}"#,
        r#" [ "\"\\\/\b\u0041\ud83d\ude00\ud83d" , "sk_live_9aX2vQ" , "7LmT4c" ] "#,
        r#""k7Qp2xZ""#,
        "12345678",
    ] {
        let (out, cuts) = all_ways(|| Cutter::json(&live, Rules::default()), text.as_bytes()).unwrap();
        assert_eq!((out.as_str(), cuts.len()), (text, 0));
        let text = Bytes::from(text.to_owned());
        assert_eq!(cut_json(&live, Rules::default(), &text).unwrap().0.as_ptr(), text.as_ptr(), "not even copied");
    }
}

#[test]
fn cuts_say_whose_and_where() {
    let live = live_of(&[SECRET.as_bytes(), b"4929107483625817"]);
    let (out, cuts) = json_of(&live, r#"{"x sk_live_9aX2vQ7LmT4c":["a\nsk_live_9aX2vQ7LmT4c!",4929107483625817]}"#);
    assert_eq!(out, r#"{"x [secret removed]":["a\n[secret removed]!",1111111111111111]}"#);
    let of = |cut: &Cut| (cut.handed.credential[0], cut.kind, cut.place, cut.range.clone());
    assert_eq!(
        cuts.iter().map(of).collect::<Vec<_>>(),
        [
            (0, FormKind::Raw, Place::Key, 4..24),
            (0, FormKind::Raw, Place::Value, 31..51),
            (1, FormKind::Raw, Place::Number, 54..70)
        ]
    );
}

#[test]
fn what_lies_together_is_cut_once() {
    let live = live_of(&[SECRET.as_bytes(), b"9aX2vQ7LmT4c-second"]);
    let (out, cuts) = json_of(&live, r#"["sk_live_9aX2vQ7LmT4c-second, sk_live_9aX2vQ7LmT4csk_live_9aX2vQ7LmT4c"]"#);
    assert_eq!((out.as_str(), cuts.len()), (r#"["[secret removed], [secret removed]"]"#, 4));
}

#[test]
fn a_long_secret_is_cut_whole() {
    let secret: String = (0..1_000_u32)
        .map(|at| char::from(b'!' + u8::try_from(at.wrapping_mul(2_654_435_761) >> 26).unwrap()))
        .collect();
    let live = live_of(&[secret.as_bytes()]);
    let (whole, _) =
        through(Cutter::json(&live, Rules::default()), &[json!([format!("<{secret}>")]).to_string().as_bytes()])
            .unwrap();
    assert_eq!(String::from_utf8(whole).unwrap(), r#"["<[secret removed]>"]"#);
    let (stream, _) =
        through(Cutter::stream(&live), &[format!("<{}>", encodings::hex(secret.as_bytes())).as_bytes()]).unwrap();
    assert_eq!(String::from_utf8(stream).unwrap(), "<[secret removed]>");
}

#[test]
fn weak_ones_are_cut_as_whole_strings() {
    let live = live_of(&[b"hunter2", b"1234"]);
    let nested = json!({"password":"hunter2","pin":"1234"}).to_string();
    let text =
        json!({"hunter2":"hunter2","text":nested,"says":"the hunter2 1234","n":[1234,"\u{68}unter2"]}).to_string();
    let text = text.replace("\"hunter2\"]", "\"\\u0068unter2\"]");
    let (out, cuts) = json_of(&live, &text);
    let expected = json!({"[secret removed]":"[secret removed]","text":r#"{"password":"[secret removed]","pin":"1234"}"#,
        "says":"the hunter2 1234","n":[1234,"[secret removed]"]});
    assert_eq!(
        serde_json::from_str::<serde_json::Value>(&out).unwrap(),
        expected,
        "four digits in a nested text are no proof"
    );
    assert_eq!(cuts.len(), 4);
}

#[test]
fn schemas_are_kept() {
    let live = live_of(&[SECRET.as_bytes()]);
    let rules = Rules {
        style: |key| match key {
            b"fixed" => Style::Filler,
            b"blob" => Style::Base64,
            b"enum" => Style::Refuse,
            _ => Style::Marker,
        },
    };
    let cut = |text: &str| all_ways(|| Cutter::json(&live, rules), text.as_bytes()).map(|(out, _)| out);
    let blob = encodings::base64(SECRET.as_bytes());
    let text = format!(r#"{{"fixed":"<{SECRET}>","blob":"{blob}","more":"{SECRET}"}}"#);
    let out = cut(&text).unwrap();
    assert_eq!(
        out,
        format!(r#"{{"fixed":"<********************>","blob":"{}=","more":"[secret removed]"}}"#, "A".repeat(27))
    );
    assert_eq!(cut(&format!(r#"{{"enum":"{SECRET}"}}"#)), Err(Uncut::Refused));
    assert_eq!(
        cut(&format!(r#"{{"enum":"x","other":["{SECRET}"]}}"#)),
        Ok(r#"{"enum":"x","other":["[secret removed]"]}"#.to_owned())
    );
    assert_eq!(cut(r#"{"a":"b"#), Err(Uncut::NotJson));
}

#[test]
fn base64_is_decoded_as_it_passes() {
    let live = live_of(&[SECRET.as_bytes()]);
    let file = format!("a file with {} in it, and more", encodings::hex(SECRET.as_bytes()));
    let blob = encodings::base64(file.as_bytes());
    let broken: String =
        blob.as_bytes().chunks(76).flat_map(|line| [std::str::from_utf8(line).unwrap(), "\n"]).collect();
    for text in [blob.clone(), broken, format!("data:text/plain;base64,{blob}")] {
        let (out, cuts) = json_of(&live, &json!({"blob":text}).to_string());
        assert!(!cuts.is_empty(), "{text}");
        let out = serde_json::from_str::<serde_json::Value>(&out).unwrap()["blob"].as_str().unwrap().replace('\n', "");
        let out = out.rsplit(',').next().unwrap();
        assert_eq!(out.len(), blob.len());
        // What is around it is as it was, but for the bits that share a digit with it.
        assert!(out.starts_with(&blob[..15]) && out.ends_with(&blob[75..]), "{out}");
        assert!(out[17..66].bytes().all(|byte| byte == b'A'), "{out}");
    }
}

#[test]
fn nothing_handed_nothing_searched() {
    let live = live_of(&[]);
    assert_eq!(all_ways(|| Cutter::json(&live, Rules::default()), b"{\"a\":\"b").unwrap().0, "{\"a\":\"b");
}
