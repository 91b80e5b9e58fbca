//! The data directory: whose it is, what is in it, and what is wrong with it.

use std::{fs, os::unix::fs::PermissionsExt, path::Path};

use aws_lc_rs::digest;
use peta_model::Code;
use peta_store::{Config, Store};
use sqlx::{ConnectOptions, Connection, sqlite::SqliteConnectOptions};

use crate::world::{act, agent, at, open, server};

fn mode(path: &Path) -> u32 {
    path.metadata().unwrap().permissions().mode() & 0o777
}

async fn refused(dir: &Path) -> (Code, String) {
    let error = Store::open(Config::new(dir), at(0)).await.unwrap_err();
    (error.code(), error.to_string())
}

#[tokio::test]
async fn is_made_private_with_a_key_that_stays() {
    let dir = tempfile::tempdir().unwrap();
    let data = dir.path().join("deep/data");
    let store = open(&data).await;
    let (key, install, tenant) = (*store.handle_key(), store.snapshot().install, store.snapshot().tenant);
    assert_eq!((mode(&data), mode(&data.join("handle.key")), mode(&data.join("peta.db"))), (0o700, 0o600, 0o600));
    assert_eq!(mode(&data.join("peta.db-wal")), 0o600);
    assert_eq!(mode(&data.join("record")), 0o700);
    assert_eq!(mode(&data.join("record/00000000000000000001.log")), 0o600);
    store.close(at(1)).await;
    let store = open(&data).await;
    assert_eq!((*store.handle_key(), store.snapshot().install, store.snapshot().tenant), (key, install, tenant));
    assert_ne!(key, [0; 32]);
}

#[tokio::test]
async fn is_held_by_one_at_a_time() {
    let dir = tempfile::tempdir().unwrap();
    let store = open(dir.path()).await;
    let (code, text) = refused(dir.path()).await;
    assert_eq!(code, Code::DATA_DIR_HELD);
    assert!(text.contains(&format!("process {}", std::process::id())), "{text}");
    store.close(at(1)).await;
    // The handle still exists, but the directory is free.
    open(dir.path()).await.close(at(2)).await;
    drop(store);
}

#[tokio::test]
async fn a_damaged_database_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    open(dir.path()).await.close(at(1)).await;
    fs::write(dir.path().join("peta.db"), "this is no database, but it is long enough to look at".repeat(100)).unwrap();
    let (code, text) = refused(dir.path()).await;
    assert_eq!(code, Code::STORE_CORRUPT, "{text}");

    let foreign = tempfile::tempdir().unwrap();
    let options = SqliteConnectOptions::new().filename(foreign.path().join("peta.db")).create_if_missing(true);
    let mut conn = options.connect().await.unwrap();
    sqlx::query("PRAGMA application_id = 42").execute(&mut conn).await.unwrap();
    sqlx::query("CREATE TABLE theirs (x)").execute(&mut conn).await.unwrap();
    conn.close().await.unwrap();
    assert_eq!(refused(foreign.path()).await.0, Code::STORE_CORRUPT);

    let torn = tempfile::tempdir().unwrap();
    let store = open(torn.path()).await;
    for name in ["a", "b", "c"] {
        store.add_server(act("server.add"), server(name)).await.unwrap();
    }
    store.close(at(1)).await;
    let path = torn.path().join("peta.db");
    let mut bytes = fs::read(&path).unwrap();
    bytes[4096..12288].fill(0xA5);
    fs::write(&path, bytes).unwrap();
    assert_eq!(refused(torn.path()).await.0, Code::STORE_CORRUPT);
}

#[tokio::test]
async fn a_newer_database_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    open(dir.path()).await.close(at(1)).await;
    let mut conn = SqliteConnectOptions::new().filename(dir.path().join("peta.db")).connect().await.unwrap();
    let later = "INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time) \
                 VALUES (9999, 'later', TRUE, x'00', 0)";
    sqlx::query(later).execute(&mut conn).await.unwrap();
    conn.close().await.unwrap();
    let (code, text) = refused(dir.path()).await;
    assert_eq!(code, Code::STORE_NEWER);
    assert!(text.contains("newer Peta"), "{text}");
}

#[tokio::test]
async fn a_directory_that_cannot_be_used_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("file");
    fs::write(&file, "").unwrap();
    assert_eq!(refused(&file).await.0, Code::DATA_DIR_UNUSABLE);
    assert_eq!(refused(&file.join("below")).await.0, Code::DATA_DIR_UNUSABLE);

    // Somebody else's directory is not closed to them.
    let shared = dir.path().join("shared");
    fs::create_dir(&shared).unwrap();
    fs::set_permissions(&shared, fs::Permissions::from_mode(0o755)).unwrap();
    fs::write(shared.join("theirs"), "").unwrap();
    assert_eq!(refused(&shared).await.0, Code::DATA_DIR_UNUSABLE);
    assert_eq!(mode(&shared), 0o755);

    let bad_key = dir.path().join("bad-key");
    open(&bad_key).await.close(at(1)).await;
    fs::write(bad_key.join("handle.key"), "short").unwrap();
    let (code, text) = refused(&bad_key).await;
    assert_eq!(code, Code::DATA_DIR_UNUSABLE);
    assert!(text.contains("handle.key"), "{text}");
}

#[tokio::test]
async fn no_file_holds_the_text_of_a_token() {
    let dir = tempfile::tempdir().unwrap();
    let token = "peta_st_5hVnQWkcZTfYx2PqR8sLmN3bKdJgH7vCtE0iUoAyM9wXzD1aB4f";
    let hash = digest::digest(&digest::SHA256, token.as_bytes());
    let hash = <[u8; 32]>::try_from(hash.as_ref()).unwrap();
    let store = open(dir.path()).await;
    store.add_server(act("server.add"), server("fs")).await.unwrap();
    let mut new = agent("robot", &["fs"], 0);
    new.token = hash;
    store.add_agent(act("agent.add"), new).await.unwrap();
    let entry = store.snapshot().token(&hash).cloned().unwrap();
    store.touch_token(&entry, at(5));
    let look = |whole: bool| {
        let mut hashes = 0;
        let below = |dir: &Path| fs::read_dir(dir).unwrap().map(|file| file.unwrap().path()).collect::<Vec<_>>();
        let files = below(dir.path()).into_iter().chain(below(&dir.path().join("record")));
        for file in files.filter(|path| path.is_file()) {
            let bytes = fs::read(file).unwrap();
            let holds = |needle: &[u8]| bytes.windows(needle.len()).any(|window| window == needle);
            assert!(!holds(token.as_bytes()));
            assert!(!holds(&token.as_bytes()[8..40]));
            hashes += usize::from(holds(&hash));
        }
        assert!(hashes > 0 || !whole);
    };
    look(false);
    store.close(at(6)).await;
    look(true);
    // The last use was written on the way out.
    let store = open(dir.path()).await;
    assert_eq!(store.snapshot().token(&hash).unwrap().last_used(), Some(at(5)));
}
