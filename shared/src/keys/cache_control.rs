//! How long a response may be kept: `Cache-Control: max-age` minus `Age` (RFC 9111 §4.2). `CacheSettings` limits it.

use std::time::Duration;

use http::{HeaderMap, header};

/// The remaining lifetime according to the headers; `None` if they state no valid one. `no-store` and `no-cache` mean
/// zero.
pub(crate) fn lifetime(headers: &HeaderMap) -> Option<Duration> {
    let mut max_age = None;
    // RFC 9110 §5.3: several header lines are one list.
    let lines = headers.get_all(header::CACHE_CONTROL).iter().filter_map(|line| line.to_str().ok());
    for directive in lines.flat_map(directives) {
        let (name, value) = directive.split_once('=').unwrap_or((directive, ""));
        match name.trim().to_ascii_lowercase().as_str() {
            "no-store" | "no-cache" => return Some(Duration::ZERO),
            "max-age" if max_age.is_none() => max_age = seconds(value.trim().trim_matches('"')),
            _ => {}
        }
    }
    max_age.map(|max_age| max_age.saturating_sub(age(headers)))
}

/// The value of `Age`. RFC 9111 §5.1: of several values, the first counts.
fn age(headers: &HeaderMap) -> Duration {
    let age = headers.get(header::AGE).and_then(|age| age.to_str().ok());
    let first = age.and_then(|age| age.split(',').next());
    first.and_then(|age| seconds(age.trim())).unwrap_or_default()
}

/// The directives of one line. A comma inside a quoted string does not separate directives.
fn directives(line: &str) -> impl Iterator<Item = &str> {
    let (mut quoted, mut escaped) = (false, false);
    line.split(move |c| {
        let separates = c == ',' && !quoted;
        quoted ^= c == '"' && !escaped;
        escaped = quoted && c == '\\' && !escaped;
        separates
    })
}

/// RFC 9111 §1.2.2: digits only. A number that does not fit becomes the longest time, here 2^32 - 1 seconds.
fn seconds(text: &str) -> Option<Duration> {
    let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    digits.then(|| Duration::from_secs(text.parse().unwrap_or(u32::MAX.into())))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_max_age_minus_age() {
        let cases: [(&[&str], &[&str], Option<u64>); 26] = [
            (&["public, max-age=21600, must-revalidate"], &[], Some(21_600)),
            (&["MAX-AGE = 60"], &["20"], Some(40)),
            (&["max-age=\"60\""], &[], Some(60)),
            (&["max-age=60, max-age=5"], &[], Some(60)),
            (&["max-age=60"], &["90"], Some(0)),
            (&["max-age=60"], &["soon"], Some(60)),
            (&["max-age=60, no-store"], &[], Some(0)),
            (&["no-cache"], &[], Some(0)),
            (&["max-age=99999999999999999999"], &[], Some(u64::from(u32::MAX))),
            (&["max-age=-1"], &[], None),
            (&["max-age=1.5"], &[], None),
            (&["max-age="], &[], None),
            (&["s-maxage=60"], &[], None),
            (&[""], &[], None),
            (&[], &["5"], None),
            // Several header lines are one list.
            (&["public", "max-age=60"], &[], Some(60)),
            (&["public", "must-revalidate, max-age=60"], &["20"], Some(40)),
            (&["max-age=60", "no-store"], &[], Some(0)),
            (&["no-store", "max-age=60"], &[], Some(0)),
            (&["max-age=60", "max-age=5"], &[], Some(60)),
            (&["max-age=soon", "max-age=5"], &[], Some(5)),
            (&["", "max-age=60", ""], &[], Some(60)),
            (&["max-age=60"], &["20", "50"], Some(40)),
            (&["max-age=60"], &["20, 50"], Some(40)),
            // A quoted string is the value of another directive.
            (&["ext=\"a, no-store, max-age=5\", max-age=60"], &[], Some(60)),
            (&["ext=\"a\\\", no-store\", max-age=60"], &[], Some(60)),
        ];
        for (cache_control, age, expected) in cases {
            let mut headers = HeaderMap::new();
            let lines = cache_control.iter().map(|line| (header::CACHE_CONTROL, line));
            for (name, line) in lines.chain(age.iter().map(|line| (header::AGE, line))) {
                headers.append(name, line.parse().unwrap());
            }
            let expected = expected.map(Duration::from_secs);
            assert_eq!(lifetime(&headers), expected, "{cache_control:?} {age:?}");
        }
    }
}
