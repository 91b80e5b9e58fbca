use peta_gateway::stages::*;

pub fn forge(resolved: Resolved) -> Armed {
    Armed { resolved, ticket: None }
}
