//! A recording pipe in front of a server: it passes every byte on, both ways, and keeps those that go to the server.

use std::sync::{Arc, Mutex};

use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpListener,
};

use crate::raw::connect;

/// The pipe; what it heard can be asked for at any time.
pub struct Tap {
    pub port: u16,
    heard: Arc<Mutex<Vec<u8>>>,
}

impl Tap {
    /// In front of this port of this machine.
    pub async fn before(port: u16) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let own = listener.local_addr().expect("bound").port();
        let heard = Arc::new(Mutex::new(Vec::new()));
        let keeps = Arc::clone(&heard);
        tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                let keeps = Arc::clone(&keeps);
                tokio::spawn(async move {
                    let server = connect(&format!("127.0.0.1:{port}")).await;
                    let (mut from_client, mut to_client) = client.into_split();
                    let (mut from_server, mut to_server) = server.into_split();
                    tokio::spawn(async move { tokio::io::copy(&mut from_server, &mut to_client).await });
                    let mut piece = vec![0; 16 << 10];
                    while let Ok(count @ 1..) = from_client.read(&mut piece).await {
                        keeps.lock().expect("unpoisoned").extend_from_slice(&piece[..count]);
                        if to_server.write_all(&piece[..count]).await.is_err() {
                            return;
                        }
                    }
                });
            }
        });
        Self { port: own, heard }
    }

    pub fn url(&self, path: &str) -> String {
        format!("http://127.0.0.1:{}{path}", self.port)
    }

    /// All bytes that went to the server so far, over all connections.
    pub fn heard(&self) -> String {
        String::from_utf8_lossy(&self.heard.lock().expect("unpoisoned")).into_owned()
    }
}
