//! For tests: a scripted MCP server (`fixture`, also the program `peta-fixture`), a running Core, and agents that
//! speak raw bytes. Nothing here shares code with the product. A step that fails panics: it is a failed test.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "only tests use it"
)]

mod agent;
mod answer;
mod authority;
mod bridge;
mod browser;
pub mod chaos;
mod command;
mod core;
pub mod dump;
pub mod fixture;
mod json;
mod machine;
mod page;
mod programs;
mod provider;
mod raw;
mod served;
pub mod services;
mod setup;
pub mod soak;
mod stream;
mod suite;
mod tap;
mod trace;
mod wait;

pub use self::{
    agent::{Agent, Kept, Request},
    answer::Answer,
    authority::Authority,
    bridge::Bridge,
    browser::Browser,
    command::{Ran, command, finish, run},
    core::Core,
    machine::{memory_of, raise_descriptors},
    programs::{dump_program, fixture_program, peers, peta_program, python_peer, suite_node, verify_program},
    provider::Provider,
    raw::{narrow_socket, raw_exchange, raw_socket},
    served::Served,
    setup::Setup,
    stream::{Event, Stream},
    suite::{Scores, client_scenario, server_scenario, server_suite},
    tap::Tap,
    trace::{Traced, read_trace, read_trace_from},
    wait::{DEADLINE, eventually, within},
};
pub use serde_json::{Value, json};
