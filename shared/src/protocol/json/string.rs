//! Writes a JSON string many bytes at a time. serde_json examines one byte at a time, which for 100 KB of text takes
//! three and a half times as many instructions.

/// How many bytes are checked at once, and then copied at once.
const BLOCK: usize = 64;

/// Appends `text` as a JSON string, quotes included, as JavaScript's `JSON.stringify` and serde_json write it.
pub(crate) fn write_string(json: &mut Vec<u8>, text: &str) {
    // An escaped quote takes one byte more. With room for one in eight bytes, most texts need no second allocation.
    json.reserve(text.len() + text.len() / 8 + 2);
    json.push(b'"');
    for block in text.as_bytes().chunks(BLOCK) {
        if is_plain(block) {
            json.extend_from_slice(block);
        } else {
            write_block(json, block);
        }
    }
    json.push(b'"');
}

/// Appends a block in which some byte needs an escape. It is put together beside `json`, whose capacity each byte would
/// check again.
fn write_block(json: &mut Vec<u8>, block: &[u8]) {
    let mut escaped = [0; BLOCK * MAX_ESCAPED_LEN];
    let mut room = escaped.iter_mut();
    let mut put = |byte| {
        if let Some(place) = room.next() {
            *place = byte;
        }
    };
    for byte in block {
        match ESCAPES.get(usize::from(*byte)) {
            None | Some(0) => put(*byte),
            Some(b'u') => {
                for part in [b'\\', b'u', b'0', b'0', hex(byte >> 4), hex(byte & 0xF)] {
                    put(part);
                }
            }
            Some(short) => {
                put(b'\\');
                put(*short);
            }
        }
    }
    let left = room.len();
    let written = escaped.len() - left;
    json.extend_from_slice(escaped.get(..written).unwrap_or_default());
}

/// Whether no byte of the block needs an escape. Checks eight bytes at once. It does not stop early, because that would
/// take a branch per word.
fn is_plain(block: &[u8]) -> bool {
    let (words, rest) = block.as_chunks::<8>();
    let mut found = rest.iter().fold(0, |found, byte| found | to_escape(EACH * u64::from(*byte)));
    for word in words {
        found |= to_escape(u64::from_le_bytes(*word));
    }
    found & HIGH == 0
}

/// Multiplied by a byte, it repeats that byte eight times in a word.
const EACH: u64 = u64::MAX / 0xFF;
const HIGH: u64 = EACH << 7;

/// The high bit of a byte is set where the subtraction borrows, that is where the byte is a control character, a quote
/// or a backslash. Bytes above 0x7F are masked out: they belong to a longer character, and need no escape. A borrow may
/// also set the high bit of the next byte, so the result shows whether a byte needs an escape, but not which.
fn to_escape(word: u64) -> u64 {
    let less = |word: u64, by: u8| word.wrapping_sub(EACH * u64::from(by));
    let equals = |byte: u8| less(word ^ (EACH * u64::from(byte)), 1);
    (less(word, b' ') | equals(b'"') | equals(b'\\')) & !word
}

/// How many bytes [`write_string`] writes for a text, without the quotes.
pub(crate) fn escaped_len(text: &[u8]) -> usize {
    text.iter()
        .map(|byte| usize::from(ESCAPED_LEN.get(usize::from(*byte)).copied().unwrap_or(1)))
        .sum()
}

/// The most bytes that one byte can become: some control characters are written as six, such as `\u001f`.
pub(crate) const MAX_ESCAPED_LEN: usize = 6;

/// What follows the backslash in the escape of each byte: a letter or sign, `u` for its code in hexadecimal, 0 if it
/// needs no escape.
#[expect(clippy::indexing_slicing, reason = "evaluated by the compiler, which reports a bad index")]
const ESCAPES: [u8; 128] = {
    let mut escapes = [0; 128];
    let mut byte = 0_u8;
    while byte < 128 {
        escapes[byte as usize] = match byte {
            b'"' | b'\\' => byte,
            b'\n' => b'n',
            b'\r' => b'r',
            b'\t' => b't',
            0x08 => b'b',
            0x0C => b'f',
            0x00..0x20 => b'u',
            _ => 0,
        };
        byte += 1;
    }
    escapes
};

/// How many bytes each byte takes in a JSON string.
#[expect(clippy::indexing_slicing, reason = "evaluated by the compiler, which reports a bad index")]
const ESCAPED_LEN: [u8; 256] = {
    let mut lengths = [1; 256];
    let mut byte = 0;
    while byte < ESCAPES.len() {
        lengths[byte] = match ESCAPES[byte] {
            0 => 1,
            b'u' => 6,
            _ => 2,
        };
        byte += 1;
    }
    lengths
};

/// The digit of a number below 16.
fn hex(number: u8) -> u8 {
    if number < 10 { b'0' + number } else { b'a' + (number - 10) }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn check(text: &str) {
        let mut json = b"before".to_vec();
        write_string(&mut json, text);
        let expected = format!("before{}", serde_json::to_string(text).unwrap());
        assert_eq!(escaped_len(text.as_bytes()), json.len() - "before\"\"".len(), "{text:?}");
        assert!(escaped_len(text.as_bytes()) <= text.len() * MAX_ESCAPED_LEN);
        assert_eq!(String::from_utf8(json).unwrap(), expected);
    }

    #[test]
    fn writes_every_character_at_every_place_of_a_block_as_serde_json_does() {
        for byte in 0..=0xFF_u8 {
            for before in 0..=BLOCK {
                check(&format!("{}{}é🦀", "x".repeat(before), char::from(byte)));
            }
        }
        check("");
    }

    proptest! {
        #[test]
        fn writes_any_text_as_serde_json_does(text in "(.|\\PC|[\\x00-\\x1F\"\\\\]){0,300}") {
            check(&text);
        }
    }
}
