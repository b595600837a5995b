//! The address of a client behind a proxy, from the header `X-Forwarded-For`.

use std::net::{IpAddr, SocketAddr};

use http::HeaderMap;

const FORWARDED_FOR: &str = "x-forwarded-for";

/// The address that the proxy in front of the function saw. A proxy appends it to those that the client may have sent,
/// so only the last one is the proxy's.
pub(super) fn last_forwarded_for(headers: &HeaderMap) -> Option<IpAddr> {
    let last = headers.get_all(FORWARDED_FOR).iter().next_back()?.to_str().ok()?;
    address(last.rsplit(',').next()?.trim())
}

/// An address, which a balancer may write with the client's port: `203.0.113.7:4711`, `[2001:db8::7]:4711`.
fn address(text: &str) -> Option<IpAddr> {
    text.parse().ok().or_else(|| Some(text.parse::<SocketAddr>().ok()?.ip()))
}
