//! Bytes to a socket and back, for what no HTTP library would send.

use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpSocket, TcpStream},
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

/// A connection that can hold little of what comes, as that of a reader who reads nothing.
pub async fn narrow_socket(address: &str) -> TcpStream {
    let socket = TcpSocket::new_v4().expect("a socket");
    socket.set_recv_buffer_size(16 << 10).expect("a small buffer");
    socket.connect(address.parse().expect("an address")).await.unwrap_or_else(|error| panic!("{address}: {error}"))
}

pub(crate) async fn connect(address: &str) -> TcpStream {
    try_connect(address).await.unwrap_or_else(|error| panic!("{address}: {error}"))
}

pub(crate) async fn try_connect(address: &str) -> Result<TcpStream, String> {
    #[expect(clippy::disallowed_methods, reason = "an agent of the tests")]
    let socket = TcpStream::connect(address).await.map_err(|error| error.to_string())?;
    socket.set_nodelay(true).map_err(|error| error.to_string())?;
    Ok(socket)
}
