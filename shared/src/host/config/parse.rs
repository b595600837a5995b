//! Parses the value of each variable of [`super::Config`], and writes the sentence for one that cannot be used.

use std::{
    net::{AddrParseError, Ipv4Addr, SocketAddr},
    num::ParseIntError,
};

use crate::{
    host::{
        error::StartError,
        variables::{
            ALLOWED_ORIGINS, HOST, HTTP_ENDPOINT, MAX_BODY_BYTES, PORT, PROJECT_ID, PROJECT_NUMBER,
        },
    },
    net::ServiceUrl,
    protocol::{CorsOrigins, envelope},
};

pub(super) fn project_id(value: Option<String>) -> Result<String, StartError> {
    let id = value.ok_or_else(|| {
        StartError::new(
            PROJECT_ID,
            format_args!(
                "is not set: set it to the id of the Firebase project whose users may call, as in \
                 {PROJECT_ID}=my-app"
            ),
        )
    })?;
    let fits =
        |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"-.:".contains(&byte);
    // Digits alone are a project number; ID tokens contain the project's id.
    let is_number = id.bytes().all(|byte| byte.is_ascii_digit());
    let has_odd_ends = id.starts_with(['-', '.', ':']) || id.ends_with(['-', '.', ':']);
    if id.len() > 128 || !id.bytes().all(fits) || is_number || has_odd_ends {
        return Err(StartError::new(
            PROJECT_ID,
            format_args!(
                "is not a project id: set it to the id (not the name or the number) that the Firebase \
                 console shows under project settings, as in {PROJECT_ID}=my-app"
            ),
        ));
    }
    Ok(id)
}

pub(super) fn project_number(value: Option<String>) -> Result<Option<String>, StartError> {
    match value {
        Some(number) if !is_project_number(&number) => Err(StartError::new(
            PROJECT_NUMBER,
            "is not a project number: set it to the digits that the Firebase console shows under \
             project settings, or leave it unset",
        )),
        number => Ok(number),
    }
}

/// A project number as in the issuer of an App Check token: digits, the first of them not a zero.
fn is_project_number(text: &str) -> bool {
    text.len() <= 20 && !text.starts_with('0') && text.bytes().all(|byte| byte.is_ascii_digit())
}

pub(super) fn key_url(
    name: &'static str,
    value: Option<String>,
    default: fn() -> ServiceUrl,
) -> Result<ServiceUrl, StartError> {
    let unfit = |error| StartError::new(name, format_args!("cannot be used: {error}"));
    value.map_or_else(|| Ok(default()), |url| ServiceUrl::parse(&url).map_err(unfit))
}

pub(super) fn origins(value: Option<String>) -> Result<Option<CorsOrigins>, StartError> {
    let unfit = |error| StartError::new(ALLOWED_ORIGINS, format_args!("cannot be used: {error}"));
    value.map(|list| CorsOrigins::parse(&list).map_err(unfit)).transpose()
}

pub(super) fn listen(host: Option<String>, port: Option<String>) -> Result<SocketAddr, StartError> {
    let host = host.as_deref().unwrap_or("127.0.0.1").parse().map_err(|_: AddrParseError| {
        StartError::new(
            HOST,
            "is not an IP address: set it to 127.0.0.1, or to 0.0.0.0 in a container; unset it if a shell or \
             conda has set it for itself",
        )
    });
    let port = port.as_deref().unwrap_or("8080").parse().map_err(|_: ParseIntError| {
        StartError::new(PORT, "is not a port: set it to a number from 0 to 65535")
    });
    let (host, port) = StartError::all((host, port))?;
    Ok(SocketAddr::new(host, port))
}

/// `host:port`, as Lambda sets it for a Web Function.
pub(super) fn endpoint(value: &str) -> Result<SocketAddr, StartError> {
    let local = value.strip_prefix("localhost:").and_then(|port| port.parse().ok());
    let address = local.map(|port| SocketAddr::from((Ipv4Addr::LOCALHOST, port)));
    address.or_else(|| value.parse().ok()).ok_or_else(|| {
        StartError::new(
            HTTP_ENDPOINT,
            "is not an IP address and a port: set it to host:port, as in 0.0.0.0:3000, or unset it if this is not a \
             Lambda Web Function",
        )
    })
}

/// The largest value of `MAX_BODY_BYTES`, because positions in a body are stored in 32 bits.
const LARGEST_BODY: usize = 1 << 30;

pub(super) fn max_body_bytes(value: Option<String>) -> Result<usize, StartError> {
    let Some(value) = value else {
        return Ok(envelope::MAX_BODY_BYTES);
    };
    value.parse().ok().filter(|bytes| (1..=LARGEST_BODY).contains(bytes)).ok_or_else(|| {
        StartError::new(
            MAX_BODY_BYTES,
            format_args!(
                "is not a number of bytes from 1 to {LARGEST_BODY}: set it to the longest request \
                 body that is read, as in {MAX_BODY_BYTES}=1048576, or leave it unset for {}",
                envelope::MAX_BODY_BYTES
            ),
        )
    })
}
