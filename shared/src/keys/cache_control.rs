//! How long an answer says it may be kept: `Cache-Control: max-age` less `Age` (RFC 9111 §4.2).
//! Pure; the limits on what we believe are the cache's.

use std::time::Duration;

/// The remaining lifetime that the headers state; `None` if they state none that can be read.
/// `no-store` and `no-cache` are a lifetime of zero.
pub(super) fn lifetime(cache_control: Option<&str>, age: Option<&str>) -> Option<Duration> {
    let mut max_age = None;
    for directive in cache_control?.split(',') {
        let (name, value) = directive.split_once('=').unwrap_or((directive, ""));
        match name.trim().to_ascii_lowercase().as_str() {
            "no-store" | "no-cache" => return Some(Duration::ZERO),
            "max-age" if max_age.is_none() => max_age = seconds(value.trim().trim_matches('"')),
            _ => {}
        }
    }
    let age = age.and_then(|age| seconds(age.trim())).unwrap_or_default();
    max_age.map(|max_age| max_age.saturating_sub(age))
}

/// RFC 9111 §1.2.2: digits only, and what does not fit is as long as can be.
fn seconds(text: &str) -> Option<Duration> {
    let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    digits.then(|| Duration::from_secs(text.parse().unwrap_or(u32::MAX.into())))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_max_age_less_age() {
        let cases = [
            (Some("public, max-age=21600, must-revalidate"), None, Some(21_600)),
            (Some("MAX-AGE = 60"), Some("20"), Some(40)),
            (Some("max-age=\"60\""), None, Some(60)),
            (Some("max-age=60, max-age=5"), None, Some(60)),
            (Some("max-age=60"), Some("90"), Some(0)),
            (Some("max-age=60"), Some("soon"), Some(60)),
            (Some("max-age=60, no-store"), None, Some(0)),
            (Some("no-cache"), None, Some(0)),
            (Some("max-age=99999999999999999999"), None, Some(u64::from(u32::MAX))),
            (Some("max-age=-1"), None, None),
            (Some("max-age=1.5"), None, None),
            (Some("max-age="), None, None),
            (Some("s-maxage=60"), None, None),
            (Some(""), None, None),
            (None, Some("5"), None),
        ];
        for (cache_control, age, expected) in cases {
            let expected = expected.map(Duration::from_secs);
            assert_eq!(lifetime(cache_control, age), expected, "{cache_control:?} {age:?}");
        }
    }
}
