//! The tree of RFC 6962: over `n` entries, the left part holds the largest power of two below `n`. So a complete subtree,
//! once it is there, never changes, and a tree is known by the roots of its complete subtrees, the largest first: its right
//! edge.

use super::hash::Hash;

/// Where the hashes of complete subtrees are read: the node over the leaves `index << level` up to `(index + 1) << level`.
pub trait Nodes {
    type Error;

    fn node(&self, level: u8, index: u64) -> Result<Hash, Self::Error>;
}

/// A tree that grows: its size, and the roots of its complete subtrees, the largest first.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Edge {
    size: u64,
    roots: Vec<Hash>,
}

impl Edge {
    /// Of a tree that was kept: there must be a root for each bit of its size.
    pub fn new(size: u64, roots: Vec<Hash>) -> Option<Self> {
        (roots.len() == size.count_ones() as usize).then_some(Self { size, roots })
    }

    pub const fn size(&self) -> u64 {
        self.size
    }

    /// The roots of the complete subtrees, the largest first.
    pub fn roots(&self) -> &[Hash] {
        &self.roots
    }

    /// One entry more. `complete` is told each subtree that this completes, with its level and place.
    pub fn push(&mut self, leaf: Hash, mut complete: impl FnMut(u8, u64, Hash)) {
        let mut hash = leaf;
        complete(0, self.size, hash);
        for level in 1..=self.size.trailing_ones() as u8 {
            // There is one for each bit that is set.
            let Some(left) = self.roots.pop() else { break };
            hash = Hash::of_node(&left, &hash);
            complete(level, self.size >> level, hash);
        }
        self.roots.push(hash);
        self.size += 1;
    }

    pub fn root(&self) -> Hash {
        let mut roots = self.roots.iter().rev();
        let Some(last) = roots.next() else { return Hash::of_nothing() };
        roots.fold(*last, |right, left| Hash::of_node(left, &right))
    }
}

/// The root of the first `size` entries.
pub fn root_of<N: Nodes>(nodes: &N, size: u64) -> Result<Hash, N::Error> {
    if size == 0 { Ok(Hash::of_nothing()) } else { subtree(nodes, 0, size) }
}

/// The hash over the entries from `start` up to `end`, which is a part of a tree: `start` is a multiple of the power of two
/// that the part fits into. There is at least one.
pub fn subtree<N: Nodes>(nodes: &N, start: u64, end: u64) -> Result<Hash, N::Error> {
    let count = end - start;
    if count.is_power_of_two() {
        let level = count.trailing_zeros();
        return nodes.node(level as u8, start >> level);
    }
    let middle = start + split(count);
    Ok(Hash::of_node(&subtree(nodes, start, middle)?, &subtree(nodes, middle, end)?))
}

/// The largest power of two below: how many of so many entries the left part holds.
pub(crate) const fn split(count: u64) -> u64 {
    1 << (u64::BITS - 1 - (count - 1).leading_zeros())
}

#[cfg(test)]
pub(crate) mod tests;
