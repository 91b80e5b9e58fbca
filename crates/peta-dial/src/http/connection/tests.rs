use super::*;

/// A kept connection of one version may turn out closed, and the request go out on a new one of the other.
#[tokio::test]
async fn a_request_has_the_form_of_whatever_it_goes_out_on() {
    let (one, _there) = tokio::io::duplex(64 << 10);
    let (one, _connection) = http1::handshake(TokioIo::new(one)).await.unwrap();
    let (many, _there) = tokio::io::duplex(64 << 10);
    let (many, _connection) = http2::handshake(TokioExecutor::new(), TokioIo::new(many)).await.unwrap();
    let (one, many) = (Connection::One(one), Connection::Many(many));
    let target = Target::parse("https://example.com:8443/elsewhere").unwrap();
    let host = HeaderValue::from_static("example.com:8443");
    let mut request = Request::post("/mcp?x=1").body(Full::default()).unwrap();
    for _ in 0..2 {
        many.shape(&mut request, &target, &host).unwrap();
        assert_eq!(request.uri(), "https://example.com:8443/mcp?x=1");
        assert_eq!(request.headers().get(header::HOST), None);
        one.shape(&mut request, &target, &host).unwrap();
        assert_eq!(request.uri(), "/mcp?x=1");
        assert_eq!(request.headers().get(header::HOST), Some(&host));
    }
}
