//! The request of C2SP tlog-witness, `add-checkpoint`: a line `old SIZE`, the hashes of a consistency proof in base64, an empty
//! line, and the signed checkpoint.

use std::{fmt, str::FromStr};

use peta_verify::{Hash, Note};

/// What a witness is asked to cosign.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AddCheckpoint {
    /// The size that the witness is taken to have cosigned last; 0 if none.
    pub old: u64,
    /// That the tree of the checkpoint begins with that of `old`.
    pub proof: Vec<Hash>,
    pub note: Note,
}

/// The media type of the answer to a request that named another size than the witness has: that size, in a line.
pub const SIZE: &str = "text/x.tlog.size";

/// A body is no request to add a checkpoint.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NoAddCheckpoint {
    #[error("the first line is `old SIZE`")]
    Old,
    #[error("a line before the empty one is no base64 of a hash")]
    Proof,
    #[error("a consistency proof has at most {MOST} hashes")]
    TooLong,
    #[error("behind the empty line there is no signed note")]
    Note,
}

/// A tree of 2^63 entries needs no more.
const MOST: usize = 63;

impl FromStr for AddCheckpoint {
    type Err = NoAddCheckpoint;

    fn from_str(text: &str) -> Result<Self, NoAddCheckpoint> {
        let (head, note) = text.split_once("\n\n").ok_or(NoAddCheckpoint::Note)?;
        let mut lines = head.split('\n');
        let size = lines.next().and_then(|line| line.strip_prefix("old ")).ok_or(NoAddCheckpoint::Old)?;
        let old: u64 = size.parse().map_err(|_| NoAddCheckpoint::Old)?;
        if old.to_string() != size {
            return Err(NoAddCheckpoint::Old);
        }
        let mut proof = Vec::new();
        for line in lines {
            if proof.len() == MOST {
                return Err(NoAddCheckpoint::TooLong);
            }
            proof.push(line.parse().map_err(|_| NoAddCheckpoint::Proof)?);
        }
        Ok(Self { old, proof, note: note.parse().map_err(|_| NoAddCheckpoint::Note)? })
    }
}

impl fmt::Display for AddCheckpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "old {}", self.old)?;
        self.proof.iter().try_for_each(|hash| writeln!(f, "{hash}"))?;
        write!(f, "\n{}", self.note)
    }
}

#[cfg(test)]
mod tests {
    use peta_verify::{Checkpoint, Signer};

    use super::*;

    fn note() -> Note {
        let checkpoint = Checkpoint { origin: "log.example/a".to_owned(), size: 3, root: Hash([7; 32]) };
        let mut note = Note::new(&checkpoint.to_string()).unwrap();
        note.sign(&Signer::new("log.example/a", &[1; 32]).unwrap(), 0);
        note
    }

    #[test]
    fn a_request_is_read_as_it_was_written() {
        for proof in [vec![], vec![Hash([1; 32])], vec![Hash([2; 32]); 63]] {
            let ask = AddCheckpoint { old: 2, proof, note: note() };
            assert_eq!(ask.to_string().parse(), Ok(ask));
        }
        let text = AddCheckpoint { old: 20_852_163, proof: vec![Hash([0; 32])], note: note() }.to_string();
        let begins = "old 20852163\nAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n\nlog.example/a\n3\n";
        assert!(text.starts_with(begins), "{text}");
    }

    #[test]
    fn what_is_no_request_is_refused() {
        let whole = AddCheckpoint { old: 2, proof: vec![Hash([1; 32])], note: note() }.to_string();
        let long = AddCheckpoint { old: 2, proof: vec![Hash([1; 32]); 64], note: note() }.to_string();
        for (text, why) in [
            (String::new(), NoAddCheckpoint::Note),
            (whole.replace("old 2", "new 2"), NoAddCheckpoint::Old),
            (whole.replace("old 2", "old 02"), NoAddCheckpoint::Old),
            (whole.replace("old 2", "old -2"), NoAddCheckpoint::Old),
            (whole.replace("old 2\n", "old 2\nAQ==\n"), NoAddCheckpoint::Proof),
            (long, NoAddCheckpoint::TooLong),
            (whole.replace("— ", "- "), NoAddCheckpoint::Note),
            (whole.trim_end().to_owned(), NoAddCheckpoint::Note),
        ] {
            assert_eq!(text.parse::<AddCheckpoint>(), Err(why), "{text}");
        }
    }
}
