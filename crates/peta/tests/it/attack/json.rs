//! One reading of JSON (T05): whatever Peta lets through, JavaScript, Python and Peta's own judge read as the same call.

use std::path::Path;

use peta_testkit::{Kept, Value, finish, json, python_peer, suite_node};

use crate::house::{Solo, Way, find, raw};

/// Bodies that readers are known to disagree on, as `arguments`.
const ARGUMENTS: [&str; 42] = [
    r#"{}"#,
    r#"{"a":1}"#,
    r#"{"a":1,"a":2}"#,
    r#"{"a":{"b":1,"b":2}}"#,
    r#"{"a":[{"b":1,"b":2}]}"#,
    r#"{"a":1,"\u0061":2}"#,
    r#"{"":1,"":2}"#,
    r#"{"__proto__":{"x":1}}"#,
    r#"{"__proto__":1,"__proto__":2}"#,
    r#"{"constructor":1,"toString":2}"#,
    r#"{"a":"\ud800"}"#,
    r#"{"a":"\udc00\ud800"}"#,
    r#"{"\ud83d":1}"#,
    r#"{"a":"\ud83d\ude00"}"#,
    r#"{"a":"\u0000"}"#,
    r#"{"a":"\u2028\u2029"}"#,
    r#"{"\u0000":1}"#,
    r#"{"a":"\/"}"#,
    r#"{"a":"\x41"}"#,
    r#"{"a":"\u00"}"#,
    r#"{"a":"\a"}"#,
    r#"{"a":1e400}"#,
    r#"{"a":-0}"#,
    r#"{"a":01}"#,
    r#"{"a":+1}"#,
    r#"{"a":.5}"#,
    r#"{"a":5.}"#,
    r#"{"a":0x10}"#,
    r#"{"a":NaN}"#,
    r#"{"a":Infinity}"#,
    r#"{"a":123456789012345678901234567890}"#,
    r#"{"a":1E+2}"#,
    r#"{'a':1}"#,
    r#"{a:1}"#,
    r#"{"a":1,}"#,
    r#"{"a":[1,]}"#,
    r#"{"a":1}/**/"#,
    r#"{/**/"a":1}"#,
    r#"{"a":1}//"#,
    r#"{"a":tru}"#,
    r#"{"a":True}"#,
    r#"{"a":nul}"#,
];

/// Whole bodies in which the name of the tool could be read two ways.
const BODIES: [&str; 16] = [
    r#"{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"echo","name":"who","arguments":{}}}"#,
    r#"{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"echo","n\u0061me":"who","arguments":{}}}"#,
    r#"{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"echo","arguments":{}},"params":{"name":"who"}}"#,
    r#"{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"echo","NAME":"who","arguments":{}}}"#,
    r#"{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"echo","name ":"who","arguments":{}}}"#,
    r#"{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"echo","na\u006De":"who","arguments":{}}}"#,
    r#"{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"n\u0061me":"ec\u0068o","arguments":{}}}"#,
    r#"{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"echo","arguments":{}}}{"x":1}"#,
    r#"{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"echo","arguments":{}}}]"#,
    r#"{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"echo","arguments":null}}"#,
    r#"{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"echo","arguments":[]}}"#,
    r#"{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"echo\u0000who","arguments":{}}}"#,
    r#"{"jsonrpc":"2.0","id":1,"method":"tools/call","params":["echo"]}"#,
    r#"{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"echo","arguments":{},"_meta":{"a":1,"a":2}}}"#,
    r#"{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"echo","__proto__":{"name":"who"},"arguments":{}}}"#,
    "{\"jsonrpc\":\"2.0\",\"id\":1,\r\n\"method\":\"tools/call\",\u{feff}\"params\":{\"name\":\"echo\",\"arguments\":{}}}",
];

/// Reads a line of JSON a time and says what it holds, with every number as `#` (readers differ in their range).
const JAVASCRIPT: &str = r##"
for (const line of require('fs').readFileSync(process.argv[2], 'utf8').split('\n').filter(Boolean)) {
  const read = JSON.parse(line, (_, value) => typeof value === 'number' ? '#' : value);
  console.log(JSON.stringify({ name: read.name, arguments: read.arguments ?? null, keys: Object.keys(read).sort() }));
}"##;

