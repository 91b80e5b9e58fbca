//! What an agent may not use looks, in bytes and in work, like what does not exist (T21); and what is listed is what can
//! be called (T20).

use std::time::{Duration, Instant};

use peta_testkit::{Agent, Kept, Value, json};

use crate::house::{Solo, Way};

/// A method, and parameters that name something hidden and something that does not exist, of the same length.
fn pairs(prefix: &str, uri: &str) -> Vec<(&'static str, [(String, String); 2])> {
    let name = |name: &str| {
        (format!("{prefix}{name}"), json!({ "name": format!("{prefix}{name}"), "arguments": {} }).to_string())
    };
    let at = |place: &str| (format!("{uri}{place}"), json!({ "uri": format!("{uri}{place}") }).to_string());
    let complete = |kind: &str, member: &str, of: String| {
        let mut reference = json!({ "type": kind });
        reference[member] = of.clone().into();
        (of, json!({ "ref": reference, "argument": { "name": "a", "value": "" } }).to_string())
    };
    vec![
        ("tools/call", [name("who"), name("wxo")]),
        ("prompts/get", [name("test_simple_prompt"), name("test_sinple_prompt")]),
        ("resources/read", [at("test://static-text"), at("test://static-texx")]),
        ("resources/subscribe", [at("test://watched-resource"), at("test://watchex-resource")]),
        (
            "completion/complete",
            [
                complete("ref/prompt", "name", format!("{prefix}test_simple_prompt")),
                complete("ref/prompt", "name", format!("{prefix}test_sinple_prompt")),
            ],
        ),
        (
            "completion/complete",
            [
                complete("ref/resource", "uri", format!("{uri}test://template/{{id}}/data")),
                complete("ref/resource", "uri", format!("{uri}test://templatx/{{id}}/data")),
            ],
        ),
    ]
}

#[tokio::test]
async fn hidden_is_unknown() {
    let solo = Solo::by(Way::Http, &["--isolation", "shared"], &[]).await;
    solo.core.stdio_server("other", &[], &["--small"]).await;
    let narrow = solo.core.open("narrow", &["fix/echo"], "/mcp/fix").await;
    let mut aggregate = solo.core.agent("/mcp", narrow.token.as_deref().unwrap());
    aggregate.open().await;
    narrow.call("echo", "{}").await;
    let before = solo.received("").len();
    for (agent, prefix, uri) in [(&narrow, "", ""), (&aggregate, "fix__", "fix+")] {
        for (method, [(hidden, with), (unknown, without)]) in pairs(prefix, uri) {
            alike(agent, method, (&hidden, &with), (&unknown, &without)).await;
        }
    }
    // A whole server that is hidden, and one that is not there.
    for (hidden, unknown) in [("other__small_one", "othex__small_one"), ("other__nothing_x", "othex__nothing_x")] {
        let params = |name: &str| json!({ "name": name, "arguments": {} }).to_string();
        alike(&aggregate, "tools/call", (hidden, &params(hidden)), (unknown, &params(unknown))).await;
    }
    // Its lists may still be asked for in the background, since the one call that was granted.
    let mut reached = solo.received("").split_off(before);
    reached.retain(|text| !text.contains("/list\""));
    assert!(reached.is_empty(), "no server is touched for what is hidden: {reached:?}");
    let events = solo.core.events(|event| event["agent"] == "narrow" && event["decision"] == "deny").await;
    let of = |name: &str| {
        let mut event =
            events.iter().find(|event| event["capability"] == name).unwrap_or_else(|| panic!("{name}")).clone();
        ["id", "at", "time", "capability", "duration_us", "session"]
            .iter()
            .for_each(|member| event[*member] = Value::Null);
        event
    };
    assert_eq!((&of("who")["outcome"], &of("who")["code"]), (&of("wxo")["outcome"], &of("wxo")["code"]));
}

