use super::*;

#[test]
fn it_is_read_and_not_printed() {
    let secret: Secret = serde_json::from_str(r#""hunter2 \u00e9""#).unwrap();
    assert_eq!(secret.reveal(), "hunter2 \u{e9}");
    assert_eq!(format!("{secret:?}"), "Secret(..)");
    assert!(serde_json::from_str::<Secret>("5").is_err());
}

#[test]
fn it_is_documented_as_one() {
    let schema = serde_json::to_value(Secret::schema()).unwrap();
    assert_eq!((&schema["writeOnly"], &schema["format"]), (&serde_json::json!(true), &serde_json::json!("password")));
}
