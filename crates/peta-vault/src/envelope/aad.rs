//! What is authenticated beside the ciphertext: where the envelope belongs, and which field this is.

use crate::{keys::KekId, place::Place};

const WRAP: &[u8] = b"peta:dek:v1\0";
const FIELD: &[u8] = b"peta:val:v1\0";

/// Of the wrapped DEK.
pub(super) fn wrap(place: &Place, kek: KekId) -> Vec<u8> {
    let mut aad = Vec::with_capacity(96);
    aad.extend_from_slice(WRAP);
    place.write(&mut aad);
    aad.extend_from_slice(kek.as_bytes());
    aad
}

/// Of a field. No KEK stands here: another one may wrap the same DEK later.
pub(super) fn field(place: &Place, algorithm: u8, (index, count): (u8, u8), (length, name): (u8, &str)) -> Vec<u8> {
    let mut aad = Vec::with_capacity(80 + name.len());
    aad.extend_from_slice(FIELD);
    aad.push(algorithm);
    place.write(&mut aad);
    aad.extend_from_slice(&[index, count, length]);
    aad.extend_from_slice(name.as_bytes());
    aad
}
