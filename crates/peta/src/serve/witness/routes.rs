//! `POST /witness/v1/add-checkpoint`: the answers of C2SP tlog-witness. The first word of a refusal is its code.

use std::sync::Arc;

use axum::{
    Router,
    extract::{DefaultBodyLimit, State},
    response::{IntoResponse as _, Response},
    routing::post,
};
use http::{StatusCode, header};
use peta_model::Code;
use peta_outlet::SIZE;

use super::{
    desk::{Desk, Refusal},
    judge::No,
};

/// A checkpoint with a hundred signatures and the longest proof is far below.
const BODY: usize = 64 * 1024;

pub(in crate::serve) fn routes(desk: Desk) -> Router {
    Router::new()
        .route("/witness/v1/add-checkpoint", post(add))
        .method_not_allowed_fallback(async || crate::edge::refusal(Code::METHOD_NOT_ALLOWED))
        .layer(DefaultBodyLimit::max(BODY))
        .with_state(Arc::new(desk))
}

async fn add(State(desk): State<Arc<Desk>>, body: String) -> Response {
    // In a task of its own: what was kept is cosigned, whether somebody waits for it or not.
    let done = tokio::spawn(async move { desk.add(&body).await });
    match done.await.unwrap_or(Err(Refusal::Failed)) {
        Ok(lines) => plain(StatusCode::OK, lines),
        Err(Refusal::Locked) => {
            said(StatusCode::SERVICE_UNAVAILABLE, Code::VAULT_LOCKED, "the key to cosign by is locked")
        }
        Err(Refusal::Failed) => said(StatusCode::INTERNAL_SERVER_ERROR, Code::STORE_FAILED, "see the log of Core"),
        Err(Refusal::No(no)) => refused(no),
    }
}

fn refused(no: No) -> Response {
    let (not, inconsistent) = (Code::LOG_NOT_COSIGNED, Code::LOG_INCONSISTENT);
    match no {
        No::Form(why) => said(StatusCode::BAD_REQUEST, not, &why),
        No::UnknownLog => said(StatusCode::NOT_FOUND, not, "nobody added this log here (`peta audit log add`)"),
        No::UnknownKey => said(StatusCode::FORBIDDEN, not, "no key of this log that is known here signed it"),
        No::Has(size) | No::Other(size) => {
            (StatusCode::CONFLICT, [(header::CONTENT_TYPE, SIZE)], format!("{size}\n")).into_response()
        }
        No::Unproven(why) => said(StatusCode::UNPROCESSABLE_ENTITY, inconsistent, &why.to_string()),
    }
}

fn said(status: StatusCode, code: Code, why: &str) -> Response {
    plain(status, format!("{code}: {why}\n"))
}

fn plain(status: StatusCode, text: String) -> Response {
    let kind = [(header::CONTENT_TYPE, "text/plain; charset=utf-8"), (header::CACHE_CONTROL, "no-store")];
    (status, kind, text).into_response()
}
