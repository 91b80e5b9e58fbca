//! Refusals of the edge, before either wing is asked: problem details (RFC 9457) with a stable code.

use axum::body::Body;
use http::{HeaderValue, Response, StatusCode, header};
use peta_model::Code;

/// What the edge answers when it refuses.
pub(crate) fn refusal(code: Code) -> Response<Body> {
    let status = status_of(code);
    let body = serde_json::json!({
        "type": code.help(),
        "title": code.title(),
        "status": status.as_u16(),
        "code": code.as_str(),
        "help": code.help(),
    });
    let mut response = Response::new(Body::from(body.to_string()));
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    if code == Code::DRAINING {
        // Whoever comes back should come on a connection to the next Core.
        headers.insert(header::CONNECTION, HeaderValue::from_static("close"));
        headers.insert(header::RETRY_AFTER, HeaderValue::from_static("5"));
    }
    response
}

fn status_of(code: Code) -> StatusCode {
    match code {
        Code::HOST_REFUSED | Code::ORIGIN_REFUSED => StatusCode::FORBIDDEN,
        Code::NO_ENDPOINT => StatusCode::NOT_FOUND,
        Code::METHOD_NOT_ALLOWED => StatusCode::METHOD_NOT_ALLOWED,
        Code::OVER_LIMIT => StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE,
        Code::TOO_MANY_GUESSES => StatusCode::TOO_MANY_REQUESTS,
        Code::DRAINING => StatusCode::SERVICE_UNAVAILABLE,
        _ => StatusCode::BAD_REQUEST,
    }
}
