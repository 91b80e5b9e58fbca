//! The MCP server behind the provider: it lets in whoever shows a token that serves, and has a tool, a resource and tasks.

use http::{Response, header};
use http_body_util::Full;
use serde_json::{Value, json};

use super::{Said, State, said};

impl State {
    pub(super) fn mcp(&mut self, authorization: Option<&str>, message: &Value) -> Said {
        let token = authorization.and_then(|value| value.strip_prefix("Bearer ")).unwrap_or_default();
        let metadata = format!("{}/.well-known/oauth-protected-resource/mcp", self.origin);
        let Some(scopes) = self.live.get(token).cloned() else {
            return challenged(401, &format!("Bearer resource_metadata=\"{metadata}\", error=\"invalid_token\""));
        };
        let method = message["method"].as_str().unwrap_or_default();
        if method == "tools/call" {
            self.shown.push(authorization.unwrap_or_default().to_owned());
        }
        let wants = self.wants.as_ref().filter(|wants| method == self.wants_of && !scopes.contains(wants.as_str()));
        if let Some(wants) = wants {
            let says =
                format!("Bearer error=\"insufficient_scope\", scope=\"{wants}\", resource_metadata=\"{metadata}\"");
            return challenged(403, &says);
        }
        let params = &message["params"];
        let result = match method {
            "resources/list" => json!({ "resources": [{ "uri": "idp://notes", "name": "notes" }] }),
            "resources/subscribe" => {
                self.subscribed.extend(params["uri"].as_str().map(str::to_owned));
                json!({})
            }
            "resources/unsubscribe" => {
                self.subscribed.retain(|uri| params["uri"] != **uri);
                json!({})
            }
            "tools/call" if params["task"].is_object() => {
                self.serial += 1;
                let id = format!("task-of-the-provider-{}", self.serial);
                self.tasks.insert(id.clone(), "working");
                json!({ "task": task(&id, "working") })
            }
            "tasks/list" => {
                json!({ "tasks": self.tasks.iter().map(|(id, status)| task(id, status)).collect::<Vec<_>>() })
            }
            "tasks/get" | "tasks/cancel" | "tasks/result" => {
                let id = params["taskId"].as_str().unwrap_or_default();
                let Some(status) = self.tasks.get_mut(id) else {
                    let error = json!({ "code": -32602, "message": "no such task" });
                    return said(200, &json!({ "jsonrpc": "2.0", "id": message["id"], "error": error }));
                };
                match method {
                    "tasks/get" => task(id, status),
                    "tasks/cancel" => {
                        *status = "cancelled";
                        task(id, status)
                    }
                    _ => json!({ "content": [{ "type": "text", "text": "done" }] }),
                }
            }
            "initialize" => json!({
                "protocolVersion": message["params"]["protocolVersion"],
                "capabilities": {
                    "tools": {},
                    "resources": { "subscribe": true },
                    "tasks": { "list": {}, "cancel": {}, "requests": { "tools": { "call": {} } } },
                },
                "serverInfo": { "name": "behind-oauth", "version": "1" },
            }),
            "tools/list" => {
                let execution = json!({ "taskSupport": "optional" });
                json!({ "tools": [{ "name": "whoami", "inputSchema": { "type": "object" }, "execution": execution }] })
            }
            "tools/call" => json!({ "content": [{ "type": "text", "text": format!("you show {token}.") }] }),
            "ping" => json!({}),
            _ => return Response::builder().status(202).body(Full::default()).expect("a response"),
        };
        said(200, &json!({ "jsonrpc": "2.0", "id": message["id"], "result": result }))
    }
}

fn task(id: &str, status: &str) -> Value {
    let time = "2026-01-01T00:00:00Z";
    json!({ "taskId": id, "status": status, "createdAt": time, "lastUpdatedAt": time, "ttl": 600_000, "pollInterval": 1_000 })
}

fn challenged(status: u16, challenge: &str) -> Said {
    let mut response = said(status, &json!({ "error": "no" }));
    response.headers_mut().insert(header::WWW_AUTHENTICATE, challenge.parse().expect("a header"));
    response
}
