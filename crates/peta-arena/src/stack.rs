//! What libraries leave on the stack. A keyed hash keeps the last block that it was given in its context, and contexts are moved
//! about on the stack, which nobody wipes: so a secret that was hashed stands there until something else is written over it.

use zeroize::zeroize_stack;

/// Deeper than any work here goes.
const DEPTH: usize = 16 << 10;

/// Does work with a secret, and wipes the stack that it stood on. What it gives must not be secret.
pub fn scrubbed<T>(work: impl FnOnce() -> T) -> T {
    let done = apart(work);
    zeroize_stack::<DEPTH>();
    done
}

/// In a frame of its own: what is wiped begins where this began.
#[inline(never)]
fn apart<T>(work: impl FnOnce() -> T) -> T {
    work()
}
