use peta_gateway::stages::*;

pub fn forge(cleared: Cleared, intended: Intended) -> Armed {
    Armed { cleared, _intended: intended }
}
