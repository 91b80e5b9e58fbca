//! Starting: what Core refuses to start on, with which code, and what it says to do.

use std::os::unix::fs::PermissionsExt as _;

use peta_testkit::{Core, Ran, Setup, command, peta_program};

fn refused(ran: &Ran, code: &str) {
    assert_eq!(ran.code, 1, "{ran:?}");
    assert!(ran.stderr.contains(code), "{code}: {ran:?}");
    assert!(!ran.stdout.contains("ready"), "{ran:?}");
}

#[tokio::test]
async fn a_second_core_on_one_data_directory() {
    let core = Core::start().await;
    refused(&Setup::again(&core).refused().await, "P8001");
    core.peta(&["server", "list"]).await;
}

#[tokio::test]
async fn a_port_in_use() {
    let core = Core::start().await;
    refused(&Setup::new().listen(&core.address).refused().await, "P8002");
}

#[tokio::test]
async fn a_corrupt_database() {
    let mut core = Core::start().await;
    core.stop().await;
    for name in databases(&core) {
        let mut bytes = std::fs::read(&name).unwrap();
        let middle = bytes.len().min(4096);
        bytes[..middle].fill(0x5a);
        std::fs::write(&name, bytes).unwrap();
    }
    refused(&Setup::again(&core).refused().await, "P8003");
}

#[tokio::test]
async fn a_newer_database() {
    let mut core = Core::start().await;
    core.stop().await;
    let database = databases(&core).into_iter().next().unwrap();
    // sqlx keeps the migrations it has run in a table of its own; one from the future is all that differs.
    let script = "import sqlite3,sys\nd=sqlite3.connect(sys.argv[1])\nd.execute(\"insert into _sqlx_migrations (version,description,success,checksum,execution_time) values (99999999999999,'from the future',1,x'00',1)\")\nd.commit()\n";
    let mut python = command(std::path::Path::new("/usr/bin/env"));
    python.args(["python3", "-c", script]).arg(&database);
    let output = python.output().await.unwrap();
    assert!(output.status.success(), "{output:?}");
    refused(&Setup::again(&core).refused().await, "P8004");
}

fn databases(core: &Core) -> Vec<std::path::PathBuf> {
    let entries = std::fs::read_dir(&core.data).unwrap().flatten().map(|entry| entry.path());
    let found: Vec<_> =
        entries.filter(|path| std::fs::read(path).is_ok_and(|bytes| bytes.starts_with(b"SQLite format 3\0"))).collect();
    assert!(!found.is_empty(), "a database in {:?}", core.data);
    found
}

#[tokio::test]
async fn wrong_settings() {
    for config in [
        "[gateway]\nprefix = \"sometimes\"",
        "[gateway]\nno_such_setting = 1",
        "[calls]\nidle = \"soon\"",
        "not toml at all [",
    ] {
        refused(&Setup::new().config(config).refused().await, "P8005");
    }
    refused(&Setup::new().env("PETA__GATEWAY__PREFIX", "sometimes").refused().await, "P8005");
}

#[tokio::test]
async fn listeners_that_are_not_safe() {
    refused(&Setup::new().listen("0.0.0.0:0").refused().await, "P8006");
    let config = "[gateway]\npublic_urls = [\"https://peta.example\"]";
    refused(&Setup::new().listen("0.0.0.0:0").config(config).refused().await, "P8006");
    let config =
        "[gateway]\npublic_urls = [\"https://peta.example\"]\nbehind_proxy = true\nanonymous = { agent = \"a\" }";
    refused(&Setup::new().listen("0.0.0.0:0").config(config).refused().await, "P8010");
    refused(&Setup::new().listen("nonsense").refused().await, "P8");
}

#[tokio::test]
async fn an_unusable_data_directory() {
    let setup = Setup::new();
    std::fs::write(setup.data(), "a file").unwrap();
    refused(&setup.refused().await, "P8009");
}

#[tokio::test]
async fn what_is_kept_is_its_owners_alone() {
    let core = Core::start().await;
    let mode = |name: &str| std::fs::metadata(core.data.join(name)).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode("."), 0o700);
    assert_eq!(mode("peta.sock"), 0o600);
    assert_eq!(mode("handle.key"), 0o600);
    assert_eq!(
        std::fs::read_to_string(core.data.join("address")).unwrap().trim().trim_start_matches("http://"),
        core.address
    );
}

#[tokio::test]
async fn a_long_socket_path_goes_elsewhere() {
    let setup = Setup::new();
    let deep = setup.data().join("d".repeat(60)).join("e".repeat(60));
    let mut serve = command(&peta_program());
    serve.args(["serve", "--listen", "127.0.0.1:0", "--data"]).arg(&deep);
    serve.env("XDG_RUNTIME_DIR", setup.file("run"));
    std::fs::create_dir_all(setup.file("run")).unwrap();
    let mut child = serve.spawn().unwrap();
    let listed = peta_testkit::eventually("the command line finds Core", || async {
        let mut list = command(&peta_program());
        list.args(["server", "list", "--json", "--data"]).arg(&deep).env("XDG_RUNTIME_DIR", setup.file("run"));
        let output = list.output().await.unwrap();
        output.status.success().then_some(output.stdout)
    })
    .await;
    assert!(String::from_utf8_lossy(&listed).contains("items"));
    assert!(deep.join("socket").is_file(), "it says where the socket is");
    child.kill().await.unwrap();
}

#[tokio::test]
async fn settings_come_from_the_environment() {
    let core = Setup::new().env("PETA__GATEWAY__LEGACY_SSE", "true").start().await;
    core.stdio_server("fix", &["--no-discover"], &[]).await;
    let token = core.token("a", &["fix"]).await;
    let stream =
        core.agent("/sse", &token).request(http::Method::GET).header("accept", "text/event-stream").open().await;
    assert_eq!(stream.status, 200);
}
