//! What a server said it offers. The same again changes nothing and wakes nobody.

use std::sync::Arc;

use peta_model::ServerId;

use super::servers::forget_learnt;
use crate::{
    entry::{Learnt, Page, ServerEntry},
    sheet::{Change, ChangeError, Sheet},
    sql,
};

pub(crate) struct SaveLearnt {
    pub(crate) server: ServerId,
    pub(crate) description: String,
    pub(crate) pages: Vec<Page>,
}

impl Change for SaveLearnt {
    const WHAT: &'static str = "learnt";
    type Done = Arc<Learnt>;

    async fn write(self, sheet: &mut Sheet<'_>) -> Result<Self::Done, ChangeError> {
        let Self { server, description, pages } = self;
        let entry = sheet.server(server)?;
        let revision = match &entry.learnt {
            Some(old) if old.description == description && old.pages == pages => {
                sheet.unchanged = true;
                return Ok(Arc::clone(old));
            }
            Some(old) => old.revision.saturating_add(1),
            None => 1,
        };
        let learnt = Arc::new(Learnt { at: sheet.at, revision, description, pages });
        forget_learnt(sheet, server).await?;
        insert(sheet, server, &learnt).await?;
        sheet.draft.put_server(ServerEntry { learnt: Some(Arc::clone(&learnt)), ..ServerEntry::clone(&entry) });
        Ok(learnt)
    }
}

async fn insert(sheet: &mut Sheet<'_>, server: ServerId, learnt: &Learnt) -> Result<(), ChangeError> {
    let query = sqlx::query(sql::ADD_LEARNT).bind(sheet.tenant()).bind(server.as_bytes().to_vec());
    let query = query.bind(i64::try_from(learnt.revision).unwrap_or(i64::MAX)).bind(learnt.at.micros());
    query.bind(learnt.description.clone()).execute(&mut *sheet.conn).await?;
    for (position, page) in (0_i64..).zip(&learnt.pages) {
        let query = sqlx::query(sql::ADD_PAGE).bind(sheet.tenant()).bind(server.as_bytes().to_vec()).bind(position);
        let query = query.bind(page.list.clone()).bind(page.cursor.clone()).bind(page.answer.clone());
        query.execute(&mut *sheet.conn).await?;
    }
    Ok(())
}
