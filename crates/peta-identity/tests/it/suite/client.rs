//! The smallest MCP client that there can be, with the OAuth engine: what the conformance suite drives. It follows the
//! authorization URL itself, as the suite's page sends it straight back.

#![allow(
    clippy::disallowed_methods,
    reason = "the suite says by the environment what it wants; clocks run at the edges"
)]

use std::{env, error::Error, time::SystemTime};

use aws_lc_rs::rand::{SecureRandom, SystemRandom};
use http::{HeaderMap, Request, header};
use http_body_util::Full;
use peta_dial::{Config, Dialer, Http};
use peta_identity::oauth::{
    Attempts, Callback, Challenge, Client, Connect, Dialed, Found, Fresh, Given, Grant, Registrant, Scopes, Secret,
    SigningKey, begin, connect_own, discover, finish, register, select, step_up,
};
use peta_model::Moment;
use serde_json::{Value, json};

pub(crate) type Outcome<T> = Result<T, Box<dyn Error>>;

const REDIRECT: &str = "http://127.0.0.1:7382/oauth/callback";
const DOCUMENT: &str = "https://conformance-test.local/client-metadata.json";

struct Run {
    url: String,
    dialer: Dialer,
    dialed: Dialed,
    given: Option<Given>,
    own: bool,
    version: String,
    session: Option<String>,
    client: Option<Client>,
    grant: Option<Grant>,
    attempts: Attempts,
}

/// Does what a scenario asks for.
pub(crate) async fn run(url: String) -> Outcome<()> {
    let scenario = env::var("MCP_CONFORMANCE_SCENARIO").unwrap_or_default();
    let context: Value = serde_json::from_str(&env::var("MCP_CONFORMANCE_CONTEXT").unwrap_or("{}".to_owned()))?;
    let version = env::var("MCP_CONFORMANCE_PROTOCOL_VERSION").unwrap_or("2025-11-25".to_owned());
    let dialer = Dialer::new(Config::default())?;
    let mut run = Run {
        url,
        dialed: Dialed::new(dialer.clone()),
        dialer,
        given: given(&context)?,
        own: scenario.contains("client-credentials"),
        version,
        session: None,
        client: None,
        grant: None,
        attempts: Attempts::default(),
    };
    if run.version.as_str() < "2026" {
        let hello = json!({
            "protocolVersion": run.version, "capabilities": {}, "clientInfo": { "name": "peta", "version": "0" }
        });
        run.call("initialize", hello).await?;
        run.call("notifications/initialized", Value::Null).await?;
    }
    run.call("tools/list", json!({})).await?;
    run.call("tools/call", json!({ "name": "test-tool", "arguments": {} })).await?;
    Ok(())
}

fn given(context: &Value) -> Outcome<Option<Given>> {
    let text = |name: &str| context.get(name).and_then(Value::as_str);
    let Some(id) = text("client_id") else { return Ok(None) };
    let key = text("private_key_pem").map(|pem| SigningKey::new(Secret::from(pem), None)).transpose()?;
    let secret = text("client_secret").map(Secret::from);
    Ok(Some(Given { issuer: None, id: id.to_owned(), secret, key, method: None }))
}

impl Run {
    async fn call(&mut self, method: &str, params: Value) -> Outcome<()> {
        let mut refused = 0;
        loop {
            let (status, headers) = self.post(method, &params).await?;
            if let Some(session) = headers.get("mcp-session-id") {
                self.session = Some(session.to_str()?.to_owned());
            }
            let challenge = Challenge::find(
                headers.get_all(header::WWW_AUTHENTICATE).iter().filter_map(|value| value.to_str().ok()),
            );
            match status {
                200..300 => return Ok(()),
                401 if refused < 2 => {
                    refused += 1;
                    let found = self.find(challenge.as_ref()).await?;
                    let known = found.provider.scopes.clone();
                    let asked = challenge.as_ref().and_then(|challenge| challenge.scopes.as_ref());
                    let scopes = select(asked, found.scopes.as_ref(), known.as_ref());
                    self.connect(&found, scopes).await?;
                }
                403 => {
                    let challenge = challenge.filter(Challenge::wants_scopes).ok_or("refused")?;
                    let granted = self.grant.as_ref().and_then(|grant| grant.scopes.clone());
                    let scopes = step_up(granted.as_ref(), &challenge, &mut self.attempts)?;
                    let found = self.find(Some(&challenge)).await?;
                    let scopes = select(Some(&scopes), None, found.provider.scopes.as_ref());
                    self.connect(&found, scopes).await?;
                }
                status => return Err(format!("{method} is answered with {status}").into()),
            }
        }
    }

