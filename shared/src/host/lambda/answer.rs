//! Writes a whole answer as JSON in the form that its front reads. The only file that uses `lambda_http`: its types
//! serialize an answer without the body. The body is the largest part, and is written here in one pass.

use std::borrow::Cow;

use base64::{Engine, engine::general_purpose::STANDARD};
use bytes::Bytes;
use http::{HeaderMap, Response, StatusCode, header};
use http_body_util::BodyExt;
use lambda_http::aws_lambda_events::{
    alb::AlbTargetGroupResponse,
    apigw::{ApiGatewayProxyResponse, ApiGatewayV2httpResponse},
};

use super::{event::Front, headers::one_line_each, limits::max_json_len};
use crate::{
    callable::ResponseBody,
    protocol::{
        header::JSON,
        json::{INTERNAL, write_string},
    },
};

/// The JSON that is sent to the Runtime API for `response`.
///
/// A callable's answer is never too large: its size was checked when it was written. Any other answer that is too
/// large, such as one of the author's own service, becomes INTERNAL with the same headers.
///
/// # Errors
/// A header's value is not text.
pub(super) async fn whole(
    front: Front,
    response: Response<ResponseBody>,
) -> Result<Bytes, serde_json::Error> {
    let (parts, body) = response.into_parts();
    let Ok(body) = body.collect().await;
    let body = body.to_bytes();
    // Our bodies are JSON or server-sent events, and are sent as text: base64 would make them a third longer.
    let (text, is_base64) = match std::str::from_utf8(&body) {
        Ok(text) => (Cow::Borrowed(text), false),
        Err(_) => (Cow::Owned(STANDARD.encode(&body)), true),
    };
    let headers = one_line_each(parts.headers);
    let (json, mut headers) = write(front, parts.status, headers, &text, is_base64)?;
    if json.len() <= max_json_len(front) {
        return Ok(json.into());
    }
    tracing::error!(
        bytes = json.len(),
        "the answer is too large for its front: INTERNAL is sent instead"
    );
    headers.remove(header::CONTENT_LENGTH);
    headers.insert(header::CONTENT_TYPE, JSON);
    let status = StatusCode::INTERNAL_SERVER_ERROR;
    let (json, _) = write(front, status, headers, INTERNAL, false)?;
    Ok(json.into())
}

/// The usual length of an answer without its body.
const USUAL_HEAD: usize = 512;

