use proptest::prelude::*;

use super::*;
use crate::tree::tests::Kept;

fn kept(size: u64) -> Kept {
    Kept::of((0..size).map(u64::to_be_bytes))
}

fn leaf(index: u64) -> Hash {
    Hash::of_leaf(&index.to_be_bytes())
}

#[test]
fn every_entry_is_proven_in_every_tree() {
    let all = kept(66);
    for size in 1..=66 {
        let root = kept(size).edge.root();
        for index in 0..size {
            let Ok(proof) = prove_inclusion(&all, index, size);
            assert_eq!(check_inclusion(leaf(index), index, size, root, &proof), Ok(()), "{index} of {size}");
            assert!(check_inclusion(leaf(index + 1), index, size, root, &proof).is_err());
            for other in (0..=size).filter(|other| *other != index) {
                assert!(check_inclusion(leaf(index), other, size, root, &proof).is_err(), "{index} as {other}");
            }
        }
    }
}

#[test]
fn every_tree_follows_every_older_one() {
    let all = kept(66);
    let roots: Vec<Hash> = (0..=66).map(|size| kept(size).edge.root()).collect();
    for new in 0..=66_u64 {
        for old in 0..=new {
            let (was, is) = (roots[old as usize], roots[new as usize]);
            let Ok(proof) = prove_consistency(&all, old, new);
            assert_eq!(check_consistency((old, was), (new, is), &proof), Ok(()), "{old} to {new}");
            if old < new {
                assert!(matches!(check_consistency((new, is), (old, was), &proof), Err(Broken::Shrank { .. })));
            }
            if 0 < old && old < new {
                assert!(check_consistency((old, leaf(99)), (new, is), &proof).is_err(), "another old tree");
                let other = check_consistency((old, was), (new, leaf(99)), &proof);
                assert_eq!(other, Err(Broken::OtherRoot));
            }
        }
    }
    assert_eq!(check_consistency((0, leaf(1)), (1, roots[1]), &[]), Err(Broken::OtherOldRoot));
    assert_eq!(check_consistency((1, leaf(0)), (1, leaf(1)), &[]), Err(Broken::OtherOldRoot));
}

proptest! {
    #[test]
    fn a_changed_proof_proves_nothing(size in 2_u64..3_000, at in any::<u64>(), bit in 0_usize..256, place in any::<usize>()) {
        let tree = kept(size);
        let (root, at) = (tree.edge.root(), at % size);
        let Ok(mut proof) = prove_inclusion(&tree, at, size);
        let place = place % proof.len();
        proof[place].0[bit / 8] ^= 1 << (bit % 8);
        prop_assert_eq!(check_inclusion(leaf(at), at, size, root, &proof), Err(Broken::OtherRoot));
        proof.pop();
        prop_assert!(matches!(check_inclusion(leaf(at), at, size, root, &proof), Err(Broken::Length { .. })), "shorter");

        let old = 1 + at % (size - 1);
        let was = kept(old).edge.root();
        let Ok(mut proof) = prove_consistency(&tree, old, size);
        let place = place % proof.len();
        proof[place].0[bit / 8] ^= 1 << (bit % 8);
        prop_assert!(check_consistency((old, was), (size, root), &proof).is_err());
    }
}
