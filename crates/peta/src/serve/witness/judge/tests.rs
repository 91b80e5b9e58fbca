//! Each way to be refused, on a log that grows.

use peta_verify::{Edge, Nodes, Note, Signer, prove_consistency};

use super::*;

const LOG: &str = "log.example/a";

/// A tree of so many entries; `odd` changes the first.
struct Tree(Vec<Hash>);

impl Nodes for Tree {
    type Error = std::convert::Infallible;

    fn node(&self, level: u8, index: u64) -> Result<Hash, Self::Error> {
        let first = usize::try_from(index << level).unwrap();
        Ok(peta_verify::root_of_row(&self.0[first..first + (1 << level)]))
    }
}

fn tree(size: u64, odd: bool) -> Tree {
    Tree((0..size).map(|n| Hash::of_leaf(&[(n + u64::from(odd && n == 0) * 99) as u8])).collect())
}

fn checkpoint(tree: &Tree) -> Checkpoint {
    let mut edge = Edge::default();
    tree.0.iter().for_each(|leaf| edge.push(*leaf, |_, _, _| ()));
    Checkpoint { origin: LOG.to_owned(), size: tree.0.len() as u64, root: edge.root() }
}

fn signer(seed: u8) -> Signer {
    Signer::new(LOG, &[seed; 32]).unwrap()
}

fn signed(of: &Checkpoint, seeds: &[u8]) -> Note {
    let mut note = Note::new(&of.to_string()).unwrap();
    seeds.iter().for_each(|seed| note.sign(&signer(*seed), 0));
    note
}

fn ask(old: u64, tree: &Tree, seeds: &[u8]) -> (AddCheckpoint, Checkpoint) {
    let new = checkpoint(tree);
    let Ok(proof) = prove_consistency(tree, old.min(new.size), new.size);
    (AddCheckpoint { old, proof, note: signed(&new, seeds) }, new)
}

fn keys(seeds: &[u8]) -> Vec<Verifier> {
    seeds.iter().map(|seed| signer(*seed).verifier().clone()).collect()
}

#[test]
fn what_only_grew_is_cosigned() {
    let mut last: Option<Checkpoint> = None;
    for size in [0, 1, 1, 2, 3, 8, 64, 65, 200, 200] {
        let old = last.as_ref().map_or(0, |last| last.size);
        let (ask, new) = ask(old, &tree(size, false), &[1]);
        assert_eq!(judge(&keys(&[1]), last.as_ref(), &ask, &new), Ok(()), "{old} {size}");
        last = Some(new);
    }
}

#[test]
fn what_did_not_is_refused() {
    let last = checkpoint(&tree(10, false));
    let said = |(ask, new): (AddCheckpoint, Checkpoint)| judge(&keys(&[1]), Some(&last), &ask, &new);
    assert_eq!(said(ask(9, &tree(20, false), &[1])), Err(No::Has(10)));
    assert_eq!(said(ask(0, &tree(20, false), &[1])), Err(No::Has(10)));
    assert_eq!(said(ask(9, &tree(9, false), &[1])), Err(No::Has(10)), "an older one");
    assert!(matches!(said(ask(10, &tree(9, false), &[1])), Err(No::Form(_))));
    assert_eq!(said(ask(10, &tree(10, true), &[1])), Err(No::Other(10)));
    assert_eq!(said(ask(10, &tree(20, true), &[1])), Err(No::Unproven(Broken::OtherOldRoot)));
    let (mut cut, new) = ask(10, &tree(20, false), &[1]);
    cut.proof.pop();
    assert!(matches!(said((cut, new)), Err(No::Unproven(Broken::Length { .. }))));
    // A tree of nothing has one root.
    let nothing = Checkpoint { size: 0, root: Hash([1; 32]), ..last };
    let first = AddCheckpoint { old: 0, proof: Vec::new(), note: signed(&nothing, &[1]) };
    assert_eq!(judge(&keys(&[1]), None, &first, &nothing), Err(No::Other(0)));
}

#[test]
fn only_keys_that_are_known_count() {
    let of = |known: &[u8], signs: &[u8]| {
        let (ask, new) = ask(0, &tree(3, false), signs);
        judge(&keys(known), None, &ask, &new)
    };
    assert_eq!(of(&[], &[1]), Err(No::UnknownLog));
    assert_eq!(of(&[1], &[2]), Err(No::UnknownKey));
    assert_eq!(of(&[1], &[]), Err(No::UnknownKey));
    // While two keys sign, either is enough; a third's is passed over.
    assert_eq!(of(&[1], &[1, 2]), Ok(()));
    assert_eq!(of(&[2], &[1, 2]), Ok(()));
    assert_eq!(of(&[1, 2], &[2]), Ok(()));
    // A signature that is of another text.
    let (mut ask, new) = ask(0, &tree(3, false), &[1]);
    ask.note = ask.note.to_string().replacen(LOG, "log.example/b", 1).parse().unwrap();
    let renamed = Checkpoint { origin: "log.example/b".to_owned(), ..new };
    assert_eq!(judge(&keys(&[1]), None, &ask, &renamed), Err(No::UnknownLog));
}
