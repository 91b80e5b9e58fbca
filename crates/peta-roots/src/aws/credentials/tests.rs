use super::*;

const FILE: &str = "# keys\n[default]\naws_access_key_id = AKIADEFAULT\naws_secret_access_key = first/secret\n\n\
                    [peta]\naws_access_key_id=AKIAPETA\naws_secret_access_key=second=secret\naws_session_token = tok\n[none]\nregion = x\n";

#[test]
fn each_part_of_a_file_has_its_own_key() {
    let keys = parse(FILE, "default").unwrap();
    assert_eq!((keys.id.as_str(), keys.secret.reveal(), keys.session.is_none()), ("AKIADEFAULT", "first/secret", true));
    let keys = parse(FILE, "peta").unwrap();
    assert_eq!((keys.id.as_str(), keys.secret.reveal()), ("AKIAPETA", "second=secret"));
    assert_eq!(keys.session.unwrap().reveal(), "tok");
    assert!(parse(FILE, "none").is_none() && parse(FILE, "other").is_none());
}

#[test]
fn a_missing_file_is_named_and_nothing_of_its_text_is_said() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("credentials");
    let missing = read(&path, "default").err().unwrap();
    assert!(missing.to_string().contains("credentials: entity not found"), "{missing}");
    std::fs::write(&path, "aws_secret_access_key = hunter2").unwrap();
    let empty = read(&path, "default").err().unwrap().to_string();
    assert!(empty.contains("[default]") && !empty.contains("hunter2"), "{empty}");
}
