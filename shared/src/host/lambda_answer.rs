//! Writes a whole answer in the form of its front. The only file that names `lambda_http`: its types are the answers
//! without the body, which is the large part and is written here in one pass.

use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Response, StatusCode};
use http_body_util::BodyExt;
use lambda_http::{
    Body,
    aws_lambda_events::{
        alb::AlbTargetGroupResponse,
        apigw::{ApiGatewayProxyResponse, ApiGatewayV2httpResponse},
    },
};
use serde::Serialize;

use super::event::Front;
use crate::{callable::ResponseBody, protocol::json::write_string};

/// Lambda's limit for a buffered answer, 6 MB of JSON in which the body is one string, less what
/// status, headers and braces may take of it.
pub(super) const MAX_BODY_WEIGHT: usize = 6_291_556 - (16 << 10);

/// What the rest of an answer takes, as a rule.
const USUAL_HEAD: usize = 512;

/// The JSON that the Runtime API is sent for `response`.
///
/// # Errors
/// A header that is not text.
pub(super) async fn whole(
    front: Front,
    response: Response<ResponseBody>,
) -> Result<Bytes, serde_json::Error> {
    let (parts, body) = response.into_parts();
    let Ok(body) = body.collect().await;
    let body = body.to_bytes();
    let headers = one_line_each(parts.headers);
    // Our bodies are JSON and events: text, and not base64, which would grow them by a third.
    let Ok(text) = std::str::from_utf8(&body) else {
        let base64 = Some(Body::Binary(body.into()));
        return serde_json::to_vec(&Answer::new(front, parts.status, headers, base64))
            .map(Bytes::from);
    };
    let mut json = Vec::with_capacity(USUAL_HEAD);
    serde_json::to_writer(&mut json, &Answer::new(front, parts.status, headers, None))?;
    if !text.is_empty() {
        json.pop(); // the brace at the end
        json.extend_from_slice(br#","body":"#);
        write_string(&mut json, text);
        json.push(b'}');
    }
    Ok(json.into())
}

#[derive(Serialize)]
#[serde(untagged)]
enum Answer {
    Rest(ApiGatewayProxyResponse),
    Http(ApiGatewayV2httpResponse),
    Balancer(AlbTargetGroupResponse),
}

impl Answer {
    fn new(front: Front, status: StatusCode, headers: HeaderMap, base64: Option<Body>) -> Self {
        let status_code = i64::from(status.as_u16());
        let is_base64_encoded = base64.is_some();
        match front {
            Front::Rest => {
                let mut answer = ApiGatewayProxyResponse::default();
                answer.status_code = status_code;
                answer.multi_value_headers = headers;
                answer.body = base64;
                answer.is_base64_encoded = is_base64_encoded;
                Self::Rest(answer)
            }
            Front::Http => {
                let mut answer = ApiGatewayV2httpResponse::default();
                answer.status_code = status_code;
                answer.headers = headers;
                answer.body = base64;
                answer.is_base64_encoded = is_base64_encoded;
                Self::Http(answer)
            }
            Front::Balancer => {
                let mut answer = AlbTargetGroupResponse::default();
                answer.status_code = status_code;
                answer.status_description = Some(description(status));
                // Which of the two a balancer reads is a setting of its target group.
                answer.headers = headers.clone();
                answer.multi_value_headers = headers;
                answer.body = base64;
                answer.is_base64_encoded = is_base64_encoded;
                Self::Balancer(answer)
            }
        }
    }
}

fn description(status: StatusCode) -> String {
    format!("{} {}", status.as_u16(), status.canonical_reason().unwrap_or_default())
}

/// Headers as every front takes them: one line per name, since an HTTP API keeps only the first of several, and
/// printable ASCII, since JSON has no other form of bytes that all fronts agree on: a stream's prelude with
/// anything else in it is not understood, and a whole answer cannot be written. DIFFERENCE: the reference sends what
/// it echoes as it came.
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

/// How long a body is as a JSON string, quotes aside.
pub(super) fn weigh(body: &[u8]) -> usize {
    body.iter().map(|byte| usize::from(WEIGHTS.get(usize::from(*byte)).copied().unwrap_or(1))).sum()
}

/// What each byte takes in a JSON string.
#[expect(clippy::indexing_slicing, reason = "evaluated by the compiler, which would say so")]
const WEIGHTS: [u8; 256] = {
    let mut weights = [1; 256];
    let mut byte = 0;
    while byte < 0x20 {
        weights[byte] = 6;
        byte += 1;
    }
    let short = *b"\"\\\n\r\t\x08\x0C";
    let mut index = 0;
    while index < short.len() {
        weights[short[index] as usize] = 2;
        index += 1;
    }
    weights
};

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    #[test]
    fn weighs_a_body_as_the_json_string_that_it_becomes() {
        let every: String = (0..=0x7F_u8).map(char::from).collect();
        for body in ["", "plain", r#"{"result":"a \\"quoted\\" text"}"#, "é🦀\u{2028}", &every] {
            let string = serde_json::to_string(body).unwrap();
            assert_eq!(weigh(body.as_bytes()), string.len() - 2, "{body:?}");
        }
    }

    #[tokio::test]
    async fn writes_the_answer_that_lambda_https_types_describe() {
        for front in [Front::Rest, Front::Http, Front::Balancer] {
            for (body, is_base64) in
                [(&b""[..], false), (br#"{"result":"a \"b\""}"#, false), (b"\xFF\x00", true)]
            {
                let mut response = Response::new(Bytes::from_static(body).into());
                *response.status_mut() = StatusCode::NOT_FOUND;
                response.headers_mut().insert("x-a", HeaderValue::from_static("1"));
                let json = whole(front, response).await.unwrap();
                let read: Value = serde_json::from_slice(&json).unwrap();

                let expected = (!body.is_empty()).then(|| match is_base64 {
                    true => Body::Binary(body.to_vec()),
                    false => Body::Text(String::from_utf8(body.to_vec()).unwrap()),
                });
                let mut headers = HeaderMap::new();
                headers.insert("x-a", HeaderValue::from_static("1"));
                let mut expected = Answer::new(front, StatusCode::NOT_FOUND, headers, expected);
                match &mut expected {
                    Answer::Rest(answer) => answer.is_base64_encoded = is_base64,
                    Answer::Http(answer) => answer.is_base64_encoded = is_base64,
                    Answer::Balancer(answer) => answer.is_base64_encoded = is_base64,
                }
                assert_eq!(read, serde_json::to_value(&expected).unwrap(), "{front:?}");
            }
        }
    }

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

    #[tokio::test]
    async fn a_header_that_is_not_printable_ascii_is_left_out_of_every_answer() {
        for front in [Front::Rest, Front::Http, Front::Balancer] {
            for odd in [&b"https://\xC3\xA9.example"[..], b"\xFF", b"a\xA0"] {
                let mut response = Response::new(Bytes::from_static(b"{}").into());
                let odd = HeaderValue::from_bytes(odd).unwrap();
                let headers = response.headers_mut();
                headers.insert("access-control-allow-origin", odd.clone());
                headers.append("x-a", odd);
                headers.append("x-a", HeaderValue::from_static("1"));
                let json = whole(front, response).await.unwrap();
                let read: Value = serde_json::from_slice(&json).unwrap();
                let written = json!({"x-a": "1"});
                let several = json!({"x-a": ["1"]});
                let (name, expected) = match front {
                    Front::Rest => ("multiValueHeaders", &several),
                    Front::Http | Front::Balancer => ("headers", &written),
                };
                assert_eq!(&read[name], expected, "{front:?}: {read}");
                assert_eq!(read["body"], "{}");
            }
        }
    }
}
