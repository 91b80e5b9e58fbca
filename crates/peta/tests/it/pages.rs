//! Every refusal has a page: all codes that Core answers, in all the ways it refuses, are pages in the tree.

use std::{collections::BTreeSet, path::Path};

use http::Method;
use peta_testkit::{Agent, Core, Setup};

use crate::house::Solo;

fn pages() -> BTreeSet<String> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/errors");
    let entries = std::fs::read_dir(&folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    entries
        .flatten()
        .filter_map(|entry| entry.file_name().to_str()?.strip_suffix(".md").map(str::to_owned))
        .filter(|name| name.starts_with('P'))
        .collect()
}

#[test]
fn every_code_has_a_page_and_every_page_a_code() {
    let codes: BTreeSet<String> = peta_model::Code::ALL.iter().map(|(code, _)| code.to_string()).collect();
    assert_eq!(codes, pages());
}

#[test]
fn every_page_says_what_why_and_what_to_do() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/errors");
    for (code, title) in peta_model::Code::ALL {
        let text = std::fs::read_to_string(folder.join(format!("{code}.md"))).unwrap_or_default();
        assert!(text.contains(code.as_str()) && text.contains(title), "{code}: its number and title stand on its page");
        assert!(text.lines().count() >= 5, "{code}: {text}");
    }
}

#[tokio::test]
async fn every_refusal_has_a_page() {
    let solo = Solo::new(&[]).await;
    let mut seen = BTreeSet::new();
    let bodies = [
        "",
        "{}",
        "[]",
        r#"{"jsonrpc":"2.0","id":1,"method":"nothing"}"#,
        r#"{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"x"}}"#,
    ];
    for path in [
        "/mcp",
        "/mcp/fix",
        "/mcp/nothing",
        "/nothing",
        "/api/v1/servers",
        "/api/v1/nothing",
        "/sse",
        "/mcp/fix?token=peta_st_x",
    ] {
        for method in [Method::GET, Method::POST, Method::PUT, Method::DELETE] {
            for body in bodies {
                for token in [None, solo.agent.token.as_deref(), Some("wrong")] {
                    let agent = Agent::new(&solo.core.address, path, token);
                    let request = agent
                        .request(method.clone())
                        .header("content-type", "application/json")
                        .body(body.as_bytes().to_vec().into());
                    // Streams of a listener never end; these requests have no session and get none.
                    let answer = request.send().await;
                    if answer.status >= 400 {
                        let code = answer.code();
                        assert!(!code.is_empty(), "{method} {path} {body}: a refusal without a code: {answer:?}");
                        seen.insert(code);
                    }
                }
            }
        }
    }
    let missing: Vec<&String> = seen.iter().filter(|code| !pages().contains(*code)).collect();
    assert!(missing.is_empty(), "no page for {missing:?}");
    assert!(seen.len() >= 6, "{seen:?}");
}

#[tokio::test]
async fn refusals_of_the_command_line_name_their_page() {
    let core = Core::start().await;
    for words in [
        &["server", "show", "nothing"][..],
        &["agent", "show", "nothing"],
        &["server", "remove", "nothing"],
        &["grant", "add", "nothing", "fix"],
    ] {
        let ran = core.run(words).await;
        assert_eq!(ran.code, 1, "{words:?}: {ran:?}");
        assert!(ran.stderr.contains("P7003") && ran.stderr.contains("docs/errors/P7003.md"), "{words:?}: {ran:?}");
    }
    let setup = Setup::new();
    let ran = setup.run(&["server", "list"]).await;
    assert_eq!(ran.code, 3);
    assert!(ran.stderr.contains("P8007") && ran.stderr.contains("docs/errors/P8007.md"), "{ran:?}");
}
