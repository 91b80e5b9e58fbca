//! The edge: binds the sockets and checks what concerns both wings (head, target, Host, Origin) before it hands
//! agents' requests to the gateway and people's to the admin API. It knows no MCP and no admin operation.

mod connection;
mod crowd;
mod entry;
mod gate;
mod guesses;
mod hops;
mod listen;
mod paced;
mod problem;
mod pulse;
mod target;
mod tls;

pub(crate) use connection::Manners;
pub(crate) use crowd::Crowd;
pub(crate) use entry::{Entry, Opens, Standing, Wings};
pub(crate) use gate::Gate;
pub(crate) use guesses::Guesses;
pub(crate) use hops::Hops;
pub(crate) use listen::{Listeners, bind, bind_socket};
pub(crate) use problem::refusal;
pub(crate) use tls::acceptor;
