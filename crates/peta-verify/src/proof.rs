//! Proofs of RFC 6962, sections 2.1.1 and 2.1.2: that an entry is in a tree, and that a tree only grew. They are checked by
//! working both roots out of the proof alone (RFC 9162, sections 2.1.3.2 and 2.1.4.2).

use super::{
    hash::Hash,
    tree::{Nodes, split, subtree},
};

/// A proof proves nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Broken {
    #[error("entry {index} is behind the end of a tree of {size}")]
    Outside { index: u64, size: u64 },
    #[error("a tree of {new} entries cannot follow one of {old}")]
    Shrank { old: u64, new: u64 },
    #[error("the proof has {has} hashes where {needs} are needed")]
    Length { has: usize, needs: usize },
    #[error("the proof leads to another root than the tree's")]
    OtherRoot,
    #[error("the proof leads to another root than the older tree's")]
    OtherOldRoot,
}

/// The hashes beside the way from an entry to the root, from below.
pub fn prove_inclusion<N: Nodes>(nodes: &N, index: u64, size: u64) -> Result<Vec<Hash>, N::Error> {
    let mut proof = Vec::new();
    let (mut start, mut end) = (0, size);
    while end - start > 1 {
        let middle = start + split(end - start);
        if index < middle {
            proof.push(subtree(nodes, middle, end)?);
            end = middle;
        } else {
            proof.push(subtree(nodes, start, middle)?);
            start = middle;
        }
    }
    proof.reverse();
    Ok(proof)
}

/// Checks that the leaf is entry `index` of the tree of `size` entries with this root.
pub fn check_inclusion(leaf: Hash, index: u64, size: u64, root: Hash, proof: &[Hash]) -> Result<(), Broken> {
    if index >= size {
        return Err(Broken::Outside { index, size });
    }
    let mut way = Vec::new();
    let (mut at, mut count) = (index, size);
    while count > 1 {
        let left = split(count);
        let goes_right = at >= left;
        way.push(goes_right);
        (at, count) = if goes_right { (at - left, count - left) } else { (at, left) };
    }
    if proof.len() != way.len() {
        return Err(Broken::Length { has: proof.len(), needs: way.len() });
    }
    let up = way.iter().rev().zip(proof);
    let reached = up.fold(leaf, |hash, (right, beside)| match right {
        true => Hash::of_node(beside, &hash),
        false => Hash::of_node(&hash, beside),
    });
    if reached == root { Ok(()) } else { Err(Broken::OtherRoot) }
}

/// What leads from the tree of the first `old` entries to that of the first `new`.
pub fn prove_consistency<N: Nodes>(nodes: &N, old: u64, new: u64) -> Result<Vec<Hash>, N::Error> {
    if old == 0 || old == new {
        return Ok(Vec::new());
    }
    let mut proof = Vec::new();
    let (mut start, mut end) = (0, new);
    // Down to the part that ends where the old tree ends.
    while end != old {
        let middle = start + split(end - start);
        if old <= middle {
            proof.push(subtree(nodes, middle, end)?);
            end = middle;
        } else {
            proof.push(subtree(nodes, start, middle)?);
            start = middle;
        }
    }
    if start > 0 {
        proof.push(subtree(nodes, start, end)?);
    }
    proof.reverse();
    Ok(proof)
}

/// Checks that the new tree begins with the old one.
pub fn check_consistency(old: (u64, Hash), new: (u64, Hash), proof: &[Hash]) -> Result<(), Broken> {
    let ((old, old_root), (new, new_root)) = (old, new);
    if old > new {
        return Err(Broken::Shrank { old, new });
    }
    if old == 0 || old == new {
        let nothing = if old == 0 { Hash::of_nothing() } else { new_root };
        return match proof.is_empty() {
            false => Err(Broken::Length { has: proof.len(), needs: 0 }),
            true if old_root != nothing => Err(Broken::OtherOldRoot),
            true => Ok(()),
        };
    }
    let mut way = Vec::new();
    let (mut start, mut end) = (0, new);
    while end != old {
        let middle = start + split(end - start);
        let goes_right = old > middle;
        way.push(goes_right);
        if goes_right { start = middle } else { end = middle }
    }
    let needs = way.len() + usize::from(start > 0);
    if proof.len() != needs {
        return Err(Broken::Length { has: proof.len(), needs });
    }
    let mut rest = proof.iter();
    // An old tree that is one complete part of the new one is its own beginning.
    let first = if start > 0 { rest.next().copied().unwrap_or(old_root) } else { old_root };
    let (mut was, mut is) = (first, first);
    for (right, beside) in way.iter().rev().zip(rest) {
        if *right {
            (was, is) = (Hash::of_node(beside, &was), Hash::of_node(beside, &is));
        } else {
            is = Hash::of_node(&is, beside);
        }
    }
    match (was == old_root, is == new_root) {
        (false, _) => Err(Broken::OtherOldRoot),
        (true, false) => Err(Broken::OtherRoot),
        (true, true) => Ok(()),
    }
}

#[cfg(test)]
mod tests;