/// Writes an answer, its body last. Also returns the headers: an answer that is too large is replaced by a shorter one
/// with the same headers.
fn write(
    front: Front,
    status: StatusCode,
    headers: HeaderMap,
    body: &str,
    is_base64: bool,
) -> Result<(Vec<u8>, HeaderMap), serde_json::Error> {
    let mut json = Vec::with_capacity(USUAL_HEAD);
    let status_code = i64::from(status.as_u16());
    let headers = match front {
        Front::Rest => {
            let mut head = ApiGatewayProxyResponse::default();
            (head.status_code, head.is_base64_encoded) = (status_code, is_base64);
            head.multi_value_headers = headers;
            serde_json::to_writer(&mut json, &head)?;
            head.multi_value_headers
        }
        Front::Http => {
            let mut head = ApiGatewayV2httpResponse::default();
            (head.status_code, head.is_base64_encoded) = (status_code, is_base64);
            head.headers = headers;
            serde_json::to_writer(&mut json, &head)?;
            head.headers
        }
        Front::Balancer => {
            let mut head = AlbTargetGroupResponse::default();
            (head.status_code, head.is_base64_encoded) = (status_code, is_base64);
            let reason = status.canonical_reason().unwrap_or_default();
            head.status_description = Some(format!("{status_code} {reason}"));
            // A balancer reads only one of the two members: a setting of its target group decides which.
            head.headers = headers.clone();
            head.multi_value_headers = headers;
            serde_json::to_writer(&mut json, &head)?;
            head.headers
        }
    };
    if !body.is_empty() {
        json.pop(); // the brace at the end
        json.extend_from_slice(br#","body":"#);
        write_string(&mut json, body);
        json.push(b'}');
    }
    Ok((json, headers))
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;
    use lambda_http::Body;
    use serde::{Serialize, de::DeserializeOwned};
    use serde_json::{Value, json};

    use super::*;
    use crate::host::{config::ResponseMode, lambda::limits::limit};

    #[tokio::test]
    async fn writes_answers_as_the_types_of_lambda_http_do() {
        for front in [Front::Rest, Front::Http, Front::Balancer] {
            for (body, is_base64) in
                [(&b""[..], false), (br#"{"result":"a \"b\""}"#, false), (b"\xFF\x00", true)]
            {
                let mut response = Response::new(Bytes::from_static(body).into());
                *response.status_mut() = StatusCode::NOT_FOUND;
                response.headers_mut().insert("x-a", HeaderValue::from_static("1"));
                let json = whole(front, response).await.unwrap();
                let read: Value = serde_json::from_slice(&json).unwrap();

                let described = match front {
                    Front::Rest => rewritten::<ApiGatewayProxyResponse>(&json),
                    Front::Http => rewritten::<ApiGatewayV2httpResponse>(&json),
                    Front::Balancer => rewritten::<AlbTargetGroupResponse>(&json),
                };
                assert_eq!(read, described, "{front:?}");
                let body = (!body.is_empty()).then(|| match is_base64 {
                    true => Body::Binary(body.to_vec()),
                    false => Body::Text(String::from_utf8(body.to_vec()).unwrap()),
                });
                assert_eq!(read["body"], serde_json::to_value(&body).unwrap(), "{front:?}");
                assert_eq!(read["isBase64Encoded"], is_base64, "{front:?}");
                assert_eq!(read["statusCode"], 404, "{front:?}");
                if front == Front::Balancer {
                    assert_eq!(read["statusDescription"], "404 Not Found");
                    assert_eq!(read["multiValueHeaders"], json!({"x-a": ["1"]}));
                }
            }
        }
    }

    /// The JSON of an answer, parsed into one of lambda_http's types and serialized again.
    fn rewritten<T: DeserializeOwned + Serialize>(json: &[u8]) -> Value {
        serde_json::to_value(serde_json::from_slice::<T>(json).unwrap()).unwrap()
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

    /// An answer with headers, and with a body of `count` quotes. Each quote takes two bytes in JSON.
    fn quotes(count: usize) -> Response<ResponseBody> {
        let mut response = Response::new(Bytes::from("\"".repeat(count)).into());
        let origin = HeaderValue::from_static("https://\"odd\".example");
        response.headers_mut().insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, origin);
        response.headers_mut().insert(header::CONTENT_LENGTH, count.into());
        response
    }

    #[tokio::test]
    async fn an_answer_too_large_for_its_front_becomes_internal_with_the_same_headers() {
        for (front, most) in
            [(Front::Rest, 6_291_556), (Front::Http, 6_291_556), (Front::Balancer, 1_000_000)]
        {
            let head = whole(front, quotes(1)).await.unwrap().len() - 2;
            let fits = (most - head) / 2 - 8; // content-length has more digits now
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
    async fn an_answer_within_a_callables_limit_is_not_too_large_for_its_front() {
        for front in [Front::Rest, Front::Http, Front::Balancer] {
            let mut response = quotes(0);
            let room = limit(front, ResponseMode::Buffered).for_body(response.headers());
            let (mut fits, mut too_many) = (0, max_json_len(front));
            while too_many - fits > 1 {
                let middle = fits.midpoint(too_many);
                let has_room = room.fits("\"".repeat(middle).as_bytes());
                *(if has_room { &mut fits } else { &mut too_many }) = middle;
            }
            *response.body_mut() = Bytes::from("\"".repeat(fits)).into();
            let json = whole(front, response).await.unwrap();
            let read: Value = serde_json::from_slice(&json).unwrap();
            assert_eq!(read["statusCode"], 200, "{front:?}");
            assert!(json.len() > max_json_len(front) - 2_000, "{front:?}: room is wasted");
        }
        let streamed = limit(Front::Rest, ResponseMode::Stream).for_body(&HeaderMap::new());
        assert!(streamed.fits("\"".repeat(8_000_000).as_bytes()));
    }
}
