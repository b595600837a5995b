//! The frames of a streaming answer. A frame is a `data: ` line of JSON, followed by an empty line.
//! Source: firebase/firebase-functions `src/common/providers/https.ts`; the clients' line readers.

/// Wraps one JSON document (`{"message":…}`, `{"result":…}` or `{"error":…}`) into a frame.
///
/// P25, DIFFERENCE: U+2028, U+2029 and U+0085 are escaped. Clients split lines at these characters, and would
/// silently lose the event.
#[must_use]
pub(crate) fn frame(json: &[u8]) -> Vec<u8> {
    let mut frame = Vec::with_capacity(json.len() + 8);
    frame.extend_from_slice(b"data: ");
    let mut rest = json;
    while let Some((at, length, escape)) = next_line_separator(rest) {
        let (before, from) = rest.split_at(at);
        frame.extend_from_slice(before);
        frame.extend_from_slice(escape);
        rest = from.get(length..).unwrap_or_default();
    }
    frame.extend_from_slice(rest);
    frame.extend_from_slice(b"\n\n");
    frame
}

/// The first of these three characters: its index, its length in bytes, and its escape. In JSON these characters occur
/// only inside strings, where an escape has the same meaning.
fn next_line_separator(json: &[u8]) -> Option<(usize, usize, &'static [u8])> {
    const SEPARATORS: [(&str, &[u8]); 3] =
        [("\u{2028}", b"\\u2028"), ("\u{2029}", b"\\u2029"), ("\u{85}", b"\\u0085")];
    json.iter().enumerate().filter(|(_, byte)| matches!(byte, 0xE2 | 0xC2)).find_map(|(at, _)| {
        let rest = json.get(at..)?;
        let is_next = |(separator, _): &&(&str, _)| rest.starts_with(separator.as_bytes());
        let (separator, escape) = SEPARATORS.iter().find(is_next)?;
        Some((at, separator.len(), *escape))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frames_one_document_in_one_line() {
        assert_eq!(frame(br#"{"result":1}"#), b"data: {\"result\":1}\n\n");
    }

    #[test]
    fn escapes_the_characters_at_which_clients_split_lines() {
        let cases = [
            ("\"a\u{2028}b\"", "data: \"a\\u2028b\"\n\n"),
            ("\"\u{2029}\u{2028}\"", "data: \"\\u2029\\u2028\"\n\n"),
            ("\"\u{85}\"", "data: \"\\u0085\"\n\n"),
            ("\"é€\u{2026}\u{86}ÿ\"", "data: \"é€\u{2026}\u{86}ÿ\"\n\n"),
        ];
        for (json, expected) in cases {
            assert_eq!(String::from_utf8_lossy(&frame(json.as_bytes())), expected);
        }
    }
}
