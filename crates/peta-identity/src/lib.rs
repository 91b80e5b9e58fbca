#![doc = include_str!("../README.md")]

mod crc;
pub mod oauth;
mod token;

pub use token::{Claim, TOKEN_LIMIT, Token, TokenError, TokenHash, TokenKind, mint, recognise};
