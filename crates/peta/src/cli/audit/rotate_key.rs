//! `peta audit rotate-key`

use clap::Args;
use peta_api::{audit::LogQuery, endpoint::RotateLogKey};

use super::source::OfLog;
use crate::{
    client::Client,
    fault::Fault,
    output::{Output, print_json},
    show, terminal,
};

#[derive(Debug, Args)]
#[command(after_help = "\
A new key signs the record from now on; the one before signs beside it for a day, so that whoever checks has time to take the
new one. Hand out the file `keys` of a new export: it says which key is good for which sizes. Witnesses need the new key, too.
The record's entry of this act names it (`key/ID/HEX`), and both keys sign that entry.")]
pub(crate) struct RotateKey {
    #[command(flatten)]
    of: OfLog,
    #[command(flatten)]
    output: Output,
}

impl RotateKey {
    pub(crate) async fn run(self, client: &Client) -> Result<(), Fault> {
        let rotated = client.call::<RotateLogKey>(&[], &LogQuery { log: self.of.name() }, &()).await?;
        if self.output.json {
            return print_json(&rotated);
        }
        let until = show::time(rotated.until);
        terminal::answer(&format!(
            "{}\nsigns from entry {} on; the key before signs too, until {until} UTC",
            rotated.key, rotated.from
        ));
        Ok(())
    }
}
