//! Addresses to listen on, as they are typed.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};

/// Reads `9184`, `:9184`, `localhost:9184`, `192.0.2.1:9184`, `[::1]:9184`. A port alone is one of this machine only:
/// who wants others to reach it says `0.0.0.0:9184` or `[::]:9184`.
///
/// # Errors
///
/// When the text is no such address; what it should be.
pub fn parse(text: &str) -> Result<SocketAddr, String> {
    let port = text.strip_prefix("localhost:").or_else(|| text.strip_prefix(':')).unwrap_or(text);
    if let Some(port) = port_number(port) {
        return Ok(SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), port));
    }
    text.parse()
        .map_err(|_| "give a port (9184), or an address with one (192.0.2.1:9184, [::1]:9184)".to_owned())
}

/// Digits only: a sign is no part of a port.
fn port_number(text: &str) -> Option<u16> {
    text.bytes().all(|byte| byte.is_ascii_digit()).then(|| text.parse().ok()).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_port_alone_is_local() {
        for (text, address) in [
            ("9184", "127.0.0.1:9184"),
            (":9184", "127.0.0.1:9184"),
            ("localhost:9184", "127.0.0.1:9184"),
            ("127.0.0.1:9184", "127.0.0.1:9184"),
            ("[::1]:9184", "[::1]:9184"),
            ("0.0.0.0:9184", "0.0.0.0:9184"),
            ("[::]:0", "[::]:0"),
        ] {
            assert_eq!(parse(text), Ok(address.parse().unwrap()), "{text}");
        }
    }

    #[test]
    fn what_is_no_address_is_refused() {
        for text in
            ["", ":", "+1", "65536", "::1", "::1:9184x", "192.0.2.1", "host:9184", " 9184", "localhost:"]
        {
            assert!(parse(text).is_err(), "{text}");
        }
    }
}
