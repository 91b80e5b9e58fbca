//! What must hold of whatever strangers say to Peta as an OAuth client: servers in their challenges and documents,
//! browsers at the redirect URI; and of what is kept of it. The fuzz targets call these with what they make up, the
//! ordinary tests of `peta-identity` with the committed corpus.
#![allow(dead_code, reason = "each target uses one of these")]

use std::{
    pin::pin,
    task::{Context, Poll, Waker},
};

use peta_identity::oauth::{
    Ask, Bounds, Callback, Challenge, Client, Connect, Fetch, Fetching, Fresh, Grant, Pending, Place, Registrant,
    Reply, begin, discover, finish, hash, register,
};
use peta_model::Moment;
use zeroize::Zeroizing;

const SERVER: &str = "https://mcp.example.com/mcp";
const BACK: &str = "https://peta.example.com/oauth/callback";

/// What is read of a challenge is short and plain; written again it is read as the same, alone and behind another
/// scheme's.
pub(crate) fn challenge(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    let headers: Vec<&str> = text.split('\n').collect();
    let Some(found) = Challenge::find(headers.iter().copied()) else { return };
    assert!(headers.iter().take(16).any(|header| Challenge::find([*header]).as_ref() == Some(&found)), "of one header");
    let quoted = |text: &str| format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""));
    let mut again = String::from("Bearer realm=\"x\"");
    if let Some(url) = &found.resource_metadata {
        assert!(url.len() <= 4_096);
        again += &format!(", resource_metadata={}", quoted(url));
    }
    if let Some(scopes) = &found.scopes {
        again += &format!(", scope={}", quoted(&scopes.join(" ")));
    }
    if let Some(error) = &found.error {
        assert!(error.len() <= 64 && error.bytes().all(|byte| byte.is_ascii_graphic()));
        again += &format!(", error={error}");
    }
    for written in [again.clone(), format!("Negotiate abc==, Basic realm=\"a, Bearer\", {again}")] {
        if written.len() <= 16 << 10 {
            assert_eq!(Challenge::find([written.as_str()]).as_ref(), Some(&found), "{written}");
        }
    }
}

/// What a browser brings is taken only if it says each thing once, by a plain reading of the query.
pub(crate) fn callback(data: &[u8]) {
    let Ok(query) = std::str::from_utf8(data) else { return };
    let read = Callback::read(BACK, query);
    let Ok(callback) = read else { return };
    let pairs: Vec<(Vec<u8>, Vec<u8>)> = query
        .split('&')
        .filter(|pair| !pair.is_empty())
        .map(|pair| pair.split_once('=').unwrap_or((pair, "")))
        .map(|(name, value)| (plain(name), plain(value)))
        .collect();
    let said = |name: &str| pairs.iter().filter(|(said, _)| said == name.as_bytes()).collect::<Vec<_>>();
    for name in ["state", "code", "iss", "error"] {
        assert!(said(name).len() <= 1, "{name} stands twice");
        let twice = format!("{query}&{name}=a&{name}=b");
        assert!(Callback::read(BACK, &twice).is_err(), "{name} may not stand twice");
    }
    let [(_, state)] = said("state")[..] else { panic!("a state") };
    assert!(!state.is_empty() && state.len() <= 512);
    assert_eq!(callback.lookup(), hash(state));
}

fn plain(text: &str) -> Vec<u8> {
    let (mut out, mut rest) = (Vec::new(), text.as_bytes());
    while let [first, after @ ..] = rest {
        rest = after;
        match (first, after) {
            (b'+', _) => out.push(b' '),
            (b'%', [high, low, after @ ..]) => {
                let digit = |byte: u8| char::from(byte).to_digit(16).expect("it was taken") as u8;
                out.push(digit(*high) << 4 | digit(*low));
                rest = after;
            }
            (other, _) => out.push(*other),
        }
    }
    out
}