    async fn find(&self, challenge: Option<&Challenge>) -> Outcome<Found> {
        Ok(discover(&self.dialed, &self.url, challenge, None).await?)
    }

    async fn connect(&mut self, found: &Found, scopes: Option<Scopes>) -> Outcome<()> {
        let us = Registrant {
            name: "Peta".to_owned(),
            redirect_uri: REDIRECT.to_owned(),
            document: Some(DOCUMENT.to_owned()),
        };
        let fresh = fresh()?;
        let client = register(&self.dialed, found, &us, self.given.as_ref(), self.client.as_ref(), fresh.now).await?;
        let grant = if self.own {
            connect_own(&self.dialed, found, &client, scopes.as_ref(), &fresh).await?
        } else {
            let who = Connect { id: [1; 16], user: "ada".to_owned() };
            let begun = begin(found, &client, scopes.as_ref(), who.clone(), &fresh)?;
            let callback = self.browse(&begun.url).await?;
            finish(&self.dialed, begun.pending, &client, callback, &who, &fresh).await?
        };
        (self.client, self.grant) = (Some(client), Some(grant));
        Ok(())
    }

    /// What a browser would do: the suite's page sends it straight back.
    async fn browse(&self, url: &str) -> Outcome<Callback> {
        let target = self.dialer.target(url)?;
        let request = Request::get(target.path()).body(Full::default())?;
        let answer = Http::new(&self.dialer, target).send_once(request).await?;
        let to = answer.headers().get(header::LOCATION).ok_or("the page sends nowhere")?.to_str()?;
        let (place, query) = to.split_once('?').ok_or("nothing was sent back")?;
        Ok(Callback::read(place, query)?)
    }

    async fn post(&self, method: &str, params: &Value) -> Outcome<(u16, HeaderMap)> {
        let mut message = json!({ "jsonrpc": "2.0", "method": method });
        let members = message.as_object_mut().ok_or("no object")?;
        if !method.starts_with("notifications/") {
            members.insert("id".to_owned(), 1.into());
        }
        if !params.is_null() {
            members.insert("params".to_owned(), params.clone());
        }
        let mut request = Request::post("/")
            .header(header::CONTENT_TYPE, "application/json")
            .header(header::ACCEPT, "application/json, text/event-stream");
        if self.version.as_str() >= "2026" {
            if let Some(params) = members.get_mut("params").and_then(Value::as_object_mut) {
                let meta = json!({
                    "io.modelcontextprotocol/protocolVersion": self.version,
                    "io.modelcontextprotocol/clientCapabilities": {},
                    "io.modelcontextprotocol/clientInfo": { "name": "peta", "version": "0" },
                });
                params.insert("_meta".to_owned(), meta);
            }
            request = request.header("mcp-method", method);
            if let Some(name) = params.get("name").and_then(Value::as_str) {
                request = request.header("mcp-name", name);
            }
        }
        if method != "initialize" {
            request = request.header("mcp-protocol-version", &self.version);
        }
        if let Some(session) = &self.session {
            request = request.header("mcp-session-id", session);
        }
        if let Some(grant) = &self.grant {
            request = request.header(header::AUTHORIZATION, format!("{} {}", Grant::TOKEN_TYPE, grant.access.reveal()));
        }
        let target = self.dialer.target(&self.url)?;
        let mut request = request.body(Full::from(message.to_string()))?;
        *request.uri_mut() = target.path().parse()?;
        let (head, body) = Http::new(&self.dialer, target).send_once(request).await?.into_parts();
        // The stream is read to its end, so that the server has done what was asked of it.
        let _ = peta_dial::read(body, 1 << 20).await;
        Ok((head.status.as_u16(), head.headers))
    }
}

fn fresh() -> Outcome<Fresh> {
    let mut random = [0; 32];
    SystemRandom::new().fill(&mut random).map_err(|_| "no random bytes")?;
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH)?.as_micros();
    Ok(Fresh::new(Moment::from_micros(i64::try_from(now)?), random))
}
