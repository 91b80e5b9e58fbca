//! The vectors that AWS published as its Signature Version 4 test suite.

use super::*;
use crate::secret::Secret;

const TOKEN: &str = "AQoDYXdzEPT//////////wEXAMPLEtc764bNrC9SAPBSM22wDOk4x4HIZ8j4FZTwdQWLWsKWHGBuFqwAeMicRXmxfpSPfIeoIYRqTflfKD8YUuwthAx7mSEI/\
                     qkPpKPi/kMcGdQrmGdeehM4IC1NtBmUpp2wUE8phUZampKsburEDy0KPkyQDYwT7WZ0wq5VSXDvp75YU9HFvlRd8Tx6q6fE8YQcHNVXAkiY9q6d+xo0rKwT38xVqr7ZD0u0iPPkUL64lIZbqBAz+\
                     scqKmlzm8FDrypNC9Yjc8fPOLn9FX9KSYvKTr4rvx3iSIlTJabIQwj2ICCR/oLxBA==";
const HOST: (&str, &str) = ("host", "example.amazonaws.com");
const DATE: (&str, &str) = ("x-amz-date", "20150830T123600Z");

fn signed(method: &str, headers: &[(&str, &str)], body: &str) -> String {
    let secret = Secret::new("wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY").unwrap();
    let keys = Keys { id: "AKIDEXAMPLE".to_owned(), secret, session: None };
    let scope = Scope { region: "us-east-1", service: "service", at: "20150830T123600Z" };
    let said = authorization(&keys, scope, &Asked { method, path: "/", headers, body: body.as_bytes() });
    let before = "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/service/aws4_request, ";
    said.strip_prefix(before).unwrap().to_owned()
}

#[test]
fn get_vanilla() {
    let expected =
        "SignedHeaders=host;x-amz-date, Signature=5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31";
    assert_eq!(signed("GET", &[HOST, DATE], ""), expected);
}

#[test]
fn post_vanilla() {
    let expected =
        "SignedHeaders=host;x-amz-date, Signature=5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b";
    assert_eq!(signed("POST", &[HOST, DATE], ""), expected);
}

#[test]
fn post_header_value_case() {
    let expected = "SignedHeaders=host;my-header1;x-amz-date, Signature=cdbc9802e29d2942e5e10b5bccfdd67c5f22c7c4e8ae67b53629efa58b974b7d";
    assert_eq!(signed("POST", &[HOST, ("my-header1", "VALUE1"), DATE], ""), expected);
}

#[test]
fn post_x_www_form_urlencoded() {
    let kind = ("content-type", "application/x-www-form-urlencoded");
    let expected = "SignedHeaders=content-type;host;x-amz-date, Signature=ff11897932ad3f4e8b18135d722051e5ac45fc38421b1da7b9d196a0fe09473a";
    assert_eq!(signed("POST", &[kind, HOST, DATE], "Param1=value1"), expected);
}

#[test]
fn post_sts_header_before() {
    let token = ("x-amz-security-token", TOKEN);
    let expected = "SignedHeaders=host;x-amz-date;x-amz-security-token, \
                    Signature=85d96828115b5dc0cfc3bd16ad9e210dd772bbebba041836c64533a82be05ead";
    assert_eq!(signed("POST", &[HOST, DATE, token], ""), expected);
}

#[test]
fn a_moment_is_stamped_to_the_second() {
    let at: Moment = "2015-08-30T12:36:00.999999Z".parse().unwrap();
    assert_eq!(stamp(at), "20150830T123600Z");
}
