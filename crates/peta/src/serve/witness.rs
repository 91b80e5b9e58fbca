//! This Peta as a witness of other logs (C2SP tlog-witness): whoever has a checkpoint that a log's key signed, and a proof that
//! the log only grew since the last one, gets a cosignature. Open to all: what is not signed by a key that an administrator
//! added costs a look into a list.

mod desk;
mod judge;
mod routes;

pub(super) use desk::Desk;
pub(super) use routes::routes;
