//! Core's own standard output: one line an event. Whoever reads it slowly makes this sink wait, and nothing else.

use std::{
    io::{self, Write as _},
    sync::Arc,
};

use peta_store::Ended;

use super::form::{Form, written};
use crate::trouble::Trouble;

pub(crate) struct Stdout {
    form: Form,
}

impl Stdout {
    pub(super) const fn new(form: Form) -> Self {
        Self { form }
    }

    pub(super) async fn deliver(&self, batch: &Arc<[Ended]>) -> Result<String, Trouble> {
        let written = written((&self.form, batch), |form, batch| {
            let (text, mut out) = (form.lines(batch), io::stdout().lock());
            out.write_all(&text).and_then(|()| out.flush())
        });
        written.await?.map_err(|error| Trouble::later(format!("standard output: {error}")))?;
        Ok("written".to_owned())
    }
}
