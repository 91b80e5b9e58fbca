//! Credentials that are granted by OAuth: connections that people make (`begin`, `come_back`, `routes`, `pages`), tokens that
//! are kept good (`renew`, `watch`) and given back (`give_back`). The engine is `peta_identity::oauth`; here is what it
//! keeps, where, and when it is asked.

mod begin;
mod clerk;
mod come_back;
mod connections;
mod connector;
mod give_back;
mod keep;
mod links;
mod own;
mod pages;
mod probe;
mod renew;
mod routes;
mod trouble;
mod watch;

pub(super) use clerk::Clerk;
pub(super) use routes::routes;
pub(super) use watch::watch;
