//! All routes on one page: which handler serves which endpoint.

use axum::Router;
use peta_api::endpoint::{
    AddAdminToken, AddAgent, AddCredential, AddForeignLog, AddGrant, AddHold, AddOAuthCredential, AddServer, AddSink,
    AddWitness, ConfirmCredential, ConnectCredential, DisableServer, DrillVault, EnableServer, ErasePerson,
    ExpireRecord, ListAdminTokens, ListAgents, ListArchived, ListCredentials, ListEvents, ListFindings,
    ListForeignLogs, ListGrants, ListHolds, ListServerLogs, ListServers, ListSinks, ListWitnesses, LockVault,
    PardonAgent, ReadEntries, ReadPayloads, ReadTile, RecordReport, RefreshServer, RemoveArchive, RemoveCredential,
    RemoveForeignLog, RemoveGrant, RemoveHold, RemoveServer, RemoveSink, RemoveWitness, ReportAccess, ReportActivity,
    ReportChanges, ReportCredentials, ReportProcessing, ReportRetention, RestoreArchived, RevokeAdminToken,
    RevokeAgent, RotateAgent, RotateCredential, RotateLogKey, RotateVault, SetArchive, SetServer, ShowAgent,
    ShowArchive, ShowConnection, ShowContract, ShowCredential, ShowEvent, ShowLog, ShowPayload, ShowServer, ShowSink,
    ShowStatus, ShowVault, TestServer, TestSink, UnlockVault,
};
use utoipa::openapi::OpenApi;

use crate::{
    admin::Admin,
    problem::Fault,
    register::{Ask, Routes},
    resource::{
        agents, archive, audit, credentials, erasure, events, expiry, findings, grants, lifecycle, oauth, payloads,
        reports, review, secrets, servers, signers, sinks, status, tokens, vault,
    },
};

/// The admin API as a router. Whoever accepts connections sets `Door` as an extension of each request.
pub fn router(admin: Admin) -> Router {
    routes().finish().0.with_state(admin)
}

/// The OpenAPI document, written by the same registrations that serve.
pub fn openapi() -> OpenApi {
    routes().finish().1
}

fn routes() -> Routes {
    Routes::new()
        .on::<ListServers, _, _, _>(servers::list)
        .on::<AddServer, _, _, _>(servers::add)
        .on::<ShowServer, _, _, _>(servers::show)
        .on::<SetServer, _, _, _>(servers::set)
        .on::<RemoveServer, _, _, _>(lifecycle::remove)
        .on::<EnableServer, _, _, _>(lifecycle::enable)
        .on::<DisableServer, _, _, _>(lifecycle::disable)
        .on::<RefreshServer, _, _, _>(lifecycle::refresh)
        .on::<TestServer, _, _, _>(lifecycle::test)
        .on::<ListServerLogs, _, _, _>(servers::logs)
        .on::<ListAgents, _, _, _>(agents::list)
        .on::<AddAgent, _, _, _>(agents::add)
        .on::<ShowAgent, _, _, _>(agents::show)
        .on::<RotateAgent, _, _, _>(agents::rotate)
        .on::<PardonAgent, _, _, _>(agents::pardon)
        .on::<RevokeAgent, _, _, _>(agents::revoke)
        .on::<ListGrants, _, _, _>(grants::list)
        .on::<AddGrant, _, _, _>(grants::add)
        .on::<RemoveGrant, _, _, _>(grants::remove)
        .on::<ListCredentials, _, _, _>(credentials::list)
        .on::<AddCredential, _, _, _>(secrets::add)
        .on::<ShowCredential, _, _, _>(credentials::show)
        .on::<RotateCredential, _, _, _>(secrets::rotate)
        .on::<ConfirmCredential, _, _, _>(secrets::confirm)
        .on::<RemoveCredential, _, _, _>(secrets::remove)
        .on::<AddOAuthCredential, _, _, _>(oauth::add)
        .on::<ConnectCredential, _, _, _>(oauth::connect)
        .on::<ShowConnection, _, _, _>(oauth::show)
        .on::<ShowVault, _, _, _>(vault::show)
        .on::<UnlockVault, _, _, _>(vault::unlock)
        .on::<LockVault, _, _, _>(vault::lock)
        .on::<DrillVault, _, _, _>(vault::drill)
        .on::<RotateVault, _, _, _>(vault::rotate)
        .on::<ListEvents, _, _, _>(events::list)
        .on::<ShowEvent, _, _, _>(events::show)
        .on::<ShowPayload, _, _, _>(payloads::show)
        .on::<ReadPayloads, _, _, _>(payloads::read)
        .on::<ShowLog, _, _, _>(audit::log)
        .on::<ReadTile, _, _, _>(audit::tile)
        .on::<ReadEntries, _, _, _>(audit::entries)
        .on::<ListWitnesses, _, _, _>(audit::witnesses)
        .on::<AddWitness, _, _, _>(audit::add_witness)
        .on::<RemoveWitness, _, _, _>(audit::remove_witness)
        .on::<RotateLogKey, _, _, _>(signers::rotate)
        .on::<ListForeignLogs, _, _, _>(signers::logs)
        .on::<AddForeignLog, _, _, _>(signers::add_log)
        .on::<RemoveForeignLog, _, _, _>(signers::remove_log)
        .on::<ListHolds, _, _, _>(erasure::holds)
        .on::<AddHold, _, _, _>(erasure::hold)
        .on::<RemoveHold, _, _, _>(erasure::release)
        .on::<ErasePerson, _, _, _>(erasure::erase)
        .on::<ExpireRecord, _, _, _>(expiry::expire)
        .on::<ShowArchive, _, _, _>(archive::show)
        .on::<SetArchive, _, _, _>(archive::set)
        .on::<RemoveArchive, _, _, _>(archive::remove)
        .on::<ListArchived, _, _, _>(archive::list)
        .on::<RestoreArchived, _, _, _>(archive::restore)
        .on::<ListSinks, _, _, _>(sinks::list)
        .on::<AddSink, _, _, _>(sinks::add)
        .on::<ShowSink, _, _, _>(sinks::show)
        .on::<TestSink, _, _, _>(sinks::test)
        .on::<RemoveSink, _, _, _>(sinks::remove)
        .on::<ReportAccess, _, _, _>(review::access)
        .on::<ReportActivity, _, _, _>(reports::activity)
        .on::<ReportCredentials, _, _, _>(reports::credentials)
        .on::<ReportChanges, _, _, _>(reports::changes)
        .on::<ReportRetention, _, _, _>(review::retention)
        .on::<ReportProcessing, _, _, _>(review::processing)
        .on::<RecordReport, _, _, _>(reports::record)
        .on::<ListAdminTokens, _, _, _>(tokens::list)
        .on::<AddAdminToken, _, _, _>(tokens::add)
        .on::<RevokeAdminToken, _, _, _>(tokens::revoke)
        .on::<ShowStatus, _, _, _>(status::show)
        .on::<ListFindings, _, _, _>(findings::list)
        .on::<ShowContract, _, _, _>(contract)
}

async fn contract(_: Ask<ShowContract>) -> Result<serde_json::Value, Fault> {
    serde_json::to_value(openapi()).map_err(|error| Fault::failed(&error))
}
