//! Writes a whole answer in the form of its front. The only file that names `lambda_http`: its types serialize
//! everything but the body, which is the large part and is written here in one pass.

use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Response, StatusCode, header};
use http_body_util::BodyExt;
use lambda_http::{
    Body,
    aws_lambda_events::{
        alb::AlbTargetGroupResponse,
        apigw::{ApiGatewayProxyResponse, ApiGatewayV2httpResponse},
    },
};
use serde::Serialize;

use super::{config::ResponseMode, event::Front};
use crate::{
    callable::{Carriage, ResponseBody},
    protocol::{
        header::JSON,
        json::{INTERNAL, write_string},
    },
};

/// Lambda's limit for a buffered answer: 6 MB of JSON, in which the body is one string.
const BUFFERED: usize = 6_291_556;
/// A load balancer's limit is lower: 1 MB.
const BALANCED: usize = 1_000_000;
/// Lambda's limit for an answer that is sent as it is made.
const STREAMED: usize = 200_000_000;

/// How large an answer to this front may be.
pub(super) fn carriage(front: Front, mode: ResponseMode) -> Carriage {
    let most = most(front);
    match (mode, front) {
        (ResponseMode::Stream, _) => Carriage::Body { most: STREAMED },
        (ResponseMode::Buffered, Front::Balancer) => Carriage::Json { most, copies_of_headers: 2 },
        (ResponseMode::Buffered, _) => Carriage::Json { most, copies_of_headers: 1 },
    }
}

fn most(front: Front) -> usize {
    if front == Front::Balancer { BALANCED } else { BUFFERED }
}

/// What the rest of an answer takes, as a rule.
const USUAL_HEAD: usize = 512;

/// The JSON that the Runtime API is sent for `response`.
///
/// A callable's answer fits: its size was checked when it was written. Any other answer that is too large, such as
/// one of the author's own service, becomes INTERNAL with the same headers.
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
    let (answer, json) = match std::str::from_utf8(&body) {
        Ok(text) => {
            let answer = Answer::new(front, parts.status, headers, None);
            let json = with_text(&answer, text)?;
            (answer, json)
        }
        Err(_) => {
            let base64 = Some(Body::Binary(body.into()));
            let answer = Answer::new(front, parts.status, headers, base64);
            let json = serde_json::to_vec(&answer)?;
            (answer, json)
        }
    };
    if json.len() <= most(front) {
        return Ok(json.into());
    }
    tracing::error!(bytes = json.len(), "an answer is too large for its front");
    let mut headers = answer.into_headers();
    headers.remove(header::CONTENT_LENGTH);
    headers.insert(header::CONTENT_TYPE, JSON);
    let internal = Answer::new(front, StatusCode::INTERNAL_SERVER_ERROR, headers, None);
    with_text(&internal, INTERNAL).map(Bytes::from)
}

/// Writes the body in the same pass, as the last member.
fn with_text(answer: &Answer, text: &str) -> Result<Vec<u8>, serde_json::Error> {
    let mut json = Vec::with_capacity(USUAL_HEAD);
    serde_json::to_writer(&mut json, answer)?;
    if !text.is_empty() {
        json.pop(); // the brace at the end
        json.extend_from_slice(br#","body":"#);
        write_string(&mut json, text);
        json.push(b'}');
    }
    Ok(json)
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

impl Answer {
    fn into_headers(self) -> HeaderMap {
        match self {
            Self::Rest(answer) => answer.multi_value_headers,
            Self::Http(answer) => answer.headers,
            Self::Balancer(answer) => answer.headers,
        }
    }
}

fn description(status: StatusCode) -> String {
    format!("{} {}", status.as_u16(), status.canonical_reason().unwrap_or_default())
}

/// Headers as every front takes them: one line per name, since an HTTP API keeps only the first of several, and
/// printable ASCII, since fronts disagree on how JSON carries any other byte: with one, a stream's prelude is not
/// understood and a whole answer cannot be written. DIFFERENCE: the reference echoes such values unchanged.
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
    use serde_json::{Value, json};

    use super::*;

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

    /// A header, and a body of this many quotes, each of which takes two bytes.
    fn quotes(count: usize) -> Response<ResponseBody> {
        let mut response = Response::new(Bytes::from("\"".repeat(count)).into());
        let origin = HeaderValue::from_static("https://\"odd\".example");
        response.headers_mut().insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, origin);
        response.headers_mut().insert(header::CONTENT_LENGTH, count.into());
        response
    }

    #[tokio::test]
    async fn what_is_too_large_for_its_front_becomes_internal_with_the_same_headers() {
        for (front, most) in
            [(Front::Rest, 6_291_556), (Front::Http, 6_291_556), (Front::Balancer, 1_000_000)]
        {
            let head = whole(front, quotes(1)).await.unwrap().len() - 2;
            let fits = (most - head) / 2 - 8; // its length is a header, and has more digits now
            let json = whole(front, quotes(fits)).await.unwrap();
            assert!(most - 64 < json.len() && json.len() <= most, "{front:?}: {}", json.len());
            let binary = Response::new(Bytes::from(vec![0xFF; most / 4 * 3]).into());
            for response in [quotes(most / 2), binary] {
                let has_origin = !response.headers().is_empty();
                let json = whole(front, response).await.unwrap();
                let read: Value = serde_json::from_slice(&json).unwrap();
                assert_eq!((&read["statusCode"], &read["body"]), (&500.into(), &INTERNAL.into()));
                let text = String::from_utf8(json.to_vec()).unwrap();
                assert_eq!(text.contains("access-control-allow-origin"), has_origin, "{text}");
                assert!(text.contains("application/json") && !text.contains("content-length"));
            }
        }
    }

    #[tokio::test]
    async fn what_a_callable_may_send_to_a_front_fits_into_its_answer() {
        for front in [Front::Rest, Front::Http, Front::Balancer] {
            let mut response = quotes(0);
            let room = carriage(front, ResponseMode::Buffered).room(response.headers());
            let (mut fits, mut too_many) = (0, most(front));
            while too_many - fits > 1 {
                let middle = fits.midpoint(too_many);
                let holds = room.holds("\"".repeat(middle).as_bytes());
                *(if holds { &mut fits } else { &mut too_many }) = middle;
            }
            *response.body_mut() = Bytes::from("\"".repeat(fits)).into();
            let json = whole(front, response).await.unwrap();
            let read: Value = serde_json::from_slice(&json).unwrap();
            assert_eq!(read["statusCode"], 200, "{front:?}");
            assert!(json.len() > most(front) - 2_000, "{front:?}: room is wasted");
        }
        let streamed = carriage(Front::Rest, ResponseMode::Stream).room(&HeaderMap::new());
        assert!(streamed.holds("\"".repeat(8_000_000).as_bytes()));
    }
}
