//! Any headers of the answer that has a key set. A line is a value of Cache-Control; one that begins with `~` is a value
//! of Age.
//!
//! Holds: a set is fresh from five minutes to a day; `no-store` and `no-cache` make it the least.

#![no_main]

use std::time::Duration;

use http::{HeaderMap, HeaderName, HeaderValue, header};
use libfuzzer_sys::fuzz_target;
use shared::{
    fuzzing::{fresh_for, lifetime},
    keys::{CacheSettings, google_app_check_keys, google_id_token_keys},
};

fn add(headers: &mut HeaderMap, name: HeaderName, value: &[u8]) {
    if let Ok(value) = HeaderValue::from_bytes(value) {
        headers.append(name, value);
    }
}

fuzz_target!(|input: &[u8]| {
    let mut headers = HeaderMap::new();
    for line in input.split(|byte| *byte == b'\n') {
        match line.strip_prefix(b"~") {
            Some(age) => add(&mut headers, header::AGE, age),
            None => add(&mut headers, header::CACHE_CONTROL, line),
        }
    }
    let stated = lifetime(&headers);
    assert!(
        stated.is_none_or(|stated| stated.as_secs() <= u32::MAX.into() || has_more_digits(input))
    );
    let ids = CacheSettings::id_tokens(google_id_token_keys());
    let fresh = fresh_for(&ids, stated);
    assert!((ids.lifetime.0..=ids.lifetime.1).contains(&fresh), "{fresh:?}");
    let app_check = CacheSettings::app_check(google_app_check_keys());
    assert_eq!(fresh_for(&app_check, stated), app_check.default_lifetime);

    // A line that forbids to keep the answer counts wherever it is.
    for directive in ["no-store", "no-cache"] {
        let mut headers = headers.clone();
        headers.append(header::CACHE_CONTROL, HeaderValue::from_static(directive));
        assert_eq!(lifetime(&headers), Some(Duration::ZERO), "{directive}");
    }
    // A greater age never makes it longer.
    if !headers.contains_key(header::AGE) {
        headers.insert(header::AGE, HeaderValue::from_static("10"));
        assert!(lifetime(&headers) <= stated);
    }
});

/// Whether the input has a number that is more than 2^32 and less than 2^64.
fn has_more_digits(input: &[u8]) -> bool {
    input.split(|byte| !byte.is_ascii_digit()).any(|digits| digits.len() > 9)
}
