use peta_model::{AgentId, ServerId};

use super::Token;
use crate::{handle::Sealer, random::Random};

fn token(own: &str) -> Token {
    let server = ServerId::from_bytes([7; 16]);
    Token { server, run: "a".into(), tool: "a \"tool\"\n".into(), own: own.into() }
}

#[test]
fn it_opens_for_its_caller_alone() {
    let sealer = Sealer::new(&[1; 32], Random::system()).unwrap();
    let (one, other) = (AgentId::from_bytes([1; 16]), AgentId::from_bytes([2; 16]));
    let sealed = token("7").seal(&sealer, one).unwrap();
    assert_eq!(Token::open(&sealer, one, &sealed), Some(token("7")));
    assert_eq!(Token::open(&sealer, other, &sealed), None);
    let mut forged = sealed.clone().into_bytes();
    let last = forged.last_mut().unwrap();
    *last = if *last == b'0' { b'1' } else { b'0' };
    assert_eq!(Token::open(&sealer, one, &String::from_utf8(forged).unwrap()), None);
    let cursor = sealer.seal(one, "tools", "x:1").unwrap();
    assert_eq!(Token::open(&sealer, one, &cursor), None, "another purpose");
}

#[test]
fn an_id_that_is_too_long_is_not_sealed() {
    let sealer = Sealer::new(&[1; 32], Random::system()).unwrap();
    assert!(token(&"x".repeat(1_000)).seal(&sealer, AgentId::from_bytes([1; 16])).is_some());
    assert!(token(&"x".repeat(3_000)).seal(&sealer, AgentId::from_bytes([1; 16])).is_none());
}
