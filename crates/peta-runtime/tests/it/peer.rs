//! The scripted stdio server, `peer.py`.

use peta_model::Transport;

const PEER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/it/peer.py");

pub(crate) fn peer(mode: &str) -> Transport {
    Transport::Stdio { command: "python3".to_owned(), args: vec![PEER.to_owned(), mode.to_owned()], env: Vec::new() }
}
