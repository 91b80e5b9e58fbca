//! One witness, asked as long as it is one: at once what is signed already, so that what it knows otherwise is found soon
//! after a start; then each time that the tree grew, but not more often than is set.

use peta_model::Moment;
use peta_store::{Witness, WitnessTrouble, Witnessed};
use peta_verify::Verifier;
use serde_json::json;

use super::{
    around::Around,
    client::Client,
    refused::Refused,
    told::Silence,
    turn::{Cosigned, Turn},
};
use crate::pace::Pace;

struct Ask {
    around: Around,
    witness: Witness,
    silence: Silence,
    /// The size that it cosigned last of this log; none if it never did.
    has: Option<u64>,
    /// What was last said of why it does not cosign.
    said: Option<WitnessTrouble>,
}

/// Asks, until this is dropped or the record is stopped.
pub(super) async fn run(around: Around, witness: Witness) {
    let key: Option<Verifier> = witness.verifier.as_deref().and_then(|key| key.parse().ok());
    let client = Client::new(&around.dialer, &witness.place, witness.ca.as_deref(), around.config.deadline);
    let log = around.store.tree().origin();
    let has = witness.newest.as_ref().filter(|seen| seen.log == log).map(|seen| seen.size);
    let said = witness.trouble.clone();
    let mut ask = Ask { around, witness, silence: Silence::default(), has, said };
    match (client, key) {
        (Ok(client), Some(key)) => ask.go_on(&client, &key).await,
        (Err(why), _) => ask.refused(&Refused::Never(why)).await,
        (_, None) => ask.refused(&Refused::Never("its key cannot be read".to_owned())).await,
    }
}

impl Ask {
    async fn go_on(&mut self, client: &Client, key: &Verifier) {
        let tree = self.around.store.tree().clone();
        let mut pace = Pace::new(&self.around.config);
        let mut note = match tree.checkpoint() {
            Some(note) => note,
            None => tree.checkpoint_past(0).await,
        };
        loop {
            let (has, proven) = (self.has.unwrap_or(0), self.has.is_some());
            let turn = Turn { tree: &tree, client, witness: &self.witness, key, has, proven };
            let pause = match turn.take(&note).await {
                Ok(cosigned) => {
                    self.took(cosigned).await;
                    pace.reset();
                    self.around.config.witness_every
                }
                Err(refused) => {
                    self.refused(&refused).await;
                    if matches!(refused, Refused::Apart(..)) {
                        return;
                    }
                    let [random, ..] = self.around.senses.random();
                    pace.wait(None, random)
                }
            };
            self.around.senses.pause(pause).await;
            // One that never cosigned is asked with whatever there is.
            note = match (self.said.is_some(), tree.checkpoint()) {
                (true, Some(note)) => note,
                _ => tree.checkpoint_past(self.has.unwrap_or(0)).await,
            };
        }
    }

    async fn took(&mut self, Cosigned { size, note }: Cosigned) {
        let log = self.around.store.tree().origin().to_owned();
        let seen = Witnessed { log, size, note, at: self.around.senses.now() };
        if let Err(error) = self.around.store.note_witnessed(&self.witness, seen).await {
            return tracing::warn!(witness = %self.witness.name, %error, "what a witness cosigned cannot be kept");
        }
        if self.said.take().is_some() {
            tracing::info!(witness = %self.witness.name, size, "a witness cosigns again");
        }
        self.has = Some(size);
        self.silence.ends(&self.around, (&self.witness.name, size));
    }

    async fn refused(&mut self, refused: &Refused) {
        let (name, code, why) = (&self.witness.name, refused.code(), refused.why());
        if let Refused::Apart(apart, _) = refused {
            // First of all: nothing is added to what is not what was cosigned.
            let detail = json!({ "witness": name, "log": apart.log, "size": apart.size, "root": apart.root });
            self.around.store.bar(detail.to_string());
            tracing::error!(witness = %name, %code, "nothing is recorded any more, and calls are refused: {why}");
            let trouble = self.trouble(refused, self.around.senses.now());
            if let Err(error) = self.around.store.note_witness_apart(&self.witness, trouble, apart.clone()).await {
                tracing::error!(witness = %name, %error, "what a witness knows cannot be kept");
            }
            return;
        }
        let since = self.silence.goes_on(&self.around, (name, self.has.unwrap_or(0)), refused);
        let trouble = self.trouble(refused, since);
        let same = |said: &WitnessTrouble| (&said.code, &said.why) == (&trouble.code, &trouble.why);
        if self.said.as_ref().is_some_and(same) {
            return;
        }
        tracing::warn!(witness = %name, %code, "a witness does not cosign: {why}");
        self.said = Some(trouble.clone());
        if let Err(error) = self.around.store.note_witness_trouble(&self.witness, trouble).await {
            tracing::warn!(witness = %name, %error, "why a witness does not cosign cannot be kept");
        }
    }

    fn trouble(&self, refused: &Refused, since: Moment) -> WitnessTrouble {
        WitnessTrouble { code: refused.code().to_string(), why: refused.why().to_owned(), since }
    }
}
