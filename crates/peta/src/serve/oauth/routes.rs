//! What is open to all, for browsers: the page of a link, the way back from an authorization server, and the document that
//! says who Peta is. Nobody is signed in here: a link is a secret of 256 bits, and the way back is for the browser that
//! went.

use std::sync::Arc;

use axum::{
    Router,
    extract::{Path, State},
    response::{IntoResponse as _, Response},
    routing::get,
};
use http::{HeaderMap, HeaderValue, StatusCode, Uri, header};
use peta_admin::Admin;
use peta_audit::{Ending, Intent};
use peta_identity::oauth;
use peta_model::{EventId, Outcome};
use peta_store::{CredentialEntry, Link, LinkStage};
use serde_json::json;

use super::{
    clerk::Clerk,
    pages::{self, Ask},
    trouble::Trouble,
};
use crate::serve::senses;

type Desk = State<Arc<(Clerk, Admin)>>;

/// The routes.
pub(in crate::serve) fn routes(clerk: Clerk, admin: Admin) -> Router {
    Router::new()
        .route("/connect/{id}", get(show).post(go))
        .route("/oauth/callback", get(back))
        .route("/oauth/callback/{tag}", get(back))
        .route("/oauth/client.json", get(document))
        .method_not_allowed_fallback(async || crate::edge::refusal(peta_model::Code::METHOD_NOT_ALLOWED))
        .with_state(Arc::new((clerk, admin)))
}

async fn show(State(desk): Desk, Path(id): Path<String>) -> Response {
    let clerk = &desk.0;
    let shown = async {
        let link = clerk.waiting(&id).await?;
        let (_, asked, server) = clerk.entry(link.credential)?;
        let origin = server.spec.origin();
        Ok(pages::ask(&Ask {
            server: server.spec.name.as_str(),
            origin: &origin,
            whose: link.person.as_deref().unwrap_or("everybody whom an administrator lets use it"),
            issuer: asked.granted.as_ref().map(|granted| granted.issuer.as_str()).or(asked.issuer.as_deref()),
            scopes: link.scopes.as_deref().or(asked.scopes.as_deref()),
            held: link.administrator.is_none(),
        }))
    };
    shown.await.unwrap_or_else(|trouble: Trouble| pages::trouble(&trouble)).into_response()
}

async fn go(State(desk): Desk, Path(id): Path<String>) -> Response {
    let clerk = &desk.0;
    // The link is used from here on, whatever comes of it.
    let link = match clerk.use_link(&id).await {
        Ok(link) => link,
        Err(trouble) => return pages::trouble(&trouble).into_response(),
    };
    match clerk.begin(&link).await {
        Ok(going) => {
            let secure = if clerk.public().starts_with("https://") { "; Secure" } else { "" };
            let cookie = format!(
                "{}={}; Path=/oauth/callback; Max-Age=600; HttpOnly; SameSite=Lax{secure}",
                cookie_name(&link),
                going.cookie
            );
            sent_on(&going.url, &cookie).unwrap_or_else(|| pages::trouble(&Trouble::unknown()).into_response())
        }
        Err(trouble) => {
            tracing::warn!(credential = %link.credential, code = %trouble.code, "a connection cannot begin: {trouble}");
            let why = Some((trouble.code.to_string(), trouble.text.clone()));
            if let Err(error) = clerk.store().end_link(link.hash, LinkStage::Failed, why).await {
                tracing::warn!(%error, "how a connection ended cannot be noted");
            }
            pages::trouble(&trouble).into_response()
        }
    }
}

fn sent_on(url: &str, cookie: &str) -> Option<Response> {
    let mut response = StatusCode::SEE_OTHER.into_response();
    let headers = response.headers_mut();
    headers.insert(header::LOCATION, HeaderValue::from_str(url).ok()?);
    headers.insert(header::SET_COOKIE, HeaderValue::from_str(cookie).ok()?);
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(header::REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    Some(response)
}

async fn back(State(desk): Desk, uri: Uri, headers: HeaderMap) -> Response {
    // In a task of its own: a code serves once, and what it brings must be kept though the browser goes away.
    let done = tokio::spawn(async move {
        let (clerk, admin) = &*desk;
        let place = format!("{}{}", clerk.public(), uri.path());
        let query = uri.query().unwrap_or_default();
        let cookie = |link: &Link| cookie_of(&headers, &cookie_name(link));
        match clerk.come_back(&place, query, cookie).await {
            Ok(entry) => {
                let server = clerk.entry(entry.id).map(|(_, _, server)| server.spec.name.clone());
                record(clerk, &entry, Ending::of(Outcome::Ok)).await;
                peta_admin::reopen_connected(admin, &entry).await;
                let name = server.as_ref().map_or("the server", |name| name.as_str());
                pages::done(name, entry.held.then(|| entry.name.as_str())).into_response()
            }
            Err(trouble) => {
                tracing::warn!(code = %trouble.code, "a connection came to nothing: {trouble}");
                pages::trouble(&trouble).into_response()
            }
        }
    });
    done.await.unwrap_or_else(|_| pages::trouble(&Trouble::unknown()).into_response())
}

async fn document(State(desk): Desk) -> Response {
    let clerk = &desk.0;
    match oauth::client_document(clerk.us()) {
        Ok(text) => ([(header::CONTENT_TYPE, "application/json")], text).into_response(),
        Err(_) => crate::edge::refusal(peta_model::Code::NO_ENDPOINT).into_response(),
    }
}

/// One cookie for each link: two connections in one browser do not end each other.
fn cookie_name(link: &Link) -> String {
    let start: String = link.hash.iter().take(8).map(|byte| format!("{byte:02x}")).collect();
    format!("peta_connect_{start}")
}

fn cookie_of(headers: &HeaderMap, name: &str) -> Option<String> {
    let pairs = headers.get_all(header::COOKIE).iter().filter_map(|value| value.to_str().ok());
    let mut pairs = pairs.flat_map(|value| value.split(';')).filter_map(|pair| pair.trim().split_once('='));
    pairs.find(|(known, _)| *known == name).map(|(_, value)| value.to_owned())
}

/// Somebody connected: no administrator's act, but on record.
async fn record(clerk: &Clerk, entry: &CredentialEntry, ending: Ending) {
    let person = entry.owner.person();
    let granted = entry.oauth.as_ref().and_then(|oauth| oauth.granted.clone());
    let detail = json!({
        "credential": entry.name, "owner": entry.owner, "person": person, "held": entry.held, "version": entry.version,
        "issuer": granted.as_ref().map(|granted| &granted.issuer),
        "scopes": granted.as_ref().and_then(|granted| granted.scopes.as_ref()),
    });
    let id = EventId::from_bytes(senses::random());
    let server = clerk.entry(entry.id).ok().map(|(_, _, server)| server.spec.name.clone());
    let concerns = person.map(str::to_owned);
    let intent =
        Intent { server, concerns, ..Intent::of_core(id, senses::now(), "credential.connected", detail.to_string()) };
    if clerk.store().recorder().whole(intent, ending).await.is_err() {
        tracing::error!(credential = %entry.name, "that somebody connected cannot be recorded");
    }
}
