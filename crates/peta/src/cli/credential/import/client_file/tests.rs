use super::*;

fn told(text: &str) -> Vec<String> {
    let told = |server: &ClientServer| match &server.place {
        Place::Url { url, sse, headers } => format!("{} {url} {sse} {headers:?}", server.name),
        Place::Command { command, args, env } => format!("{} {command} {args:?} {env:?}", server.name),
        Place::Unclear(why) => format!("{} ? {why}", server.name),
    };
    read(text).unwrap().iter().map(told).collect()
}

#[test]
fn what_clients_write() {
    let desktop = r#"{"mcpServers": {"a": {"command": "npx", "args": ["-y", 5], "env": {"K": "v", "N": 1, "O": {}}}}}"#;
    assert_eq!(told(desktop), [r#"a npx ["-y", "5"] {"K": "v", "N": "1"}"#]);
    let code = r#"{
        // VS Code lets people comment
        "inputs": [{"id": "t", "type": "promptString", "password": true},], /* and more */
        "servers": {"b": {"type": "sse", "url": "https://x/a//b", "headers": {"X": "a \"//\" b"}},},
    }"#;
    assert_eq!(told(code), [r#"b https://x/a//b true {"X": "a \"//\" b"}"#]);
    let settings = r#"{"mcp": {"servers": {"c": {}, "d": {"command": "x", "args": [[]]}}}, "other": [1, 2]}"#;
    assert_eq!(told(settings), ["c ? it has neither a URL nor a command", "d ? its arguments are no texts"]);
}

#[test]
fn what_is_no_configuration() {
    for bad in
        ["", "[]", "{", "{\"a\": 1}", "{\"mcpServers\": [\"hunter2\"]}", "hunter2", "{\"mcpServers\": {\"hunter2\"}}"]
    {
        let why = read(bad).err().unwrap();
        assert!(!why.contains("hunter2"), "{why}");
    }
    let many: Vec<String> = (0..101).map(|n| format!("\"s{n}\": {{}}")).collect();
    assert!(read(&format!("{{\"servers\": {{{}}}}}", many.join(","))).is_err());
    let deep = format!("{{\"servers\": {}1{}}}", "[".repeat(100_000), "]".repeat(100_000));
    assert!(read(&deep).is_err());
}
