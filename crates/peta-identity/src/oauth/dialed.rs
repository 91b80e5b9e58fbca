//! Fetching over the guarded dialer. The one file of this crate that is not pure. Each hop is resolved, checked and
//! pinned by the dialer, on a connection of its own that nobody keeps: what its buffers hold goes with it.

use std::time::Duration;

use bytes::Bytes;
use http::{HeaderValue, Method, Request, Response, header};
use http_body_util::Full;
use peta_dial::{Answer, BodyError, Dialer, Http, HttpError, Reach};
use tokio::time::timeout;
use zeroize::Zeroizing;

use super::{
    fetch::{Ask, Fetch, FetchError, Fetching, Reply},
    place::{Bounds, Place, PlaceError},
};

/// For a request with all its redirects and the whole answer.
const WITHIN: Duration = Duration::from_secs(10);

/// The way to servers of metadata and tokens.
#[derive(Debug, Clone)]
pub struct Dialed {
    dialer: Dialer,
    within: Duration,
}

impl Dialed {
    pub fn new(dialer: Dialer) -> Self {
        Self { dialer, within: WITHIN }
    }

    /// With another time for a request.
    pub fn within(self, within: Duration) -> Self {
        Self { within, ..self }
    }

    async fn follow(&self, ask: Ask) -> Result<Reply, FetchError> {
        let mut place = ask.place.clone();
        for _ in 0..=ask.purpose.redirects() {
            let answer = self.once(&place, &ask).await?;
            if !answer.status().is_redirection() {
                return read(answer, ask.purpose.limit()).await;
            }
            place = hop(&place, &answer, ask.bounds)?;
        }
        Err(FetchError::Redirected)
    }

    async fn once(&self, place: &Place, ask: &Ask) -> Result<Response<Answer>, FetchError> {
        // The dialer knows names that mean private addresses here, which the URL alone does not tell.
        let target = match ask.bounds {
            Bounds::Private => self.dialer.target(place.text()).map_err(PlaceError::from)?,
            Bounds::Public => place.target().clone(),
        };
        if target.reach() == Reach::Private && ask.bounds == Bounds::Public {
            return Err(PlaceError::Private.into());
        }
        let request = request(target.path(), ask).ok_or(FetchError::Broken)?;
        Http::new(&self.dialer, target).send_once(request).await.map_err(|error| match error {
            HttpError::Dial(error) => error.into(),
            HttpError::Redirected => FetchError::Redirected,
            HttpError::Broken | HttpError::Request => FetchError::Broken,
        })
    }
}

impl Fetch for Dialed {
    fn fetch(&self, ask: Ask) -> Fetching<'_> {
        Box::pin(async move { timeout(self.within, self.follow(ask)).await.unwrap_or(Err(FetchError::Slow)) })
    }

    fn bounds(&self, server: &Place) -> Bounds {
        self.dialer.target(server.text()).map_or(Bounds::Public, |target| Bounds::of(&target))
    }
}

fn request(path: &str, ask: &Ask) -> Option<Request<Full<Bytes>>> {
    let mut request = Request::builder()
        .method(if ask.body.is_some() { Method::POST } else { Method::GET })
        .uri(path)
        .header(header::ACCEPT, "application/json")
        .header(header::USER_AGENT, "peta");
    if let Some(secret) = &ask.authorization {
        let mut value = HeaderValue::from_str(secret.reveal()).ok()?;
        value.set_sensitive(true);
        request = request.header(header::AUTHORIZATION, value);
    }
    let body = match &ask.body {
        Some(body) => {
            request = request.header(header::CONTENT_TYPE, body.media);
            Bytes::copy_from_slice(body.text.reveal().as_bytes())
        }
        None => Bytes::new(),
    };
    request.body(Full::new(body)).ok()
}

/// Where a redirect leads: to the same scheme, and through the same checks as the first place.
fn hop(from: &Place, answer: &Response<Answer>, bounds: Bounds) -> Result<Place, FetchError> {
    let location = answer.headers().get(header::LOCATION).and_then(|value| value.to_str().ok());
    let target = location.and_then(|location| from.target().refer(location).ok()).ok_or(FetchError::Redirected)?;
    if target.is_tls() != from.target().is_tls() {
        return Err(FetchError::Redirected);
    }
    Ok(from.refer(&target.to_string(), bounds)?)
}

async fn read(answer: Response<Answer>, limit: usize) -> Result<Reply, FetchError> {
    let status = answer.status().as_u16();
    let media = answer.headers().get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let media = media.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    let body = peta_dial::read(answer.into_body(), limit).await.map_err(|error| match error {
        BodyError::TooLarge { limit } => FetchError::TooLarge(limit),
        BodyError::Broken => FetchError::Broken,
    })?;
    Ok(Reply { status, media, body: Zeroizing::new(body.to_vec()) })
}
