//! The steps of a connection, as Core takes them.

use http::{Request, header};
use http_body_util::Full;
use peta_dial::{Config, Dialer, Http};
use peta_identity::oauth::{
    Begun, Callback, Client, Connect, Dialed, Error, Found, Fresh, Given, Grant, Registrant, Scopes, begin, discover,
    finish, register,
};
use peta_model::Moment;

use crate::peer::pairs;

pub(crate) const BACK: &str = "http://127.0.0.1:7382/oauth/callback";

pub(crate) fn dialed() -> Dialed {
    Dialed::new(Dialer::new(Config::default()).unwrap())
}

pub(crate) fn us() -> Registrant {
    Registrant { name: "Peta".to_owned(), redirect_uri: BACK.to_owned(), document: None }
}

pub(crate) fn fresh(seconds: i64) -> Fresh {
    Fresh::new(Moment::from_micros(seconds * 1_000_000), [u8::try_from(seconds % 251).unwrap(); 32])
}

pub(crate) fn ada() -> Connect {
    Connect { id: [1; 16], user: "ada".to_owned() }
}

/// Found and registered, with a client that an administrator entered if there is one.
pub(crate) async fn introduced(server_url: &str, given: Option<&Given>) -> Result<(Found, Client), Error> {
    let found = discover(&dialed(), server_url, None, None).await?;
    let client = register(&dialed(), &found, &us(), given, None, fresh(0).now).await?;
    Ok((found, client))
}

/// A connection from its beginning to its end.
pub(crate) async fn connected(found: &Found, client: &Client, scopes: Option<&Scopes>) -> Result<Grant, Error> {
    let begun = begin(found, client, scopes, ada(), &fresh(100))?;
    let callback = browse(&begun).await?;
    assert_eq!(callback.lookup(), begun.pending.lookup());
    finish(&dialed(), begun.pending, client, callback, &ada(), &fresh(130)).await
}

/// Opens the URL as a browser would, and comes back with what it is sent back with.
pub(crate) async fn browse(begun: &Begun) -> Result<Callback, Error> {
    let dialer = Dialer::new(Config::default()).unwrap();
    let target = dialer.target(&begun.url).unwrap();
    let request = Request::get(target.path()).body(Full::default()).unwrap();
    let answer = Http::new(&dialer, target).send_once(request).await.unwrap();
    let to = answer.headers()[header::LOCATION].to_str().unwrap();
    let (place, query) = to.split_once('?').unwrap();
    assert!(place.starts_with(BACK), "{place}");
    Callback::read(place, query)
}

/// A parameter of a URL's query.
pub(crate) fn parameter(url: &str, name: &str) -> Option<String> {
    let query = url.split_once('?').unwrap().1;
    pairs(query).into_iter().find(|(known, _)| known == name).map(|(_, value)| value)
}
