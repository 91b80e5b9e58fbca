//! `peta audit search`

use clap::Args;
use peta_api::{endpoint::ReadPayloads, payload::PayloadSearch};

use crate::{cli::events::Events, client::Client, fault::Fault, terminal};

#[derive(Debug, Args)]
pub(crate) struct Search {
    #[command(flatten)]
    events: Events,
    /// Only those in whose arguments or result this text occurs, in small or large letters, as it stands in JSON. Each that fits
    /// otherwise is opened for that, 10,000 at most. Needs a token of the role `payloads`, and is an event of its own.
    #[arg(long, value_name = "TEXT")]
    payload: Option<String>,
}

impl Search {
    pub(crate) async fn run(self, client: &Client) -> Result<(), Fault> {
        let Some(text) = self.payload else { return self.events.run(client).await };
        let search = PayloadSearch { text: Some(text) };
        let page = client.call::<ReadPayloads>(&[], &self.events.one_page()?, &search).await?;
        if page.next.is_some() {
            terminal::note("there may be more: --limit, --until and the other filters reach it");
        }
        let events: Vec<_> = page.items.into_iter().map(|said| said.event.event).collect();
        self.events.list(&events)
    }
}
