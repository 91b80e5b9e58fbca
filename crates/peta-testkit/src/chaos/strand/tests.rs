use super::*;

async fn echo() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap().to_string();
    tokio::spawn(async move {
        while let Ok((socket, _)) = listener.accept().await {
            let (mut from, mut to) = socket.into_split();
            tokio::spawn(async move { tokio::io::copy(&mut from, &mut to).await });
        }
    });
    address
}

async fn through(strand: &Strand) -> TcpStream {
    #[expect(clippy::disallowed_methods, reason = "a client of the test")]
    let mut socket = TcpStream::connect(&strand.address).await.unwrap();
    assert_eq!(said(&mut socket, "hello").await, "hello");
    socket
}

async fn said(socket: &mut TcpStream, word: &str) -> String {
    socket.write_all(word.as_bytes()).await.unwrap();
    let mut heard = vec![0; word.len()];
    socket.read_exact(&mut heard).await.unwrap();
    String::from_utf8(heard).unwrap()
}

#[tokio::test]
async fn a_cut_resets_what_is_open_and_nothing_else() {
    let strand = Strand::to(&echo().await).await;
    let mut socket = through(&strand).await;
    assert_eq!(strand.cut(), 1);
    let error = socket.read(&mut [0; 8]).await.unwrap_err();
    assert_eq!(error.kind(), io::ErrorKind::ConnectionReset);
    through(&strand).await;
}

#[tokio::test]
async fn half_open_is_neither_heard_nor_closed() {
    let strand = Strand::to(&echo().await).await;
    let mut socket = through(&strand).await;
    strand.set(Mood::Silent);
    socket.write_all(b"anyone?").await.unwrap();
    let mut heard = [0; 7];
    let silence = tokio::time::timeout(Duration::from_millis(100), socket.read_exact(&mut heard)).await;
    assert!(silence.is_err());
    strand.set(Mood::Well);
    socket.read_exact(&mut heard).await.unwrap();
    assert_eq!(&heard, b"anyone?");
}
