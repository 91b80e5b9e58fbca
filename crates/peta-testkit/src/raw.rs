//! Bytes to a socket and back, for what no HTTP library would send.

use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
};

use crate::within;

/// Sends these bytes and reads until the other side closes (or answers with a whole head and nothing more comes).
pub async fn raw_exchange(address: &str, bytes: &[u8]) -> String {
    within("a raw exchange", async {
        let mut socket = connect(address).await;
        // A refusal may come before all is sent, with the socket already closed.
        let _ = socket.write_all(bytes).await;
        let mut answer = Vec::new();
        let mut piece = [0; 4096];
        loop {
            let more = tokio::time::timeout(std::time::Duration::from_secs(2), socket.read(&mut piece));
            match more.await {
                Ok(Ok(count)) if count > 0 => answer.extend_from_slice(&piece[..count]),
                _ => return String::from_utf8_lossy(&answer).into_owned(),
            }
        }
    })
    .await
}

/// A connection of a test's own.
pub async fn raw_socket(address: &str) -> TcpStream {
    connect(address).await
}

pub(crate) async fn connect(address: &str) -> TcpStream {
    #[expect(clippy::disallowed_methods, reason = "an agent of the tests")]
    let socket = TcpStream::connect(address).await.unwrap_or_else(|error| panic!("{address}: {error}"));
    socket.set_nodelay(true).expect("nodelay");
    socket
}
