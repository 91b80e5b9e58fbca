//! One turn with a witness: it is given a checkpoint, from the size on that it has.

use peta_store::{Apart, Tree, Witness};
use peta_verify::{Checkpoint, Note, Verifier};

use super::{
    client::{Answer, Client},
    refused::Refused,
    words::AddCheckpoint,
};

/// What is known of the witness.
pub(super) struct Turn<'t> {
    pub(super) tree: &'t Tree,
    pub(super) client: &'t Client,
    pub(super) witness: &'t Witness,
    pub(super) key: &'t Verifier,
    /// The size that it cosigned last of this log; 0 for none.
    pub(super) has: u64,
    /// Whether it once cosigned this log. Before that, what it says of it stops nothing: it may be no witness at all.
    pub(super) proven: bool,
}

/// What a witness gave.
pub(super) struct Cosigned {
    pub(super) size: u64,
    /// The checkpoint with the witness's cosignature.
    pub(super) note: String,
}

/// Somebody else may have had it cosign in between, once.
const TRIES: usize = 3;

impl Turn<'_> {
    /// Has it cosign this checkpoint.
    pub(super) async fn take(&self, note: &str) -> Result<Cosigned, Refused> {
        let damaged = || Refused::Never("the record's newest checkpoint cannot be read".to_owned());
        let mut note: Note = note.parse().map_err(|_| damaged())?;
        let checkpoint: Checkpoint = note.text().parse().map_err(|_| damaged())?;
        let mut old = if self.has <= checkpoint.size { self.has } else { 0 };
        for _ in 0..TRIES {
            let proof = self.tree.prove_consistency(old, checkpoint.size).await;
            let proof = proof.map_err(|error| Refused::Away(format!("the tree cannot be read: {error}")))?;
            let ask = AddCheckpoint { old, proof, note };
            let answer = self.client.add(&ask).await?;
            note = ask.note;
            match answer {
                Answer::Cosigned(lines) => {
                    let bad = |why| Refused::Never(format!("what it gives is no cosignature of its key: {why}"));
                    note.take_in(&lines, self.key).map_err(bad)?;
                    return Ok(Cosigned { size: checkpoint.size, note: note.to_string() });
                }
                Answer::Has(size) if size > checkpoint.size => {
                    let why = format!("it has cosigned {size} entries, and the record had {}", checkpoint.size);
                    return Err(self.apart(size, false, why).await);
                }
                Answer::Has(size) if size == old => {
                    let why = format!("it has cosigned {size} entries, and they are other ones");
                    return Err(self.apart(size, true, why).await);
                }
                Answer::Has(size) => old = size,
                Answer::Unproven(why) => {
                    let why =
                        format!("what it cosigned before, {old} entries, is not what the record begins with ({why})");
                    return Err(self.apart(old, true, why).await);
                }
            }
        }
        Err(Refused::Away("each time it has another size than it said before".to_owned()))
    }

    /// What it has is not what we have. `other`: we had so many entries, of which the root is ours alone.
    async fn apart(&self, size: u64, other: bool, why: String) -> Refused {
        if !self.proven {
            return Refused::Never(why);
        }
        let root = match self.tree.root(size).await {
            Ok(root) if other => Some(root.to_string()),
            Err(error) if other => return Refused::Away(format!("the tree cannot be read: {error}")),
            _ => None,
        };
        let (witness, log) = (self.witness.name.clone(), self.tree.origin().to_owned());
        Refused::Apart(Apart { witness, log, size, root }, why)
    }
}
