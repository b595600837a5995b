//! Headers in a form that every front accepts.

use http::{HeaderMap, HeaderValue};

/// Merges the values of a name into one line, because an HTTP API keeps only the first of several lines. Leaves out
/// values that are not printable ASCII, because fronts disagree on how JSON represents any other byte: a front cannot
/// parse a stream's prelude that contains such a byte, and a whole answer that contains one cannot be serialized.
/// DIFFERENCE: the reference echoes such values unchanged.
pub(super) fn one_line_each(headers: HeaderMap) -> HeaderMap {
    let printable = |value: &&HeaderValue| value.to_str().is_ok();
    if headers.len() == headers.keys_len() && headers.values().all(|value| printable(&value)) {
        return headers;
    }
    let mut merged = HeaderMap::new();
    for name in headers.keys() {
        let values: Vec<&[u8]> =
            headers.get_all(name).iter().filter(printable).map(HeaderValue::as_bytes).collect();
        if !values.is_empty()
            && let Ok(value) = HeaderValue::try_from(values.join(&b", "[..]))
        {
            // Cannot fail: `merged` has no more names than `headers`.
            let _ = merged.try_insert(name.clone(), value);
        }
    }
    merged
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn merges_the_values_of_a_header_into_one_line() {
        let mut headers = HeaderMap::new();
        for (name, value) in [("x-a", "1"), ("x-b", "2"), ("x-a", "3")] {
            headers.append(name, HeaderValue::from_static(value));
        }
        let merged = one_line_each(headers);
        assert_eq!(
            (merged.len(), &merged["x-a"], &merged["x-b"]),
            (2, &"1, 3".parse().unwrap(), &"2".parse().unwrap())
        );
    }
}
