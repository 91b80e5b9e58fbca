use peta_gateway::stages::*;

pub fn forge(resolved: Resolved, armed: Armed) -> Armed {
    Armed { resolved, ..armed }
}
