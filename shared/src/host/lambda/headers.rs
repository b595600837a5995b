//! Headers in the form that every front takes.

use http::{HeaderMap, HeaderValue};

/// One line per name, since an HTTP API keeps only the first of several, and printable ASCII, since fronts disagree on
/// how JSON carries any other byte: with one, a stream's prelude is not understood and a whole answer cannot be
/// written. DIFFERENCE: the reference echoes such values unchanged.
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
            // It holds no more names than `headers`.
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