async fn alike(agent: &Agent, method: &str, (hidden, with): (&str, &str), (unknown, without): (&str, &str)) {
    let post = |params: String| {
        agent.post(&format!(r#"{{"jsonrpc":"2.0","id":"same","method":"{method}","params":{params}}}"#)).send()
    };
    let (one, other) = (post(with.to_owned()).await, post(without.to_owned()).await);
    assert!(one.json()["error"].is_object(), "{method} {hidden}: {one:?}");
    assert_eq!(one.likeness().replace(hidden, unknown), other.likeness(), "{method} {hidden} and {unknown}");
}

/// T21, the work: the answers to what is hidden and to what is not there cannot be told apart by their time. Pairs are
/// interleaved, and the ranks are compared (an area of 0.5 means: no better than a coin).
#[tokio::test]
async fn hidden_is_unknown_by_time() {
    let solo = Solo::by(Way::Http, &["--isolation", "shared"], &[]).await;
    let narrow = solo.core.open("narrow", &["fix/echo"], "/mcp/fix").await;
    let mut kept = Kept::open(&solo.core.address).await;
    // A busy machine may bend one run, not three in a row.
    let mut areas = Vec::new();
    for _ in 0..3 {
        let area = area(&narrow, &mut kept).await;
        areas.push(area);
        if (area - 0.5).abs() < 0.05 {
            return;
        }
    }
    panic!("hidden and unknown take different times: {areas:?}");
}

async fn area(agent: &Agent, kept: &mut Kept) -> f64 {
    let mut times: [Vec<Duration>; 2] = [Vec::new(), Vec::new()];
    for round in 0..800_usize {
        for turn in 0..2 {
            let which = (round + turn) % 2;
            let name = ["who", "wxo"][which];
            let request =
                agent.post(&agent.request_text("tools/call", &format!(r#"{{"name":"{name}","arguments":{{}}}}"#)));
            let began = Instant::now();
            kept.send(request).await;
            times[which].push(began.elapsed());
        }
    }
    let [hidden, unknown] = times;
    let wins: f64 = hidden
        .iter()
        .flat_map(|one| {
            unknown.iter().map(move |other| {
                if one > other {
                    1.0
                } else if one == other {
                    0.5
                } else {
                    0.0
                }
            })
        })
        .sum();
    wins / (hidden.len() * unknown.len()) as f64
}

/// Numbers that look random, the same each time: a failure can be had again.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % sides
    }
}

/// T20: for grants thrown at random, on both endpoints, whatever is listed can be used and whatever is not answers like
/// what does not exist.
#[tokio::test]
async fn list_equals_call() {
    let solo = Solo::by(Way::Http, &["--isolation", "shared"], &["--small", "--many", "6"]).await;
    let mut dice = Dice(0x9e37_79b9_7f4a_7c15);
    for round in 0..10 {
        let grants = grants(&mut dice);
        let grants: Vec<&str> = grants.iter().map(String::as_str).collect();
        let token = solo.core.token(&format!("dice-{round}"), &grants).await;
        for (path, prefix, uri) in [("/mcp/fix", "", ""), ("/mcp", "fix__", "fix+")] {
            let mut agent = solo.core.agent(path, &token);
            // An agent that may use nothing of a server does not see its endpoint at all.
            if agent.initialize("2025-11-25", "{}").await.status == 404 {
                assert!(grants.is_empty(), "{grants:?}");
                continue;
            }
            agent.open().await;
            agree(&agent, &grants, prefix, uri).await;
        }
    }
}

fn grants(dice: &mut Dice) -> Vec<String> {
    let mut grants = Vec::new();
    for _ in 0..dice.roll(5) {
        let number = dice.roll(6);
        grants.push(match dice.roll(8) {
            0 => "fix".to_owned(),
            1 => "fix/many_*".to_owned(),
            2 => format!("fix/prompt:many_{number}"),
            3 => "fix/prompt:*".to_owned(),
            4 => format!("fix/resource:many://{number}"),
            5 => "fix/resource:many://*".to_owned(),
            6 => "fix/small_one".to_owned(),
            _ => format!("fix/tool:many_{number}"),
        });
    }
    grants.sort();
    grants.dedup();
    grants
}

async fn agree(agent: &Agent, grants: &[&str], prefix: &str, uri: &str) {
    let named = |extra: &[&str]| -> Vec<String> {
        let many = (0..6).map(|number| format!("{prefix}many_{number}"));
        many.chain(extra.iter().map(|name| format!("{prefix}{name}"))).collect()
    };
    let resources: Vec<String> =
        (0..6).map(|number| format!("{uri}many://{number}")).chain([format!("{uri}small://one")]).collect();
    for (list, method, all) in [
        ("tools/list", "tools/call", named(&["small_one", "small_two", "nothing"])),
        ("prompts/list", "prompts/get", named(&["small_prompt", "nothing"])),
        ("resources/list", "resources/read", resources),
    ] {
        let listed = agent.names(list).await;
        for name in all {
            let params = if method == "resources/read" { json!({ "uri": name }) } else { json!({ "name": name }) };
            let answer = agent.ask(method, &params.to_string()).await;
            let unknown = answer["error"]["data"]["code"] == "P2001";
            assert_eq!(
                listed.contains(&name),
                !unknown,
                "{} {grants:?} {name}: listed {listed:?}, {answer}",
                agent.path
            );
        }
    }
}