const PYTHON: &str = r#"
import json, sys
number = lambda text: '#'
for line in open(sys.argv[1], encoding='utf-8').read().split('\n'):
    if line:
        read = json.loads(line, parse_int=number, parse_float=number, parse_constant=number)
        print(json.dumps({'name': read['name'], 'arguments': read.get('arguments'), 'keys': sorted(read)}))
"#;

/// Numbers that look random, the same each time.
fn roll(seed: &mut u64, sides: usize) -> usize {
    *seed ^= *seed << 13;
    *seed ^= *seed >> 7;
    *seed ^= *seed << 17;
    (*seed % sides as u64) as usize
}

/// A body of `ARGUMENTS` with a few bytes put in, taken out or doubled.
fn mutated(seed: &mut u64) -> Vec<u8> {
    let pieces: [&[u8]; 16] = [
        b"\"",
        b"\\",
        b"\\u0061",
        b"\\ud800",
        b"{",
        b"}",
        b"[",
        b"]",
        b",",
        b":",
        b"\"a\":1,",
        b"\x00",
        b"\xc0\xae",
        b"\xff",
        b"1e9",
        b" ",
    ];
    let mut text = call(ARGUMENTS[roll(seed, ARGUMENTS.len())]).into_bytes();
    for _ in 0..=roll(seed, 3) {
        let at = 60 + roll(seed, text.len() - 60);
        match roll(seed, 3) {
            0 => _ = text.splice(at..at, pieces[roll(seed, pieces.len())].iter().copied()),
            1 => _ = text.remove(at),
            _ => text.insert(at, text[at]),
        }
    }
    text
}

fn call(arguments: &str) -> String {
    format!(r#"{{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{{"name":"echo","arguments":{arguments}}}}}"#)
}

#[tokio::test]
async fn wire_differential() {
    let solo = Solo::by(Way::Http, &["--isolation", "shared"], &[]).await;
    // Only `echo` may be called: a body that any reader takes for another tool's must not come through.
    let narrow = solo.core.open("narrow", &["fix/echo"], "/mcp/fix").await;
    let mut kept = Kept::open(&solo.core.address).await;
    let mut bodies: Vec<Vec<u8>> = ARGUMENTS.iter().map(|arguments| call(arguments).into_bytes()).collect();
    bodies.extend(BODIES.iter().map(|body| body.as_bytes().to_vec()));
    let mut seed = 0x2545_f491_4f6c_dd1d;
    bodies.extend((0..400).map(|_| mutated(&mut seed)));
    let (mut taken, mut refused) = (0, 0);
    for body in bodies {
        let answer = kept.send(narrow.post_bytes(body.clone().into())).await;
        // (The answer holds numbers that this test's own reader would not take.)
        if find(&answer.body, "result").is_some() {
            taken += 1;
        } else {
            refused += 1;
        }
    }
    assert!(taken > 15 && refused > 100, "{taken} were let through, {refused} refused");
    let sent: Vec<String> = solo.received("tools/call").iter().map(|text| raw(text, "params").to_owned()).collect();
    assert_eq!(sent.len(), taken, "what was refused reached nobody");
    for params in &sent {
        assert!(!params.contains('\n') && !params.contains('\r'), "one line: {params}");
    }
    let file = solo.core.file("sent");
    std::fs::write(&file, sent.join("\n")).unwrap();
    let javascript = read_by(&suite_node(), &["-e", JAVASCRIPT, "-", file.to_str().unwrap()]).await;
    let python = read_by(&python_peer("python"), &["-c", PYTHON, file.to_str().unwrap()]).await;
    assert_eq!((javascript.len(), python.len()), (taken, taken));
    for ((params, one), other) in sent.iter().zip(&javascript).zip(&python) {
        assert_eq!(one, other, "JavaScript and Python read this differently: {params}");
        assert_eq!(one["name"], "echo", "{params}");
        let keys = one["keys"].as_array().unwrap();
        assert!(keys.iter().all(|key| keys.iter().filter(|other| *other == key).count() == 1), "{params}");
    }
    assert!(javascript.contains(&json!({ "name": "echo", "arguments": { "a": "#" }, "keys": ["arguments", "name"] })));
}

/// What a reader says of each line.
async fn read_by(program: &Path, words: &[&str]) -> Vec<Value> {
    let mut command = peta_testkit::command(program);
    command.args(words);
    let ran = finish(&program.display().to_string(), command).await;
    assert_eq!(ran.code, 0, "{ran:?}");
    ran.stdout
        .lines()
        .map(|line| serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}")))
        .collect()
}
