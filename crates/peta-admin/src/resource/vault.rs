//! The vault: how it does, and what can be done with it. The keeper does it; here it is checked, recorded and shown.

use peta_api::{
    Endpoint, VaultStatus,
    endpoint::{DrillVault, LockVault, RotateVault, ShowVault, UnlockVault},
    vault::{RootKind, RotationKind, VaultDrilled, VaultKey, VaultMemory},
};
use peta_vault::keys::{KekRow, KekState};
use serde_json::json;

use crate::{act, admin::Admin, problem::Fault, register::Ask};

const CANARY_LIMIT: usize = 1_024;

pub(crate) async fn show(ask: Ask<ShowVault>) -> Result<VaultStatus, Fault> {
    status(&ask.admin).await
}

pub(crate) async fn unlock(ask: Ask<UnlockVault>) -> Result<VaultStatus, Fault> {
    let Ask { admin, who, body, .. } = ask;
    let intent = act::intent(&admin, &who, UnlockVault::OPERATION);
    let unlocking = async { Ok(admin.keeper().unlock(body.passphrase).await?) };
    act::carry_out(&admin, intent, unlocking).await?;
    status(&admin).await
}

pub(crate) async fn lock(ask: Ask<LockVault>) -> Result<VaultStatus, Fault> {
    let Ask { admin, who, .. } = ask;
    let intent = act::intent(&admin, &who, LockVault::OPERATION);
    act::carry_out(&admin, intent, async { Ok(admin.keeper().lock().await?) }).await?;
    status(&admin).await
}

pub(crate) async fn drill(ask: Ask<DrillVault>) -> Result<VaultDrilled, Fault> {
    let Ask { admin, who, body, .. } = ask;
    let canary = body.canary;
    if canary.reveal().is_empty() || canary.reveal().len() > CANARY_LIMIT {
        return Err(Fault::bad_field("canary", "a canary has 1 to 1,024 bytes"));
    }
    if admin.safe().is_locked() {
        return Err(Fault::locked());
    }
    let intent = act::intent(&admin, &who, DrillVault::OPERATION);
    let within = admin.config().drill;
    let drilling = async {
        let lease = admin.safe().lend_plain(canary.reveal().as_bytes(), within)?;
        // Behind the answer, for the connection that brought the canary holds it until it is closed, and then it stands in
        // locked memory alone.
        tokio::spawn(async move {
            tokio::time::sleep(within).await;
            drop(lease);
        });
        drop(canary);
        Ok(())
    };
    act::carry_out(&admin, intent, drilling).await?;
    let held_ms = u64::try_from(within.as_millis()).unwrap_or(u64::MAX);
    Ok(VaultDrilled { held_ms, leases_open: count(admin.safe().leases_open()) })
}

pub(crate) async fn rotate(ask: Ask<RotateVault>) -> Result<VaultStatus, Fault> {
    let Ask { admin, who, body, .. } = ask;
    match body.what {
        RotationKind::Root => {
            let wants = body.root == Some(RootKind::Passphrase);
            if body.passphrase.is_some() && body.root.is_some() && !wants {
                return Err(Fault::bad_field("passphrase", "only a root that is a passphrase takes one"));
            }
            if wants && body.passphrase.is_none() {
                return Err(Fault::bad_field("passphrase", "the new root is a passphrase, and none was given"));
            }
        }
        RotationKind::Kek | RotationKind::Reseal => {
            let wants = body.what == RotationKind::Kek;
            if body.root.is_some() || (body.passphrase.is_some() && !wants) {
                let field = if body.root.is_some() { "root" } else { "passphrase" };
                return Err(Fault::bad_field(field, "only a rotation of the root takes this"));
            }
        }
    }
    let about = json!({ "what": body.what, "root": body.root });
    let intent = act::with_detail(act::intent(&admin, &who, RotateVault::OPERATION), &about);
    act::carry_out(&admin, intent, async { Ok(admin.keeper().rotate(body).await?) }).await?;
    status(&admin).await
}

async fn status(admin: &Admin) -> Result<VaultStatus, Fault> {
    let standing = admin.keeper().status().await?;
    let mut rows = standing.keys;
    rows.sort_by_key(|row| std::cmp::Reverse(row.made));
    let arena = admin.safe().arena();
    let memory = VaultMemory { size: count(arena.size()), free: count(arena.free()), locked: admin.safe().is_pinned() };
    Ok(VaultStatus {
        locked: admin.safe().is_locked(),
        root: standing.root,
        keys: rows.iter().map(key).collect(),
        memory,
        leases_open: count(admin.safe().leases_open()),
        credentials: count(admin.store().snapshot().count_credentials()),
        rotation: standing.rotation,
    })
}

fn key(row: &KekRow) -> VaultKey {
    let state = match row.state {
        KekState::Current => "current",
        KekState::Retiring => "retiring",
    };
    VaultKey {
        id: row.id.to_string(),
        purpose: row.purpose.name().to_owned(),
        state: state.to_owned(),
        made: row.made,
        seals: row.reserved,
    }
}

fn count(number: usize) -> u64 {
    u64::try_from(number).unwrap_or(u64::MAX)
}
