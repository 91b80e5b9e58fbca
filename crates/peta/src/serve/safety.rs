//! What Core refuses to start with: an open address without TLS, and agents without a name beyond this machine.

use peta_model::Code;

use crate::{config::Config, fault::Fault};

/// A payload is one frame of a file.
const PAYLOADS_AT_MOST: usize = 4 << 20;

pub(super) fn check(config: &Config) -> Result<(), Fault> {
    let gateway = &config.gateway;
    let tls = config.tls.files().is_some();
    let listeners = [("gateway.listen", Some(gateway.listen)), ("admin.listen", config.admin.listen.0)];
    for (setting, listen) in listeners {
        let Some(listen) = listen.filter(|listen| !listen.0.ip().to_canonical().is_loopback()) else { continue };
        if gateway.public_urls.is_empty() {
            return Err(Fault::new(
                Code::LISTEN_UNSAFE,
                format!("`{setting}` is {listen}, which others can reach, but `gateway.public_urls` is empty"),
                "name the URLs by which it is reached, such as public_urls = [\"https://peta.example.com\"], or listen on 127.0.0.1",
            ));
        }
        if !tls && !gateway.behind_proxy {
            return Err(Fault::new(
                Code::LISTEN_UNSAFE,
                format!("`{setting}` is {listen}, which others can reach, but nothing encrypts what they send"),
                "set [tls] cert and key, or gateway.behind_proxy = true if a proxy in front does it, or listen on 127.0.0.1",
            ));
        }
    }
    if config.record.payload_limit.0 > PAYLOADS_AT_MOST {
        return Err(Fault::new(
            Code::CONFIG_INVALID,
            format!(
                "`record.payload_limit` is {} bytes, and no payload is kept beyond 4 MiB",
                config.record.payload_limit.0
            ),
            "set it to 4 MiB or less",
        ));
    }
    let beyond = !gateway.listen.0.ip().to_canonical().is_loopback() || gateway.behind_proxy;
    if gateway.anonymous.agent.0.is_some() && beyond {
        return Err(Fault::new(
            Code::ANONYMOUS_UNSAFE,
            "`gateway.anonymous` would let anyone who reaches this address be an agent",
            "leave it out, or listen on 127.0.0.1 without a proxy in front",
        ));
    }
    Ok(())
}

#[cfg(test)]
mod tests;
