use super::*;

fn spec(to: &str) -> SinkSpec {
    let to: peta_model::SinkUrl = to.parse().unwrap();
    SinkSpec {
        format: usual_format(to.kind()),
        to,
        private: false,
        filter: peta_store::SinkFilter::default(),
        headers: Vec::new(),
        user: None,
        region: None,
        ack: false,
        ca: None,
    }
}

fn with_header(to: &str, name: &str, value: &str) -> SinkSpec {
    SinkSpec { headers: vec![(name.to_owned(), value.to_owned())], ..spec(to) }
}

fn with_user(to: &str) -> SinkSpec {
    SinkSpec { user: Some("u".to_owned()), ..spec(to) }
}

fn checked(spec: &SinkSpec, secret: bool) -> Result<(), &'static str> {
    check(spec, secret, &Dialer::new(peta_dial::Config::default()).unwrap()).map_err(|unfit| unfit.field)
}

#[test]
fn each_kind_as_the_guide_has_it() {
    let fit = [
        (spec("file:/var/log/peta.jsonl"), false),
        (spec("stdout:"), false),
        (spec("syslog://10.0.0.7:601"), false),
        (spec("syslog+tls://logs.example.com:6514"), false),
        (spec("otlp+http://collector.internal:4318/v1/logs"), false),
        (with_header("otlp+https://otel.example/v1/logs", "X-Api-Key", "{}"), true),
        (with_header("otlp+https://otel.example/v1/logs", "X-Scope-OrgID", "a"), false),
        (SinkSpec { ack: true, ..spec("splunk+https://splunk.example:8088") }, true),
        (spec("elastic+https://search.example:9200/peta"), false),
        (with_user("elastic+https://search.example:9200/peta"), true),
        (with_header("elastic+https://search.example/peta", "Authorization", "ApiKey {}"), true),
        (spec("webhook+https://hooks.example/in?a=b"), true),
        (spec("webhook+http://127.0.0.1:9/in"), true),
        (spec("webhook+http://[::1]:9/in"), true),
        (SinkSpec { region: Some("r".into()), ..with_user("s3+https://s3.example/bucket/a/b") }, true),
    ];
    for (spec, secret) in fit {
        assert_eq!(checked(&spec, secret), Ok(()), "{spec:?}");
    }
}

#[test]
fn what_fits_no_kind_is_refused_by_its_field() {
    let ca = |to: &str| SinkSpec { ca: Some("-----BEGIN".into()), ..spec(to) };
    let unfit = [
        (spec("file:/x"), true, "secret"),
        (spec("syslog://h:1"), true, "secret"),
        (spec("splunk+https://s.example"), false, "secret"),
        (spec("webhook+https://h.example"), false, "secret"),
        (spec("s3+https://s.example/b"), true, "user"),
        (spec("otlp+https://o.example/v1/logs"), true, "secret"),
        (with_user("otlp+https://o.example/v1/logs"), false, "secret"),
        (with_header("elastic+https://o.example/i", "X-Key", "{} {}"), true, "headers"),
        (with_header("webhook+https://o.example/i", "X-Key", "{}"), true, "headers"),
        (with_header("syslog://h:1", "X", "y"), false, "headers"),
        // A secret goes nowhere in the clear but on this machine.
        (spec("webhook+http://10.0.0.1/in"), true, "to"),
        (spec("splunk+http://splunk.internal:8088"), true, "to"),
        // Nor stands where everybody sees it.
        (with_header("otlp+https://o.example/v1/logs", "Authorization", "Bearer abc"), false, "headers"),
        (with_header("otlp+https://o.example/v1/logs", "X-Api-Key", "abc"), false, "headers"),
        (with_header("splunk+https://o.example", "Authorization", "x"), true, "headers"),
        (with_header("webhook+https://o.example/i", "Webhook-Id", "1"), true, "headers"),
        (with_header("webhook+https://o.example/i", "Host", "x"), true, "headers"),
        (with_header("webhook+https://o.example/i", "X", "a\r\nb: c"), true, "headers"),
        (with_header("webhook+https://o.example/i", "a b", "c"), true, "headers"),
        (spec("syslog://h"), false, "to"),
        (spec("syslog://h:1/x"), false, "to"),
        (spec("splunk+https://s.example/x"), true, "to"),
        (spec("elastic+https://s.example"), false, "to"),
        (spec("elastic+https://s.example/a?b"), false, "to"),
        // Where nobody may be dialled: T48.
        (spec("otlp+http://169.254.169.254/v1/logs"), false, "to"),
        (spec("otlp+http://2130706433/v1/logs"), false, "to"),
        (spec("otlp+http://user@h.example/v1/logs"), false, "to"),
        (ca("syslog://h:1"), false, "ca"),
        (ca("syslog+tls://h.example:1"), false, "ca"),
        (SinkSpec { ack: true, ..spec("stdout:") }, false, "ack"),
        (SinkSpec { region: Some("r".into()), ..spec("stdout:") }, false, "region"),
        (with_user("webhook+https://o.example/i"), true, "user"),
        (SinkSpec { user: Some("a:b".into()), ..spec("elastic+https://o.example/i") }, true, "user"),
        (SinkSpec { format: Format::Cef, ..spec("elastic+https://s.example/i") }, false, "format"),
    ];
    for (spec, secret, field) in unfit {
        assert_eq!(checked(&spec, secret), Err(field), "{spec:?}");
    }
}
