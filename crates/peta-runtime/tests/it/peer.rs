//! The scripted stdio server, `peer.py`.

use peta_model::Transport;

const PEER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/it/peer.py");

pub fn peer(mode: &str) -> Transport {
    peer_with(mode, &[])
}

pub fn peer_with(mode: &str, env: &[(&str, &str)]) -> Transport {
    Transport::Stdio {
        command: "python3".to_owned(),
        args: vec![PEER.to_owned(), mode.to_owned()],
        env: env.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect(),
    }
}
