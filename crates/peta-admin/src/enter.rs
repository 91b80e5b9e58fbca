//! The door itself: proves who asks and whether their role allows it, notes the use of a token, and records who was
//! turned away. Nobody without a token that works is recorded, or the record could be flooded from outside.

use axum::{
    extract::{Request, State},
    middleware::Next,
    response::{IntoResponse, Response},
};
use http::HeaderMap;
use peta_api::{Action, Method, Operation};

use crate::{
    access::{self, Door, Stranger, Who},
    act,
    admin::Admin,
    problem::Fault,
};

/// Lets in who may do the operation.
pub(crate) async fn enter(
    admin: &Admin,
    door: Option<Door>,
    headers: &HeaderMap,
    operation: Operation,
) -> Result<Who, Fault> {
    let snapshot = admin.store().snapshot();
    let who = match access::prove(door, headers, &snapshot, admin.lives()) {
        Ok(who) => who,
        Err(stranger) => {
            if let Stranger::Agent(Some(token)) = &stranger {
                act::record_agent(admin, token, operation).await?;
            }
            return Err(stranger.into());
        }
    };
    if let Some(token) = &who.token {
        admin.store().touch_token(token, admin.now());
    }
    if let Err(fault) = who.may(operation.action) {
        act::record_refused(admin, &who, (operation, &[]), &fault).await?;
        return Err(fault);
    }
    Ok(who)
}

/// Guards `/metrics`, which is mounted beside the admin API: only for who may read metrics. To be used with
/// `axum::middleware::from_fn_with_state`.
pub async fn guard_metrics(State(admin): State<Admin>, request: Request, next: Next) -> Response {
    const METRICS: Operation = Operation {
        id: "read_metrics",
        kind: "metrics.read",
        method: Method::Get,
        path: "/metrics",
        action: Action::MetricsRead,
        status: 200,
        summary: "Metrics in the form of Prometheus.",
    };
    let door = request.extensions().get::<Door>().copied();
    match enter(&admin, door, request.headers(), METRICS).await {
        Ok(_) => next.run(request).await,
        Err(fault) => fault.into_response(),
    }
}
