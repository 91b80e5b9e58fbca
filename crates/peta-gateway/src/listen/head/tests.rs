use super::*;

fn accepts(value: &str) -> (bool, bool) {
    let mut headers = HeaderMap::new();
    headers.insert(header::ACCEPT, value.parse().unwrap());
    let accept = Accept::read(&headers);
    (accept.json, accept.events)
}

#[test]
fn accept_is_read_as_the_standard_says() {
    assert_eq!(Accept::read(&HeaderMap::new()), Accept { json: true, events: true });
    assert_eq!(accepts("application/json, text/event-stream"), (true, true));
    assert_eq!(accepts("*/*"), (true, true));
    assert_eq!(accepts("Application/JSON;q=0.9"), (true, false));
    assert_eq!(accepts("application/json;q=0, text/event-stream"), (false, true));
    assert_eq!(accepts("text/html"), (false, false));
    assert_eq!(accepts("text/event-stream;q=0.0, application/json"), (true, false));
}

#[test]
fn content_type_is_one_and_json() {
    let mut headers = HeaderMap::new();
    assert!(!is_json(&headers));
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json; charset=utf-8"));
    assert!(is_json(&headers));
    headers.append(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    assert!(!is_json(&headers));
}
