//! Core's own standard output: one line an event. Whoever reads it slowly makes this sink wait, and nothing else.

use std::io::{self, Write as _};

use peta_store::Ended;

use super::form::Form;
use crate::trouble::Trouble;

pub(crate) struct Stdout {
    form: Form,
}

impl Stdout {
    pub(super) const fn new(form: Form) -> Self {
        Self { form }
    }

    pub(super) async fn deliver(&self, batch: &[Ended]) -> Result<String, Trouble> {
        let text = self.form.lines(batch);
        let writing = tokio::task::spawn_blocking(move || {
            let mut out = io::stdout().lock();
            out.write_all(&text).and_then(|()| out.flush())
        });
        let written = writing.await.unwrap_or_else(|_| Err(io::Error::other("Core is ending")));
        written.map_err(|error| Trouble::later(format!("standard output: {error}")))?;
        Ok("written".to_owned())
    }
}
