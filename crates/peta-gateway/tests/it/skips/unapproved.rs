use peta_gateway::stages::*;

pub fn skip(authorized: Authorized, intended: Intended) -> Result<Armed, Stop> {
    inject(authorized, intended)
}
