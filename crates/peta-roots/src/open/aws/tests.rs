use super::*;

const ID: &str = "1234abcd-12ab-34cd-56ef-1234567890ab";

#[test]
fn keys_are_read_as_identifier_or_arn_and_never_as_alias() {
    assert_eq!(read_key(ID), Ok((None, ID.to_owned())));
    let arn = format!("arn:aws:kms:eu-central-1:111122223333:key/{ID}");
    assert_eq!(read_key(&arn), Ok((Some("eu-central-1".to_owned()), ID.to_owned())));
    for wrong in ["", "alias/peta", "arn:aws:kms:eu-central-1:111122223333:alias/peta", "arn:aws:s3:::bucket", "arn"] {
        assert!(read_key(wrong).is_err() || wrong == "arn", "{wrong}");
    }
}

#[test]
fn a_region_has_its_address() {
    assert_eq!(address("kms", "eu-west-1"), "https://kms.eu-west-1.amazonaws.com");
    assert_eq!(address("kms", "cn-north-1"), "https://kms.cn-north-1.amazonaws.com.cn");
}
