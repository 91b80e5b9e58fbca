//! Stepping over what holds nothing finds what reading every byte closely finds.

use proptest::{collection::vec, prelude::*, sample::select};

use super::*;

/// Sixteen characters, the least that is searched for anywhere; and one more that needs escapes of no kind.
const LEAST: &str = "k7Qp2xZ9mW4vB8nT";

fn coded(text: &str, levels: usize) -> String {
    let once: String = text.bytes().map(|byte| format!("\\u{byte:04X}")).collect();
    (1..levels).fold(once, |coded, _| coded.replace('\\', "\\\\"))
}

/// What a string may be made of: secrets as they are and in escapes, and what nearly is one or stops one.
fn parts() -> Vec<String> {
    let mut parts = Vec::new();
    for secret in [SECRET, LEAST] {
        let (first, rest) = secret.split_at(5);
        let (second, third) = rest.split_at(6);
        parts.extend([
            secret.to_owned(),
            encodings::hex(secret.as_bytes()),
            encodings::base64(format!("x{secret}").as_bytes()),
            encodings::base64(encodings::hex(secret.as_bytes()).as_bytes()),
            coded(secret, 1),
            coded(secret, 2),
            coded(secret, 3),
            format!("{first}{}{third}", coded(second, 1)),
            format!("{}{second}{}", coded(first, 2), coded(third, 2)),
            format!("{first}\\n{second}{third}"),
            first.to_owned(),
            format!("{second}{third}"),
        ]);
    }
    let others = [
        " ",
        "é",
        "\\n",
        "\\\\",
        "\\\"",
        "\\/",
        "\\u00e9",
        "\\u00",
        "\\u",
        "\\x",
        "\\ ",
        "\\\\n",
        "\\\\\\\"",
        "\\\\u00e9",
        "\\ud83d\\ude00",
        "\\u005c",
        "data:,",
        "abc",
        "0123456789abcde",
        "0123456789abcdef",
        "\n",
        "\u{7f}",
        ":",
        "n",
        "u0041",
        "\\r\\n",
        "What stands between two of them is read closely only for some sixty characters, and stepped over after that: so \
         here are more.",
    ];
    parts.extend(others.map(str::to_owned));
    parts
}

fn text() -> impl Strategy<Value = String> {
    let string = || vec(select(parts()), 0..8).prop_map(|parts| format!("\"{}\"", parts.concat()));
    let member = (string(), string()).prop_map(|(key, value)| format!("{key}:{value}"));
    vec(prop_oneof![string(), vec(member, 0..3).prop_map(|all| format!("{{{}}}", all.join(",")))], 0..4)
        .prop_map(|all| format!("[{}]", all.join(",")))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 500, ..ProptestConfig::default() })]

    #[test]
    fn stepping_over_misses_nothing(
        text in text(),
        size in 1_usize..200,
        secrets in select(vec![vec![SECRET], vec![LEAST], vec![SECRET, LEAST], vec![SECRET, "k7Qp2xZ9"]]),
    ) {
        let secrets: Vec<_> = secrets.iter().map(|secret| secret.as_bytes()).collect();
        let live = live_of(&secrets);
        prop_assert!(live.quiet_run().is_some());
        let closely = Arc::new(Arc::into_inner(live_of(&secrets)).unwrap().read_closely());
        let pieces: Vec<_> = text.as_bytes().chunks(size).collect();
        if holds_plainly_none(&live, text.as_bytes()) {
            prop_assert_eq!(cut_json(&closely, Rules::default(), &Bytes::from(text.clone())).unwrap().1, []);
        }
        prop_assert_eq!(
            through(Cutter::json(&live, Rules::default()), &pieces),
            through(Cutter::json(&closely, Rules::default()), &[text.as_bytes()]),
            "{} in pieces of {}", text, size
        );
    }
}

#[test]
fn what_is_no_row_of_characters_is_read_closely() {
    for secret in ["correct horse battery staple", "pass\"word\"9aX2vQ7LmT4c", "hunter2", "k7Qp2xZ9-pässword-mW4vB8nT"]
    {
        assert_eq!(live_of(&[secret.as_bytes()]).quiet_run(), None, "{secret}");
    }
    assert_eq!(live_of(&[SECRET.as_bytes()]).quiet_run(), Some(16));
    assert_eq!(live_of(&[b"k7Qp2xZ9"]).quiet_run(), Some(8));
}

#[test]
fn a_short_text_that_plainly_holds_nothing_is_known_at_once() {
    let live = live_of(&[SECRET.as_bytes()]);
    let plainly = |text: &str| holds_plainly_none(&live, text.as_bytes());
    assert!(plainly(
        r#"{"jsonrpc":"2.0","id":1,"result":{"content":[{"type":"text","text":"https://example.com/issues/471"}]}}"#
    ));
    assert!(!plainly(&format!(r#"{{"text":"{SECRET}"}}"#)));
    assert!(!plainly(r#"{"text":"a\nb"}"#), "an escape has to be read");
    let hidden = encodings::base64(encodings::hex(SECRET.as_bytes()).as_bytes());
    assert!(!plainly(&format!(r#"{{"blob":"{hidden}"}}"#)), "base64 is read");
    assert!(!plainly(&format!(r#"{{"blob":"data:,{hidden}"}}"#)));
    let other = encodings::base64(encodings::hex(LEAST.as_bytes()).as_bytes());
    assert!(plainly(&format!(r#"{{"blob":"{other}","cursor":"{}"}}"#, "x".repeat(100))));
    assert!(!plainly(&format!(r#"{{"blob":"{}"}}"#, "x".repeat(300))), "a long one is not short");
}
