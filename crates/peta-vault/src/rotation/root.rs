//! A new root: every KEK row is wrapped under it. The old one stays, for backups only, until the oldest backup that needs it
//! is gone.

use peta_model::Moment;

use crate::{
    keys::{KekId, KekRow},
    root::Check,
};

/// What the store keeps of a rotation of the root.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RootRotation {
    pub old: Check,
    pub new: Check,
    /// When no row was left under the old root.
    pub finished: Option<Moment>,
}

/// What is to be done next.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RootStep {
    /// Wrap these rows under the new root (`KekRow::rewrap`). Each is written only if it still has the old check value.
    Rewrap(Vec<KekId>),
    /// These rows are under neither root: nothing may be finished before a person has looked.
    Stuck(Vec<KekId>),
    /// Store `finished`.
    Finish,
    /// The old root is kept: a backup of before is still there.
    Keep,
    /// The old root may be destroyed.
    Drop,
}

impl RootRotation {
    /// Looks at all rows there are, and at when the oldest backup was made.
    pub fn next(&self, rows: &[KekRow], oldest_backup: Option<Moment>) -> RootStep {
        let ids = |fits: &dyn Fn(&KekRow) -> bool| -> Vec<KekId> {
            rows.iter().filter(|row| fits(row)).map(|row| row.id).collect()
        };
        // Rows first, whatever was stored: a restored database brings rows back that are under the old root.
        let left = ids(&|row| row.check == self.old && row.check != self.new);
        if !left.is_empty() {
            return RootStep::Rewrap(left);
        }
        let foreign = ids(&|row| row.check != self.new);
        if !foreign.is_empty() {
            return RootStep::Stuck(foreign);
        }
        match (self.finished, oldest_backup) {
            (None, _) => RootStep::Finish,
            (Some(finished), Some(backup)) if backup <= finished => RootStep::Keep,
            (Some(_), _) => RootStep::Drop,
        }
    }
}

#[cfg(test)]
mod tests;