/// Bytes are of one kind at most; what they say is written and read again as the same.
pub(crate) fn kept(data: &[u8]) {
    let client = Client::from_bytes(data).ok().map(|client| client.to_bytes());
    let pending = Pending::from_bytes(data).ok().map(|pending| pending.to_bytes());
    let grant = Grant::from_bytes(data).ok().map(|grant| grant.to_bytes());
    assert!(usize::from(client.is_some()) + usize::from(pending.is_some()) + usize::from(grant.is_some()) <= 1);
    if let Some(bytes) = client {
        assert_eq!(Client::from_bytes(&bytes).expect("a client").to_bytes(), bytes);
    }
    if let Some(bytes) = pending {
        let again = Pending::from_bytes(&bytes).expect("a connection");
        assert_eq!(again.to_bytes(), bytes);
        assert_ne!(again.lookup(), [0; 32]);
    }
    if let Some(bytes) = grant {
        assert_eq!(Grant::from_bytes(&bytes).expect("a grant").to_bytes(), bytes);
    }
}

/// Four documents of strangers, a line feed between them: of the server, of its authorization server, of a registration,
/// of a token endpoint. Whatever they say, only public places are asked, by https, and what comes of it holds together.
pub(crate) fn metadata(data: &[u8]) {
    reached(data);
}

/// The same; how far it came.
pub(crate) fn reached(data: &[u8]) -> &'static str {
    let stranger = Stranger(data.splitn(4, |byte| *byte == b'\n').map(<[u8]>::to_vec).collect());
    let fresh = Fresh::new(Moment::from_micros(1_800_000_000_000_000), [7; 32]);
    let Ok(found) = now(discover(&stranger, SERVER, None, None)) else { return "nothing" };
    let provider = &found.provider;
    let further = [&provider.authorization_endpoint, &provider.registration_endpoint, &provider.revocation_endpoint];
    for place in further.into_iter().flatten().chain([&provider.token_endpoint]) {
        is_public(place);
    }
    let server = Place::server(SERVER).expect("a URL");
    assert!(Place::server(&found.resource).expect("a URL").holds(&server), "tokens are for this server");
    let us = Registrant { name: "Peta".to_owned(), redirect_uri: BACK.to_owned(), document: None };
    let Ok(client) = now(register(&stranger, &found, &us, None, None, fresh.now)) else { return "a server" };
    assert_eq!(client.issuer, provider.issuer);
    kept(&client.to_bytes());
    let connect = Connect { id: [1; 16], user: "ada".to_owned() };
    let Ok(begun) = begin(&found, &client, found.scopes.as_ref(), connect.clone(), &fresh) else { return "a client" };
    is_public(&Place::server(&begun.url).expect("a URL"));
    assert!(provider.pkce && begun.url.bytes().all(|byte| byte.is_ascii_graphic()));
    kept(&begun.pending.to_bytes());
    // Ours stands last, whatever the endpoint's own query says.
    let (_, state) = begun.url.rsplit_once("&state=").expect("a state");
    let state = state.split('&').next().unwrap_or_default();
    let mut query = format!("state={state}&code=c");
    query += &format!("&iss={}", provider.issuer.bytes().map(|byte| format!("%{byte:02x}")).collect::<String>());
    let callback = Callback::read(&client.redirect_uri, &query).expect("what Peta itself began");
    assert_eq!(callback.lookup(), begun.pending.lookup());
    let granted = now(finish(&stranger, begun.pending, &client, callback, &connect, &fresh));
    let Ok(grant) = granted else { return "a link" };
    assert!(grant.access.reveal().bytes().all(|byte| byte.is_ascii_graphic()), "it goes into a header");
    assert!(grant.expires.is_none_or(|expires| expires > grant.issued) && found.knows(&grant));
    kept(&grant.to_bytes());
    "a grant"
}

/// Answers each question with its document, and sees to it where questions go.
struct Stranger(Vec<Vec<u8>>);

impl Fetch for Stranger {
    fn fetch(&self, ask: Ask) -> Fetching<'_> {
        is_public(&ask.place);
        let number = match &ask.body {
            None if ask.place.text().contains("oauth-protected-resource") => 0,
            None => 1,
            Some(body) if body.media == "application/json" => 2,
            Some(_) => 3,
        };
        let body = Zeroizing::new(self.0.get(number).cloned().unwrap_or_default());
        let status = if body.is_empty() { 404 } else { 200 };
        Box::pin(async move { Ok(Reply { status, media: "application/json".to_owned(), body }) })
    }
}

fn is_public(place: &Place) {
    assert!(Place::named(place.text(), Bounds::Public).is_ok(), "it leads to {place}");
}

/// The engine waits for nothing but answers, and these are there.
fn now<T>(future: impl Future<Output = T>) -> T {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(value) => value,
        Poll::Pending => panic!("it waits for something else"),
    }
}
