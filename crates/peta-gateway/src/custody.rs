//! The custody of credentials: which one a request carries (`choice`), how it is lent to it (`loan`, `proven`), and the search for
//! it in what the server says (`live`, `filter`, `echoes`). The runtime asks through its own traits; what it asks is answered from
//! the newest snapshot.

mod challenge;
mod choice;
mod connections;
mod desk;
mod echoes;
mod filter;
mod live;
mod loan;
mod proven;
mod steward;
mod told;
mod withheld;

pub(crate) use choice::{Chosen, ConnectTo, NoChoice};
pub use connections::{Connecting, Connections, GivenLink, NotConnected, WantedLink};
pub(crate) use loan::Loans;
pub use steward::Steward;
