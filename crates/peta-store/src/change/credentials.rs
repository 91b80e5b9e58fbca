//! Credentials: added, given a new secret, removed. Sealed bytes come and go; what they say is the vault's.

use std::sync::Arc;

use peta_model::{CredentialId, Moment, ServerId};

use crate::{
    credential::{CredentialEntry, KeptSecret, NewCredential, NewSecret},
    entry::Usage,
    oauth::OAuth,
    sharing::check_owner,
    sheet::{Change, ChangeError, Sheet},
    sql,
};

pub(crate) struct AddCredential(pub(crate) NewCredential);

pub(crate) struct SetSecret(pub(crate) CredentialId, pub(crate) NewSecret);

pub(crate) struct RemoveCredential(pub(crate) CredentialId);

/// Rows that were put back as they once were, by what the record says. This run of Core keeps it in mind; the next one
/// asks the record again.
pub(crate) struct Distrust(pub(crate) Vec<CredentialId>);

/// What is known of what was granted; the secret stays.
pub(crate) struct SetOAuth(pub(crate) CredentialId, pub(crate) OAuth);

/// The same secrets in other envelopes.
pub(crate) struct Rewrap(pub(crate) Vec<KeptSecret>);

impl Change for AddCredential {
    const WHAT: &'static str = "credentials";
    type Done = Arc<CredentialEntry>;

    async fn write(self, sheet: &mut Sheet<'_>) -> Result<Self::Done, ChangeError> {
        let Self(new) = self;
        let server = sheet.server(new.server)?;
        check_owner(&server.spec, &new.owner)?;
        if sheet.draft.credential_named(new.name.as_str()).is_some() {
            return Err(ChangeError::NameTaken(format!("a credential named `{}`", new.name)));
        }
        let place = new.delivery.place();
        let twin = sheet
            .draft
            .credentials_of(new.server, &new.owner)
            .iter()
            .find(|other| other.place() == place && other.scope == new.scope && !other.held && !new.held);
        if let Some(twin) = twin {
            let (name, server) = (&twin.name, &server.spec.name);
            let text = format!("`{name}` already goes to the same place of `{server}` for the same owner: rotate it");
            return Err(ChangeError::Conflict(text));
        }
        let owner = serde_json::to_string(&new.owner).map_err(unwritten)?;
        let delivery = serde_json::to_string(&new.delivery).map_err(unwritten)?;
        let query = sqlx::query(sql::ADD_CREDENTIAL).bind(sheet.tenant()).bind(new.id.as_bytes().to_vec());
        let query = query.bind(new.name.as_str().to_owned()).bind(new.server.as_bytes().to_vec()).bind(owner);
        let query = query.bind(delivery).bind(new.scope.as_ref().map(ToString::to_string)).bind(new.origin.clone());
        let query = query.bind(i64::from(new.held)).bind(sheet.at.micros()).bind(new.by.clone());
        query.bind(written(new.oauth.as_ref())?).execute(&mut *sheet.conn).await?;
        if !new.sealed.is_empty() {
            add_secret(sheet, (new.id, new.server), 1, (&new.sealed, &new.prints)).await?;
        }
        let NewCredential { id, name, server, owner, delivery, scope, origin, held, by, sealed, oauth, .. } = new;
        Ok(sheet.draft.put_credential(CredentialEntry {
            id,
            name,
            server,
            owner,
            delivery,
            scope,
            origin,
            held,
            version: 1,
            rolled_back: false,
            sealed: sealed.into(),
            oauth: oauth.map(Arc::new),
            added: sheet.at,
            changed: sheet.at,
            changed_by: by,
            usage: Usage::new(None),
        }))
    }
}

impl Change for SetSecret {
    const WHAT: &'static str = "credentials";
    type Done = Arc<CredentialEntry>;

    async fn write(self, sheet: &mut Sheet<'_>) -> Result<Self::Done, ChangeError> {
        let Self(id, new) = self;
        let old = credential(sheet, id)?;
        if new.version != old.version + 1 {
            return Err(ChangeError::Conflict(format!("`{}` was changed meanwhile", old.name)));
        }
        retire(sheet, id).await?;
        add_secret(sheet, (id, old.server), new.version, (&new.sealed, &new.prints)).await?;
        let version = i64::try_from(new.version).unwrap_or(i64::MAX);
        let query = sqlx::query(sql::SET_CREDENTIAL).bind(sheet.tenant()).bind(id.as_bytes().to_vec()).bind(version);
        let query = query.bind(new.origin.clone()).bind(i64::from(new.held)).bind(sheet.at.micros());
        let query = query.bind(new.by.clone()).bind(written(new.oauth.as_ref())?);
        query.execute(&mut *sheet.conn).await?;
        Ok(sheet.draft.put_credential(CredentialEntry {
            version: new.version,
            rolled_back: false,
            origin: new.origin,
            held: new.held,
            sealed: new.sealed.into(),
            oauth: new.oauth.map(Arc::new),
            changed: sheet.at,
            changed_by: new.by,
            ..CredentialEntry::clone(&old)
        }))
    }
}

impl Change for RemoveCredential {
    const WHAT: &'static str = "credentials";
    type Done = ();

