use super::*;

#[test]
fn every_kind_is_named_by_its_scheme_and_written_as_it_was_read() {
    let all = [
        ("file:/var/log/peta events.jsonl", SinkKind::File, false),
        ("stdout:", SinkKind::Stdout, false),
        ("syslog://logs.internal:601", SinkKind::Syslog, false),
        ("syslog+tls://logs.example:6514", SinkKind::Syslog, true),
        ("otlp+http://127.0.0.1:4318/v1/logs", SinkKind::Otlp, false),
        ("otlp+https://otel.example/v1/logs", SinkKind::Otlp, true),
        ("splunk+https://splunk.example:8088", SinkKind::Splunk, true),
        ("elastic+https://search.example:9200/peta", SinkKind::Elastic, true),
        ("webhook+https://hooks.example/in?a=b", SinkKind::Webhook, true),
        ("s3+https://s3.example/bucket/prefix", SinkKind::S3, true),
    ];
    for (text, kind, tls) in all {
        let url: SinkUrl = text.parse().unwrap();
        assert_eq!((url.kind(), url.is_tls(), url.to_string().as_str()), (kind, tls, text));
    }
    let url: SinkUrl = "splunk+https://splunk.example:8088".parse().unwrap();
    assert_eq!(url.address(), "https://splunk.example:8088");
    assert_eq!("file:/a b".parse::<SinkUrl>().unwrap().path(), "/a b");
}

#[test]
fn what_is_none_is_told_why() {
    let why = |text: &str| text.parse::<SinkUrl>().unwrap_err();
    for text in ["", "x", "https://a.example", "SYSLOG://a:1", "syslog:a:1", "udp+syslog://a", "webhook+https:/a"] {
        assert_eq!(why(text), SinkUrlError::Scheme, "{text}");
    }
    assert_eq!(why("file:relative"), SinkUrlError::Path);
    assert_eq!(why("file:/folder/"), SinkUrlError::Path);
    assert_eq!(why("stdout:x"), SinkUrlError::Stdout);
    assert_eq!(why("file:/a\nb"), SinkUrlError::Characters);
    assert_eq!(why("syslog://a b:1"), SinkUrlError::Characters);
    assert_eq!(why(&format!("file:/{}", "a".repeat(3_000))), SinkUrlError::Characters);
}
