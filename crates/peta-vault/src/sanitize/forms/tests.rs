use super::*;

fn of(secret: &[u8]) -> Forms {
    forms(&Secret { bytes: secret, user: None, header: None }).unwrap()
}

fn has(forms: &Forms, kind: FormKind, text: &str) -> bool {
    forms.iter().any(|form| form.kind() == kind && form.reveal() == text.as_bytes())
}

#[test]
fn each_encoding_is_there() {
    let secret = "sk~9aX2vQ7L\"mT\\4c/+é";
    let made = of(secret.as_bytes());
    assert_eq!(made.weak(), None);
    for (kind, text) in [
        (FormKind::Raw, secret),
        (FormKind::JsonEscaped, "sk~9aX2vQ7L\\\"mT\\\\4c/+é"),
        (FormKind::Base64, "c2t+OWFYMnZRN0wibVRcNGMvK8Op"),
        (FormKind::Base64Url, "c2t-OWFYMnZRN0wibVRcNGMvK8Op"),
        (FormKind::Hex, "736b7e396158327651374c226d545c34632f2bc3a9"),
        (FormKind::Hex, "736B7E396158327651374C226D545C34632F2BC3A9"),
        (FormKind::Percent, "sk~9aX2vQ7L%22mT%5C4c%2F%2B%C3%A9"),
        (FormKind::Percent, "sk~9aX2vQ7L%22mT%5c4c%2f%2b%c3%a9"),
        (FormKind::Percent, "sk%7E9aX2vQ7L%22mT%5C4c%2F%2B%C3%A9"),
        (FormKind::Percent, "%73%6B%7E%39%61%58%32%76%51%37%4C%22%6D%54%5C%34%63%2F%2B%C3%A9"),
    ] {
        assert!(has(&made, kind, text), "{kind:?} {text}");
    }
    assert!(made.iter().all(|form| form.class() == Class::Long && !form.is_quoted()));
}

#[test]
fn each_form_is_there_once() {
    for secret in ["sk_live_9aX2vQ7LmT4c", "Zq8!fT3w#p", "hunter2", "4929710358261947"] {
        let made = of(secret.as_bytes());
        let list: Vec<_> = made.iter().map(|form| (form.class(), form.is_quoted(), form.reveal())).collect();
        let distinct: std::collections::BTreeSet<_> = list.iter().collect();
        assert_eq!(distinct.len(), list.len(), "{secret}");
    }
}

#[test]
fn a_short_one_has_a_class_of_its_own() {
    let made = of(b"Zq8!fT3w#p");
    assert_eq!(made.weak(), None);
    let class = |kind| made.iter().find(|form| form.kind() == kind).unwrap().class();
    assert_eq!((class(FormKind::Raw), class(FormKind::Hex)), (Class::Short, Class::Long));
}

#[test]
fn weak_ones_are_whole_strings_and_told_of() {
    for (secret, weak) in [
        ("hunter2", Weak::Short),
        ("password", Weak::Guessable),
        ("aaaaaaaaaaaaaaaaaaaa", Weak::Guessable),
        ("0123456789", Weak::Guessable),
        ("abababababababab", Weak::Guessable),
        ("Main Street", Weak::Guessable),
    ] {
        let made = of(secret.as_bytes());
        assert_eq!(made.weak(), Some(weak), "{secret}");
        assert!(made.iter().all(|form| form.class() == Class::Whole || form.is_quoted()), "{secret}");
    }
    for secret in ["sk_live_9aX2vQ7LmT4c", "Zq8!fT3w#p", "4929710358261947", "f3a9c17be2d04458"] {
        assert_eq!(of(secret.as_bytes()).weak(), None, "{secret}");
    }
}

#[test]
fn a_long_one_is_looked_for_in_pieces() {
    let long: String = (0..120_u32).map(|number| format!("{:06x}", number.wrapping_mul(2_654_435_761) >> 8)).collect();
    let made = of(long.as_bytes());
    assert!(made.iter().all(|form| form.reveal().len() <= 64 * 3), "no form of the whole");
    // However a window of twice the stride lies, a whole piece is in it.
    for start in 0..long.len() - 124 {
        let part = &long.as_bytes()[start..start + 124];
        let held = |form: &Form| memchr::memmem::find(part, form.reveal()).is_some();
        assert!(made.iter().any(|form| form.kind() == FormKind::Raw && held(form)), "from {start}");
    }
}

#[test]
fn documents_are_looked_for_by_their_leaves() {
    let line = "MIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSjAgEAAoIBAQ9aX2vQ7LmT4cKp";
    let pem = format!("-----BEGIN PRIVATE KEY-----\n{line}\n{line}x\n-----END PRIVATE KEY-----\n");
    assert!(has(&of(pem.as_bytes()), FormKind::Raw, line));
    let json = format!(
        r#"{{"type":"service_account","private_key":{},"key_id":"f3a9c17be2d04458aa01","n":["q8Zt!f93-Wm\u00e9vB7xL2"]}}"#,
        serde_json::Value::from(pem),
    );
    let made = of(json.as_bytes());
    for leaf in [line, "f3a9c17be2d04458aa01", "q8Zt!f93-WmévB7xL2"] {
        assert!(has(&made, FormKind::Raw, leaf), "{leaf}");
    }
    assert!(!made.iter().any(|form| form.reveal() == b"private_key"), "keys are no secrets");
}

#[test]
fn the_pair_is_found_from_where_the_secret_shows() {
    let secret = Secret { bytes: b"sk_live_9aX2vQ7LmT4c", user: Some("robot"), header: Some("Basic {basic}") };
    let pair = "cm9ib3Q6c2tfbGl2ZV85YVgydlE3TG1UNGM=";
    let made = forms(&secret).unwrap();
    let basic = made.iter().find(|form| form.kind() == FormKind::Basic);
    let found = basic.map(|form| memchr::memmem::find(pair.as_bytes(), form.reveal()).is_some());
    // Where another encoding gives the same characters, that one stays.
    let other = made.iter().any(|form| memchr::memmem::find(pair.as_bytes(), form.reveal()).is_some());
    assert!(found.unwrap_or(true) && other);
}

#[test]
fn a_weak_one_is_known_by_the_header_around_it() {
    let secret = Secret { bytes: b"hunter2", user: Some("bo"), header: Some("Token {secret};v=1") };
    let made = forms(&secret).unwrap();
    assert_eq!(made.weak(), Some(Weak::Short));
    assert!(has(&made, FormKind::Header, "Token hunter2;v=1"));
}

#[test]
fn what_does_not_fit_is_refused() {
    let of = |bytes: &[u8]| forms(&Secret { bytes, user: None, header: None }).err();
    assert_eq!(of(b""), Some(Unfit::Empty));
    assert_eq!(of(&vec![b'x'; LONGEST_SECRET + 1]), Some(Unfit::TooLong));
    assert_eq!(of(&vec![b'x'; LONGEST_SECRET]), None);
}
