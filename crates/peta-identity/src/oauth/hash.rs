//! SHA-256 of what must be found again and not be kept: states, links, and the like.

use aws_lc_rs::digest;

pub fn hash(bytes: &[u8]) -> [u8; 32] {
    let mut hash = [0; 32];
    hash.copy_from_slice(digest::digest(&digest::SHA256, bytes).as_ref());
    hash
}
