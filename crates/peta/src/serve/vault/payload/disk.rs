//! The file of the payload keys, and one at a time who changes it. It is read anew each time: that is seldom, and what
//! stands there is what counts.

use std::sync::{Arc, Mutex, PoisonError};

use peta_model::{Code, InstallId, Moment, SubjectId};
use peta_roots::{PayloadFileAt, PayloadFileAtError};
use peta_store::{KeysFault, PayloadKeys};
use peta_vault::{
    keys::{Block, KekId, reserve},
    payload_file::PayloadFile,
};

pub(super) struct Disk {
    at: PayloadFileAt,
    install: InstallId,
    clock: Arc<dyn Fn() -> Moment + Send + Sync>,
    turn: Mutex<()>,
}

impl Disk {
    pub(super) fn new(at: PayloadFileAt, install: InstallId, clock: Arc<dyn Fn() -> Moment + Send + Sync>) -> Self {
        Self { at, install, clock, turn: Mutex::default() }
    }

    /// For people.
    pub(super) fn name(&self) -> String {
        format!("the file of the record's keys, {}", self.at.path().display())
    }

    pub(super) fn read(&self) -> Result<Option<PayloadFile>, KeysFault> {
        self.at.read(self.install).map_err(|error| fault(&error))
    }

    pub(super) fn create(&self, file: &PayloadFile) -> Result<(), KeysFault> {
        self.at.create(file).map_err(|error| fault(&error))
    }

    /// Reads it, changes it, and writes it if it is another then.
    pub(super) fn change<T>(
        &self,
        change: impl FnOnce(&mut PayloadFile) -> Result<T, KeysFault>,
    ) -> Result<T, KeysFault> {
        let _turn = self.turn.lock().unwrap_or_else(PoisonError::into_inner);
        let missing = || KeysFault { code: Code::RECORD_KEYS_MISSING, text: format!("{} is missing", self.name()) };
        let before = self.read()?.ok_or_else(missing)?;
        let mut file = before.clone();
        let changed = change(&mut file)?;
        if file != before {
            self.at.replace(&file).map_err(|error| fault(&error))?;
        }
        Ok(changed)
    }
}

impl PayloadKeys for Disk {
    fn reserve(&self, kek: KekId) -> Result<Block, KeysFault> {
        let unfit = |text: String| KeysFault { code: Code::RECORD_KEYS_UNFIT, text };
        self.change(|file| {
            let row = file.keks.iter_mut().map(|kek| &mut kek.row).find(|row| row.id == kek);
            let row = row.ok_or_else(|| unfit(format!("{} lacks the key {kek}, which is in use", self.name())))?;
            let (next, block) = reserve(kek, row.reserved).map_err(|spent| unfit(spent.to_string()))?;
            row.reserved = next;
            Ok(block)
        })
    }

    fn erase(&self, subject: SubjectId, kek: KekId, now: Moment) -> Result<Moment, KeysFault> {
        self.change(|file| Ok(file.erase(subject, kek, now)))
    }

    fn now(&self) -> Moment {
        (self.clock)()
    }
}

fn fault(error: &PayloadFileAtError) -> KeysFault {
    KeysFault { code: Code::RECORD_KEYS_UNFIT, text: error.to_string() }
}
