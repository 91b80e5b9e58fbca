//! Addresses that are never dialled, however they are written (T48). What a name resolves to is looked at in `peta-dial`
//! (`ssrf_corpus_…`), with a resolver that changes its mind between two looks.

use peta_testkit::{Core, Served, Tap};
use tokio::net::TcpListener;

/// Metadata services, link-local, and what is no address of a service, in all their spellings.
const NEVER: [&str; 30] = [
    "http://169.254.169.254/mcp",
    "http://169.254.0.1/mcp",
    "http://2852039166/mcp",
    "http://0xa9fea9fe/mcp",
    "http://0xa9.0xfe.0xa9.0xfe/mcp",
    "http://0251.0376.0251.0376/mcp",
    "http://169.254.43518/mcp",
    "http://[::ffff:169.254.169.254]/mcp",
    "http://[::ffff:a9fe:a9fe]/mcp",
    "http://[::169.254.169.254]/mcp",
    "http://[64:ff9b::169.254.169.254]/mcp",
    "http://[64:ff9b::a9fe:a9fe]/mcp",
    "http://[2002:a9fe:a9fe::1]/mcp",
    "http://[fe80::1]/mcp",
    "http://[fe80::1%25eth0]/mcp",
    "http://[fd00:ec2::254]/mcp",
    "http://100.100.100.200/mcp",
    "http://192.0.0.192/mcp",
    "http://168.63.129.16/mcp",
    "http://0.0.0.0/mcp",
    "http://0/mcp",
    "http://[::]/mcp",
    "http://255.255.255.255/mcp",
    "http://224.0.0.1/mcp",
    "http://[ff02::1]/mcp",
    "http://198.18.0.1/mcp",
    "http://169.254.169.254.:80/mcp",
    "http://\u{ff11}\u{ff16}\u{ff19}.254.169.254/mcp",
    "http://169\u{3002}254.169.254/mcp",
    "http://[0:0:0:0:0:ffff:169.254.169.254]/mcp",
];

/// Forms that are no URL of a server.
const WRONG: [&str; 12] = [
    "ftp://127.0.0.1/",
    "file:///etc/passwd",
    "gopher://127.0.0.1/",
    "http://user:pass@127.0.0.1/mcp",
    "http://127.0.0.1@evil.example/mcp",
    "nonsense",
    "http://",
    "http:///mcp",
    "http://127.0.0.1:99999/mcp",
    "http://exa mple/mcp",
    "http://127.0.0.1\\@evil.example/mcp",
    "//127.0.0.1/mcp",
];

#[tokio::test]
async fn ssrf_corpus() {
    let core = Core::start().await;
    for (number, url) in NEVER.iter().enumerate() {
        let name = format!("never{number}");
        let ran = core.run(&["server", "add", &name, "--url", url]).await;
        if ran.code == 0 {
            never_dialled(&core, &name, url).await;
        } else {
            assert!(ran.stderr.contains("P5011") || ran.stderr.contains("P7005"), "{url}: {ran:?}");
        }
    }
    for url in WRONG {
        let ran = core.run(&["server", "add", "wrong", "--url", url]).await;
        if ran.code == 0 {
            never_dialled(&core, "wrong", url).await;
        }
    }
}

/// It was taken down, but nobody was dialled: the address is refused, or the host is not in its plain form.
async fn never_dialled(core: &Core, name: &str, url: &str) {
    let shown = core.json(&["server", "show", name, "--json"]).await;
    let (code, detail) = (&shown["failure"]["code"], shown["failure"]["detail"].as_str().unwrap_or_default());
    let refused = code == "P5011" || (code == "P5001" && detail.contains("URL cannot be used"));
    assert!(shown["state"] == "degraded" && refused, "{url}: {shown}");
    core.peta(&["server", "remove", name]).await;
}

/// Loopback may be typed, but not hidden: in another spelling it is dialled by nobody.
#[tokio::test]
async fn hidden_loopback_is_not_dialled() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let knocked = tokio::spawn(async move { listener.accept().await.is_ok() });
    let core = Core::start().await;
    for host in [
        "0x7f000001",
        "2130706433",
        "0177.0.0.1",
        "127.1",
        "0x7f.1",
        "[::ffff:127.0.0.1]",
        "[::127.0.0.1]",
        "[64:ff9b::7f00:1]",
        "127.0.0.1.",
        "0",
    ] {
        let ran = core.run(&["server", "add", "sly", "--url", &format!("http://{host}:{port}/mcp")]).await;
        if ran.code == 0 {
            never_dialled(&core, "sly", host).await;
        }
    }
    assert!(!knocked.is_finished(), "somebody was dialled");
    knocked.abort();
}

/// A server cannot send Core elsewhere: not by redirect, and not by the `endpoint` of the old transport.
#[tokio::test]
async fn servers_send_nobody_elsewhere() {
    let core = Core::start().await;
    let stranger = Served::http(&[]).await;
    let tap = Tap::before(stranger.port).await;
    for (number, to) in [
        tap.url("/mcp"),
        format!("http://localhost:{}/mcp", tap.port),
        format!("//127.0.0.1:{}/mcp", tap.port),
        "http://169.254.169.254/latest".to_owned(),
    ]
    .iter()
    .enumerate()
    {
        let http = Served::http(&["--redirect", to]).await;
        let sse = Served::sse(&["--endpoint", to]).await;
        for (kind, url, transport) in [("r", http.url("/mcp"), "http"), ("e", sse.url("/sse"), "sse")] {
            let name = format!("{kind}{number}");
            core.url_server(&name, &url, &["--transport", transport]).await;
            assert_eq!(core.state(&name).await, "degraded", "{kind} {to}");
        }
    }
    assert_eq!(tap.heard(), "", "the stranger was asked");
}
