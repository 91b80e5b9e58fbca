//! Hints of servers are passed on as they are and loosen nothing (T19).

use crate::house::{Solo, find};

#[tokio::test]
async fn annotations_only_stricter() {
    let solo = Solo::new(&["--annotated"]).await;
    let raw_list = |path: &'static str, token: String| {
        let mut agent = solo.core.agent(path, &token);
        async move {
            agent.open().await;
            agent.post(&agent.request_text("tools/list", "{}")).send().await.text()
        }
    };
    let token = solo.agent.token.clone().unwrap();
    // As the server spelled them, on both kinds of endpoint: no hint is added, dropped or turned.
    for path in ["/mcp/fix", "/mcp"] {
        let list = raw_list(path, token.clone()).await;
        for hints in [
            r#"{"readOnlyHint":true,"destructiveHint":false,"idempotentHint":true,"openWorldHint":false,"x-odd":1.0}"#,
            r#"{"title":"Kills","destructiveHint":true}"#,
        ] {
            assert!(list.contains(&format!(r#""annotations":{hints}"#)), "{path}: {list}");
        }
        let tools: Vec<&serde_json::value::RawValue> =
            serde_json::from_str(crate::house::raw(crate::house::raw(&list, "result"), "tools")).unwrap();
        let hinted = tools.iter().filter(|tool| find(tool.get(), "annotations").is_some()).count();
        assert_eq!(hinted, 2, "{path}: hints stand only where the server wrote them");
    }
    // A tool that says it only reads is not granted by that, and one that says it destroys is not withheld.
    let narrow = solo.core.open("narrow", &["fix/kills"], "/mcp/fix").await;
    assert_eq!(narrow.names("tools/list").await, ["kills"]);
    let error = narrow.call_error("reads", "{}").await;
    assert_eq!(error["data"]["code"], "P2001", "{error}");
    assert_eq!(narrow.call("kills", "{}").await["content"][0]["text"], "kills");
    assert!(solo.received("\"reads\"").is_empty(), "the server was not asked");
}
