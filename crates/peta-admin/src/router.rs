//! All routes on one page: which handler serves which endpoint.

use axum::Router;
use peta_api::endpoint::{
    AddAdminToken, AddAgent, AddGrant, AddServer, DisableServer, EnableServer, ListAdminTokens, ListAgents, ListEvents,
    ListFindings, ListGrants, ListServerLogs, ListServers, RefreshServer, RemoveGrant, RemoveServer, RevokeAdminToken,
    RevokeAgent, RotateAgent, SetServer, ShowAgent, ShowContract, ShowServer, ShowStatus, TestServer,
};
use utoipa::openapi::OpenApi;

use crate::{
    admin::Admin,
    problem::Fault,
    register::{Ask, Routes},
    resource::{agents, events, findings, grants, lifecycle, servers, status, tokens},
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
        .on::<RevokeAgent, _, _, _>(agents::revoke)
        .on::<ListGrants, _, _, _>(grants::list)
        .on::<AddGrant, _, _, _>(grants::add)
        .on::<RemoveGrant, _, _, _>(grants::remove)
        .on::<ListEvents, _, _, _>(events::list)
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
