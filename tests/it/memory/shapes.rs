//! Bodies that are made to take as much memory as possible, each of about a given length.

/// A body of about this many bytes.
type Shape = fn(usize) -> Vec<u8>;

/// The names of the shapes, and the functions that make them.
pub(super) const SHAPES: [(&str, Shape); 20] = [
    ("objects with one member", |size| list(br#"{"":0}"#, size)),
    ("objects with one named member", |size| list(br#"{"a":0}"#, size)),
    ("zeros", |size| list(b"0", size)),
    ("doubles", |size| list(b"1e1", size)),
    ("nulls", |size| list(b"null", size)),
    ("empty lists", |size| list(b"[]", size)),
    ("empty objects", |size| list(b"{}", size)),
    ("empty strings", |size| list(br#""""#, size)),
    ("short strings", |size| list(br#""a""#, size)),
    ("lists in lists", |size| list(b"[[[[[[[[]]]]]]]]", size)),
    ("points", points),
    ("one name for all members", |size| object(size, |_| "\"\":0".to_owned())),
    ("many names", |size| object(size, |index| format!("\"{index:x}\":0"))),
    ("many names with escapes", |size| object(size, |index| format!("\"\\u0061{index:x}\":0"))),
    ("64-bit wrappers", |size| {
        list(br#"{"@type":"type.googleapis.com/google.protobuf.Int64Value","value":"1"}"#, size)
    }),
    ("wrappers of no known type", |size| list(br#"{"@type":1}"#, size)),
    ("escapes", |size| text(br"\n", size)),
    ("lone surrogates", |size| text(br"\ud800", size)),
    ("bytes that are not UTF-8", |size| text(b"\xFF", size)),
    ("nothing but brackets", |size| vec![b'['; size]),
];

/// A list of objects with two short members: ordinary data that takes much memory for its length.
pub(super) fn points(size: usize) -> Vec<u8> {
    list(br#"{"x":1,"y":2}"#, size)
}

fn list(item: &[u8], size: usize) -> Vec<u8> {
    let count = (size - 12) / (item.len() + 1);
    let mut body = br#"{"data":["#.to_vec();
    body.extend_from_slice(&vec![item; count].join(&b','));
    body.extend_from_slice(b"]}");
    body
}

fn object(size: usize, member: fn(usize) -> String) -> Vec<u8> {
    let mut body = br#"{"data":{"#.to_vec();
    let mut index = 0;
    while body.len() + 16 < size {
        if index > 0 {
            body.push(b',');
        }
        body.extend_from_slice(member(index).as_bytes());
        index += 1;
    }
    body.extend_from_slice(b"}}");
    body
}

fn text(piece: &[u8], size: usize) -> Vec<u8> {
    let mut body = br#"{"data":""#.to_vec();
    body.extend_from_slice(&piece.repeat((size - 12) / piece.len()));
    body.extend_from_slice(b"\"}");
    body
}
