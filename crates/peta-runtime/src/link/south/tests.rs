use super::*;

fn header(parent: &str) -> Option<String> {
    let text = format!(r#"{{"id":1,"method":"m","params":{{"_meta":{{"traceparent":{parent}}}}}}}"#);
    trace_of(&text.into()).map(|value| value.to_str().unwrap().to_owned())
}

#[test]
fn a_trace_goes_into_the_head_and_nothing_else_does() {
    let parent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
    assert_eq!(header(&format!("\"{parent}\"")).as_deref(), Some(parent));
    for odd in ["5", "\"\"", "\"00-0AF7651916CD43DD8448EB211C80319C-b7ad6b7169203331-01\"", "\"00\\r\\nx: y\""] {
        assert_eq!(header(odd), None, "{odd}");
    }
    assert_eq!(trace_of(&Bytes::from_static(br#"{"params":{"arguments":{"traceparent":"x"}}}"#)), None);
}
