use peta_model::{Code, HttpMode};
use serde_json::{Value, json};

use super::*;

fn url() -> Transport {
    Transport::Http { url: "https://x/".to_owned(), mode: HttpMode::Auto }
}

fn command() -> Transport {
    Transport::Stdio { command: "x".to_owned(), args: Vec::new(), env: Vec::new() }
}

fn tried(told: Value, transport: &Transport) -> Result<Delivery, String> {
    read(serde_json::from_value(told).unwrap(), transport).map_err(|fault| {
        assert_eq!(fault.code(), Code::SECRET_UNFIT);
        fault.shown().field.unwrap()
    })
}

fn header(name: &str, template: &str) -> Value {
    json!({ "header": { "name": name, "template": template } })
}

#[test]
fn each_delivery_has_its_servers() {
    let of_urls = [
        header("Authorization", "Bearer {}"),
        json!({ "query": "api_key" }),
        json!({ "cookie": "session" }),
        json!({ "basic": { "user": "ada" } }),
    ];
    let of_commands = [json!({ "env": "TOKEN" }), json!({ "fd": "TOKEN_FD" }), json!({ "file": "_TOKEN_FILE2" })];
    for told in of_urls {
        let delivery = tried(told.clone(), &url()).unwrap();
        assert_eq!(serde_json::to_value(shown(&delivery)).unwrap(), told);
        assert_eq!(tried(told, &command()).unwrap_err(), "delivery");
    }
    for told in of_commands {
        let delivery = tried(told.clone(), &command()).unwrap();
        assert_eq!(serde_json::to_value(shown(&delivery)).unwrap(), told);
        assert_eq!(tried(told, &url()).unwrap_err(), "delivery");
    }
}

#[test]
fn names_and_templates_are_checked() {
    for name in ["", "a b", "a:b", "Host", "CONTENT-length", "Mcp-Session-Id", "té", "a\n"] {
        assert_eq!(tried(header(name, "{}"), &url()).unwrap_err(), "delivery.header.name", "{name}");
    }
    for template in ["", "Bearer", "{} {}", "Bearer {} ", "\u{e9} {}", "a\r\nb: {}", " {}"] {
        assert_eq!(tried(header("X-Key", template), &url()).unwrap_err(), "delivery.header.template", "{template}");
    }
    for query in ["", "a&b", "a=b", "a b", "a#"] {
        assert_eq!(tried(json!({ "query": query }), &url()).unwrap_err(), "delivery.query", "{query}");
    }
    for cookie in ["", "a=b", "a;b", "a b"] {
        assert_eq!(tried(json!({ "cookie": cookie }), &url()).unwrap_err(), "delivery.cookie", "{cookie}");
    }
    for user in ["a:b", "a\n"] {
        assert_eq!(tried(json!({ "basic": { "user": user } }), &url()).unwrap_err(), "delivery.basic.user");
    }
    for variable in ["", "1A", "A-B", "PATH", "HOME", "LD_PRELOAD", "A=B", "\u{c4}"] {
        assert_eq!(tried(json!({ "env": variable }), &command()).unwrap_err(), "delivery.env", "{variable}");
    }
    assert!(serde_json::from_value::<Told>(json!({ "env": "A", "fd": "B" })).is_err(), "one only");
}

#[test]
fn secrets_fit_where_they_go() {
    let fits = |delivery: &Delivery, secret: &str| match check_secret(delivery, secret) {
        Ok(()) => true,
        Err(fault) => {
            assert_eq!(fault.code(), Code::SECRET_UNFIT);
            let detail = fault.shown().detail;
            assert!(!detail.contains("hunter2"), "{detail}");
            false
        }
    };
    let header = Delivery::Header { name: "X".to_owned(), template: "{}".to_owned() };
    let (query, cookie) = (Delivery::Query { name: "k".to_owned() }, Delivery::Cookie { name: "c".to_owned() });
    let basic = Delivery::Basic { user: "u".to_owned() };
    let variable = "V".to_owned();
    let (env, file) = (Delivery::Env { variable: variable.clone() }, Delivery::File { variable });
    for (secret, good) in [
        ("hunter2", [true; 6]),
        ("hunter2 x\ty", [true, true, false, false, true, true]),
        ("hunter2\n", [false, true, false, false, true, true]),
        ("hunter2\u{e9}", [false, true, false, true, true, true]),
        ("hunter2\0", [false, true, false, false, false, true]),
        ("hunter2;\"", [true, true, false, true, true, true]),
        (" hunter2", [false, true, false, true, true, true]),
    ] {
        let found = [&header, &query, &cookie, &basic, &env, &file].map(|delivery| fits(delivery, secret));
        assert_eq!(found, good, "{secret:?}");
    }
}
