//! Under attack and misuse (docs/threat-model.md): each row of the threat model as a test from outside, under the name
//! that the row gives it.

mod annotations;
mod guesses;
mod headers;
mod hidden;
mod json;
mod load;
mod methods;
mod people;
mod smuggling;
mod south;
mod ssrf;
mod surface;
mod targets;
mod uris;
mod watermarks;
