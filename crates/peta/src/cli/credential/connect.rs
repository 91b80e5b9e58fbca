//! `peta credential connect`: prints a link for the person whose credential it is, waits until they come back, and says
//! what was granted.

use std::time::Duration;

use clap::Args;
use peta_api::{
    Connection, ConnectionStage,
    endpoint::{ConnectCredential, ShowConnection},
};
use peta_model::{Code, CredentialName};

use super::page;
use crate::{
    cli::parse,
    client::Client,
    fault::Fault,
    output::{Output, print_json},
    terminal,
};

pub(super) const EXAMPLES: &str = "\
The link is good for ten minutes, once, for the person whose the credential is. Open it in a browser that
reaches Core's public URL. The command waits until somebody has connected, or with --no-wait ends at once.
Running it again gives another link; what was granted before serves until then.";

const EACH: Duration = Duration::from_millis(500);

#[derive(Debug, Args)]
pub(crate) struct Connect {
    #[arg(value_parser = parse::credential)]
    name: CredentialName,
    /// Print the link, and do not wait.
    #[arg(long)]
    no_wait: bool,
    #[command(flatten)]
    output: Output,
}

impl Connect {
    pub(super) async fn run(self, client: &Client) -> Result<(), Fault> {
        let names = [self.name.as_str()];
        let begun = client.call::<ConnectCredential>(&names, &(), &()).await?;
        let Some(link) = begun.link.clone() else { return self.done(&begun) };
        if self.no_wait {
            if self.output.json {
                return print_json(&begun);
            }
            terminal::answer(&link);
            return Ok(());
        }
        if self.output.json {
            terminal::note(&link);
        } else {
            terminal::answer(&link);
        }
        terminal::note("open this in a browser; waiting …");
        loop {
            tokio::time::sleep(EACH).await;
            let now = client.call::<ShowConnection>(&names, &(), &()).await?;
            match now.stage {
                ConnectionStage::Waiting | ConnectionStage::Opened => {}
                ConnectionStage::Done => return self.done(&now),
                ConnectionStage::Failed => {
                    let code = now.code.unwrap_or_else(|| Code::CONNECT_REFUSED.to_string());
                    let told = now.told.unwrap_or_default();
                    return Err(Fault::answered(&code, told, "run it again for another link"));
                }
                ConnectionStage::Over | ConnectionStage::None => {
                    let text = "nobody connected in time";
                    return Err(Fault::new(Code::CONNECT_UNKNOWN, text, "run it again for another link"));
                }
            }
        }
    }

    fn done(&self, connection: &Connection) -> Result<(), Fault> {
        if self.output.json {
            return print_json(connection);
        }
        page::now_is("is connected", &connection.credential)?;
        terminal::answer(&page::granted(&connection.credential));
        Ok(())
    }
}
