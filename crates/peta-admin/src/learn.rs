//! Learning a server: the runtime asks it what it offers, the store keeps the answer. That a server cannot be learnt is
//! no error of the asker's: it shows as `degraded`.

use peta_runtime::{LearnedPage, ListKind};
use peta_store::{ChangeError, Page, ServerEntry};

use crate::{admin::Admin, problem::Fault};

/// Learns the server and stores what it offers.
pub(crate) async fn learn(admin: &Admin, entry: &ServerEntry) -> Result<(), Fault> {
    let learned = match admin.runtime().learn(entry.id, &entry.spec, admin.config().learn).await {
        Ok(learned) => learned,
        Err(error) => {
            tracing::info!(server = %entry.spec.name, code = %error.code, %error, "the server cannot be learnt");
            return Ok(());
        }
    };
    admin.note_warnings(entry.id, learned.warnings);
    let pages = learned.pages.into_iter().map(page).collect();
    match admin.store().save_learnt(entry.id, admin.now(), learned.description, pages).await {
        // It was removed meanwhile; whoever asks is told so when it is looked up.
        Ok(_) | Err(ChangeError::NotFound(_)) => Ok(()),
        Err(error) => Err(error.into()),
    }
}

fn page(page: LearnedPage) -> Page {
    let list = match page.list {
        ListKind::Tools => "tools",
        ListKind::Prompts => "prompts",
        ListKind::Resources => "resources",
        ListKind::Templates => "templates",
    };
    Page { list: list.to_owned(), cursor: page.cursor, answer: page.answer }
}
