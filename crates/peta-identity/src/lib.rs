//! Proves who someone is: service and administrator tokens. Pure.
