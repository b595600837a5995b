//! Reads the caller's tokens from the headers of a request.

use http::{HeaderMap, header};

use crate::{
    protocol::header::{APP_CHECK, INSTANCE_ID_TOKEN},
    token::TokenError,
};

/// P11: the token of `Authorization: Bearer <token>`; `None` if the header is absent or empty. Several headers are
/// refused: there is no way to tell which one the front meant.
pub(super) fn id_token(headers: &HeaderMap) -> Result<Option<&str>, TokenError> {
    const SCHEME: &str = "Bearer ";
    let mut values = headers.get_all(header::AUTHORIZATION).iter();
    let Some(value) = values.next() else {
        return Ok(None);
    };
    if values.next().is_some() {
        return Err(TokenError::Scheme);
    }
    if value.is_empty() {
        return Ok(None);
    }
    let value = value.to_str().map_err(|_| TokenError::Scheme)?;
    match value.split_at_checked(SCHEME.len()) {
        Some((scheme, token)) if scheme.eq_ignore_ascii_case(SCHEME) => Ok(Some(token)),
        _ => Err(TokenError::Scheme),
    }
}

/// P13: the App Check token; `None` if the header is absent or empty. Several headers are refused.
pub(super) fn app_check_token(headers: &HeaderMap) -> Result<Option<&str>, TokenError> {
    let mut values = headers.get_all(APP_CHECK).iter();
    let Some(value) = values.next().filter(|value| !value.is_empty()) else {
        return Ok(None);
    };
    match (values.next(), value.to_str()) {
        (None, Ok(token)) => Ok(Some(token)),
        _ => Err(TokenError::Malformed),
    }
}

/// The FCM registration token of the caller's device, not verified.
pub(super) fn instance_id_token(headers: &HeaderMap) -> Option<String> {
    let token = headers.get(INSTANCE_ID_TOKEN)?.to_str().ok()?;
    (!token.is_empty()).then(|| token.to_owned())
}
