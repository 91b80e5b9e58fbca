//! A small MCP server over Streamable HTTP, on loopback, for servers to be learnt from.

use std::sync::{Arc, Mutex};

use axum::{Router, extract::State, response::IntoResponse, routing::post};
use http::StatusCode;
use serde_json::{Value, json};
use tokio::net::TcpListener;

/// A running server; it ends with the test's runtime.
#[derive(Clone)]
pub(crate) struct Peer {
    pub(crate) url: String,
    tools: Arc<Mutex<Vec<&'static str>>>,
}

impl Peer {
    pub(crate) async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/mcp", listener.local_addr().unwrap());
        let tools = Arc::new(Mutex::new(vec!["read", "write"]));
        let app = Router::new().route("/mcp", post(answer)).with_state(Arc::clone(&tools));
        tokio::spawn(async move { axum::serve(listener, app).await });
        Self { url, tools }
    }

    /// From now on it has this tool too.
    pub(crate) fn grow(&self, tool: &'static str) {
        self.tools.lock().unwrap().push(tool);
    }
}

async fn answer(State(tools): State<Arc<Mutex<Vec<&'static str>>>>, body: String) -> axum::response::Response {
    let message: Value = serde_json::from_str(&body).unwrap();
    let Some(id) = message.get("id") else { return StatusCode::ACCEPTED.into_response() };
    let tools: Vec<_> = tools.lock().unwrap().iter().map(|name| json!({ "name": name, "inputSchema": {} })).collect();
    let result = match message["method"].as_str().unwrap() {
        "initialize" => json!({
            "protocolVersion": "2025-11-25",
            "capabilities": { "tools": {}, "prompts": {} },
            "serverInfo": { "name": "peer", "title": "A peer", "version": "1.2.3" },
            "instructions": "Be kind.",
        }),
        "tools/list" => json!({ "tools": tools }),
        "prompts/list" => json!({ "prompts": [{ "name": "greet" }] }),
        other => panic!("nobody asked for {other}"),
    };
    axum::Json(json!({ "jsonrpc": "2.0", "id": id, "result": result })).into_response()
}
