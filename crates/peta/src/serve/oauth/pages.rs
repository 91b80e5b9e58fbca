//! The pages that people see while they connect: plain HTML that works without script. All that comes from elsewhere is
//! escaped, and no page loads anything.

use http::{HeaderValue, Response, StatusCode, header};

use super::trouble::Trouble;

/// Forms lead back here, and from here to the authorization server, which browsers count as a part of the form's way.
const POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; frame-ancestors 'none'; \
                      form-action 'self' https: http://127.0.0.1:* http://localhost:*";
const STYLE: &str = "body{font:1rem/1.5 system-ui,sans-serif;max-width:34rem;margin:4rem auto;padding:0 1rem;color:#1a1a1a;\
                     background:#fff}h1{font-size:1.4rem}button{font:inherit;padding:.5rem 1.2rem;border-radius:.4rem;\
                     border:1px solid #1a1a1a;background:#1a1a1a;color:#fff;cursor:pointer}dt{color:#555}dd{margin:0 0 .6rem;\
                     font-weight:600;overflow-wrap:anywhere}code{overflow-wrap:anywhere}\
                     @media(prefers-color-scheme:dark){body{background:#161616;color:#eee}dt{color:#aaa}\
                     button{background:#eee;color:#161616;border-color:#eee}}";

/// What is to be connected, in words.
pub(super) struct Ask<'a> {
    pub(super) server: &'a str,
    /// Where the server is.
    pub(super) origin: &'a str,
    pub(super) whose: &'a str,
    /// The authorization server, where it is known beforehand.
    pub(super) issuer: Option<&'a str>,
    pub(super) scopes: Option<&'a str>,
    /// Somebody must confirm it afterwards.
    pub(super) held: bool,
}

/// The page of a link: it says what is about to happen, and does nothing before the button is pressed.
pub(super) fn ask(ask: &Ask<'_>) -> Response<String> {
    let row = |name: &str, value: &str| format!("<dt>{name}</dt><dd>{}</dd>", escape(value));
    let mut rows = [row("Server", ask.server), row("At", ask.origin), row("For", ask.whose)].concat();
    let leads = ask.issuer.map_or_else(
        || format!("the page that {} names for signing in", escape(ask.origin)),
        |issuer| format!("<strong>{}</strong>", escape(issuer)),
    );
    if let Some(scopes) = ask.scopes {
        rows.push_str(&row("Asks for", scopes));
    }
    let held = if ask.held {
        "<p>Afterwards an administrator confirms that it was you, before anything is used.</p>"
    } else {
        ""
    };
    let body = format!(
        "<p>An agent is to use this server for you. Peta keeps what you grant and shows it to this server alone; agents never \
         see it.</p><dl>{rows}</dl><p>The button leads to {leads}.</p>{held}\
         <form method=\"post\"><button type=\"submit\">Connect</button></form>\
         <p>If you did not ask for this, close the page. The link serves once, and for ten minutes.</p>"
    );
    page(StatusCode::OK, "Connect a server", &body)
}

/// The end.
pub(super) fn done(server: &str, held: Option<&str>) -> Response<String> {
    let server = escape(server);
    let text = match held {
        None => format!("<p>Peta may use <strong>{server}</strong> now. You can close this page.</p>"),
        Some(name) => format!(
            "<p>What you granted for <strong>{server}</strong> is kept, and not used yet: an administrator confirms it with \
             <code>peta credential confirm {}</code>. You can close this page.</p>",
            escape(name)
        ),
    };
    page(StatusCode::OK, "Connected", &text)
}

/// Why it came to nothing.
pub(super) fn trouble(trouble: &Trouble) -> Response<String> {
    use peta_model::Code;
    let status = match trouble.code {
        Code::CONNECT_UNKNOWN => StatusCode::NOT_FOUND,
        Code::PROVIDER_BUSY | Code::VAULT_LOCKED => StatusCode::SERVICE_UNAVAILABLE,
        Code::CONNECT_REFUSED | Code::CONNECT_WRONG_PLACE | Code::CLIENT_NEEDED => StatusCode::BAD_REQUEST,
        Code::ADMIN_CONFLICT => StatusCode::CONFLICT,
        _ => StatusCode::BAD_GATEWAY,
    };
    let body = format!(
        "<p>{}: {}.</p><p>Ask for a new link where this one came from. The code is <code>{}</code>, explained in \
         <code>{}</code>.</p>",
        escape(trouble.code.title()),
        escape(&trouble.text),
        trouble.code,
        trouble.code.help()
    );
    page(status, "Not connected", &body)
}

fn page(status: StatusCode, title: &str, body: &str) -> Response<String> {
    let text = format!(
        "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" \
         content=\"width=device-width\"><title>{title} - Peta</title><style>{STYLE}</style></head><body><main><h1>{title}</h1>\
         {body}</main></body></html>\n"
    );
    let mut response = Response::new(text);
    *response.status_mut() = status;
    let headers = response.headers_mut();
    for (name, value) in [
        (header::CONTENT_TYPE, "text/html; charset=utf-8"),
        (header::CACHE_CONTROL, "no-store"),
        (header::CONTENT_SECURITY_POLICY, POLICY),
        // Nobody else is told where somebody came from. Not `no-referrer`: with that a browser sends `Origin: null` along
        // with the form, which is what a stranger's page would send too.
        (header::REFERRER_POLICY, "same-origin"),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::X_FRAME_OPTIONS, "DENY"),
    ] {
        headers.insert(name, HeaderValue::from_static(value));
    }
    response
}

/// Text as HTML shows it, in elements and in quoted attributes.
fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            // What turns or hides text is shown for what it is.
            c if c.is_control()
                || matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}') =>
            {
                out.push('\u{fffd}');
            }
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_from_elsewhere_becomes_markup() {
        let shown = ask(&Ask {
            server: "<script>",
            origin: "https://a.example/\"onload='x'",
            whose: "ada & \u{202e}bob",
            issuer: Some("https://as.example/<b>"),
            scopes: Some("read <i>"),
            held: true,
        });
        assert!(shown.headers()[header::CONTENT_SECURITY_POLICY].to_str().unwrap().starts_with("default-src 'none'"));
        let text = shown.into_body();
        for bad in ["<script>", "<b>", "<i>", "\"onload", "\u{202e}"] {
            assert!(!text.contains(bad), "{bad} in {text}");
        }
        assert!(text.contains("&lt;script&gt;") && text.contains("https://as.example/&lt;b&gt;"), "{text}");
    }
}