    async fn write(self, sheet: &mut Sheet<'_>) -> Result<(), ChangeError> {
        let Self(id) = self;
        let old = credential(sheet, id)?;
        retire(sheet, id).await?;
        let query = sqlx::query(sql::REMOVE_CREDENTIAL).bind(sheet.tenant()).bind(id.as_bytes().to_vec());
        query.execute(&mut *sheet.conn).await?;
        for statement in [sql::REMOVE_THINGS, sql::REMOVE_LINKS] {
            let query = sqlx::query(statement).bind(sheet.tenant()).bind(id.as_bytes().to_vec());
            query.execute(&mut *sheet.conn).await?;
        }
        sheet.draft.drop_credential(&old);
        Ok(())
    }
}

impl Change for Distrust {
    const WHAT: &'static str = "credentials";
    type Done = ();

    async fn write(self, sheet: &mut Sheet<'_>) -> Result<(), ChangeError> {
        for id in self.0 {
            if let Some(entry) = sheet.draft.credential(&id).cloned() {
                sheet.draft.put_credential(CredentialEntry { rolled_back: true, ..CredentialEntry::clone(&entry) });
            }
        }
        Ok(())
    }
}

impl Change for SetOAuth {
    const WHAT: &'static str = "credentials";
    type Done = Arc<CredentialEntry>;

    async fn write(self, sheet: &mut Sheet<'_>) -> Result<Self::Done, ChangeError> {
        let Self(id, oauth) = self;
        let old = credential(sheet, id)?;
        let query = sqlx::query(sql::SET_OAUTH).bind(sheet.tenant()).bind(id.as_bytes().to_vec());
        query.bind(written(Some(&oauth))?).execute(&mut *sheet.conn).await?;
        let oauth = Some(Arc::new(oauth));
        Ok(sheet.draft.put_credential(CredentialEntry { oauth, ..CredentialEntry::clone(&old) }))
    }
}

impl Change for Rewrap {
    const WHAT: &'static str = "credentials";
    type Done = ();

    async fn write(self, sheet: &mut Sheet<'_>) -> Result<(), ChangeError> {
        for KeptSecret { credential, version, sealed, prints } in self.0 {
            let number = i64::try_from(version).unwrap_or(i64::MAX);
            let query = sqlx::query(sql::SET_WRAPS).bind(sheet.tenant()).bind(credential.as_bytes().to_vec());
            query.bind(number).bind(sealed.clone()).bind(prints).execute(&mut *sheet.conn).await?;
            // One that was replaced meanwhile keeps what it has now.
            let entry = sheet.draft.credential(&credential).filter(|entry| entry.version == version).cloned();
            if let (Some(entry), Some(sealed)) = (entry, sealed) {
                sheet.draft.put_credential(CredentialEntry { sealed: sealed.into(), ..CredentialEntry::clone(&entry) });
            }
        }
        Ok(())
    }
}

/// All that a server has, with the server itself.
pub(super) async fn remove_of(sheet: &mut Sheet<'_>, server: ServerId) -> Result<(), ChangeError> {
    let all = [
        sql::REMOVE_SERVER_THINGS,
        sql::REMOVE_SERVER_LINKS,
        sql::REMOVE_SERVER_SECRETS,
        sql::REMOVE_SERVER_CREDENTIALS,
    ];
    for statement in all {
        let query = sqlx::query(statement).bind(sheet.tenant()).bind(server.as_bytes().to_vec());
        query.execute(&mut *sheet.conn).await?;
    }
    sheet.draft.drop_credentials_of(server);
    Ok(())
}

fn credential(sheet: &Sheet<'_>, id: CredentialId) -> Result<Arc<CredentialEntry>, ChangeError> {
    sheet.draft.credential(&id).cloned().ok_or_else(|| ChangeError::NotFound("such credential".into()))
}

/// The secret goes at once; its fingerprints stay for a day, for what it was in may still come back.
async fn retire(sheet: &mut Sheet<'_>, id: CredentialId) -> Result<(), ChangeError> {
    let query = sqlx::query(sql::RETIRE_SECRETS).bind(sheet.tenant()).bind(id.as_bytes().to_vec());
    query.bind(sheet.at.micros()).execute(&mut *sheet.conn).await?;
    Ok(())
}

async fn add_secret(
    sheet: &mut Sheet<'_>,
    (id, server): (CredentialId, ServerId),
    version: u64,
    (sealed, prints): (&[u8], &[u8]),
) -> Result<(), ChangeError> {
    let version = i64::try_from(version).unwrap_or(i64::MAX);
    let query = sqlx::query(sql::ADD_SECRET).bind(sheet.tenant()).bind(id.as_bytes().to_vec()).bind(version);
    let query = query.bind(server.as_bytes().to_vec()).bind(sealed.to_vec()).bind(prints.to_vec());
    query.bind(Moment::micros(sheet.at)).execute(&mut *sheet.conn).await?;
    Ok(())
}

fn written(oauth: Option<&OAuth>) -> Result<Option<String>, ChangeError> {
    oauth.map(serde_json::to_string).transpose().map_err(unwritten)
}

fn unwritten(error: serde_json::Error) -> ChangeError {
    ChangeError::Failed(sqlx::Error::Encode(error.into()))
}
