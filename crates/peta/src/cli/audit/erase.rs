//! `peta audit erase`

use clap::Args;
use peta_api::{
    audit::{Erase as Asked, Erasure},
    endpoint::ErasePerson,
};
use peta_model::Code;

use crate::{
    client::Client,
    fault::{Fault, printable},
    output::{Output, print_json},
    show, terminal,
};

#[derive(Debug, Args)]
#[command(after_help = "\
What this destroys: the key that the person's part of the record is sealed under (names, what was typed, addresses of
resources, acts about them), and their name wherever it stands. What stays: the public part of each event, which says
nothing of who it was, so the record is as whole as before. It cannot be undone.

Backups that were made before open for the person until the payload key that they need is destroyed: it is exchanged in the
night after, and destroyed 30 days later. Sinks that were sent private parts are not reached by it.

Examples:
  peta audit erase ada --dry-run
  peta audit erase ada")]
pub(crate) struct Erase {
    /// The person, by the name that agents and credentials have.
    person: String,
    /// Only tell what would be done, and what stands in the way.
    #[arg(long)]
    dry_run: bool,
    #[command(flatten)]
    output: Output,
}

impl Erase {
    pub(crate) async fn run(self, client: &Client) -> Result<(), Fault> {
        let asked = Asked { person: self.person.clone(), dry_run: self.dry_run };
        let Erasure { subject, done, in_the_way, backups_end } = client.call::<ErasePerson>(&[], &(), &asked).await?;
        if self.output.json {
            return print_json(&Erasure { subject, done, in_the_way, backups_end });
        }
        let person = printable(&self.person);
        if done {
            terminal::answer(&format!(
                "{person} is erased: nothing of their part of the record opens any more ({subject})."
            ));
            if let Some(end) = backups_end {
                terminal::answer(&format!("Backups of before stop opening for them on {}.", show::time(end)));
            }
            return Ok(());
        }
        if in_the_way.is_empty() {
            terminal::answer(&format!("{person} ({subject}) would be erased; nothing was done."));
            return Ok(());
        }
        let text = format!("{person} cannot be erased yet; in the way: {}", printable(&in_the_way.join(", ")));
        Err(Fault::new(Code::ADMIN_CONFLICT, text, "revoke their agents, remove their credentials, lift the holds"))
    }
}
