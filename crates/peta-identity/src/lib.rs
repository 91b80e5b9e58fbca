#![doc = include_str!("../README.md")]

mod crc;
mod token;

pub use token::{Claim, TOKEN_LIMIT, Token, TokenError, TokenHash, TokenKind, mint, recognise};
