//! Request bodies: read into one buffer, within the size limit, and their `data` within the memory budget.

use std::{
    collections::VecDeque,
    convert::Infallible,
    pin::Pin,
    task::{Context, Poll},
};

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use serde::Deserialize;

use super::{
    requests::{expect, posted},
    *,
};
use crate::{callable::body::read_body, protocol::envelope::MAX_BODY_BYTES};

/// A body of these frames that announces this length.
struct Frames {
    frames: VecDeque<Bytes>,
    announced: Option<u64>,
}

impl Body for Frames {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Self::Error>>> {
        Poll::Ready(self.frames.pop_front().map(|data| Ok(Frame::data(data))))
    }

    fn is_end_stream(&self) -> bool {
        self.announced.is_some() && self.frames.is_empty()
    }

    fn size_hint(&self) -> SizeHint {
        self.announced.map_or_else(SizeHint::default, SizeHint::with_exact)
    }
}

async fn sent(frames: Vec<Bytes>, announced: Option<u64>, limit: usize) -> Option<Bytes> {
    let body = Frames { frames: frames.into(), announced };
    read_body(body, limit).await.ok()
}

#[tokio::test]
async fn a_body_is_read_into_one_buffer_however_it_arrives() {
    let text: Vec<u8> = (0..=255).cycle().take(300_000).collect();
    for pieces in [1, 7, 4096, 65_536, 299_999, 300_000] {
        for announced in [None, Some(300_000)] {
            let frames = || text.chunks(pieces).map(Bytes::copy_from_slice).collect();
            let whole = sent(frames(), announced, 300_000).await.unwrap();
            assert_eq!(whole, text, "{pieces}, {announced:?}");
            assert!(sent(frames(), announced, 299_999).await.is_none(), "{pieces}, {announced:?}");
        }
    }
    let only = Bytes::from(text.clone());
    let whole = sent(vec![only.clone()], Some(300_000), 300_000).await.unwrap();
    assert_eq!(whole.as_ptr(), only.as_ptr(), "a single frame is not copied");
    assert_eq!(sent(vec![], Some(0), 10).await.unwrap(), "");
    assert_eq!(sent(vec![], None, 10).await.unwrap(), "");
}

#[tokio::test]
async fn data_that_would_take_too_much_memory_is_an_invalid_argument() {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Lenient {
        List(Vec<Value>),
        Any(#[allow(dead_code, reason = "read only")] Value),
    }

    let too_much = "data: would take more memory than a call may use";
    let dense = format!(r#"{{"data":[{}0]}}"#, "0,".repeat(300_000));
    let answer = posted(dense.clone()).to(echo()).await;
    assert_eq!((answer.status.as_u16(), answer.error()["message"].as_str()), (400, Some(too_much)));
    assert_eq!(answer.error()["details"]["field"], "data");
    let lenient = Callable::new(|request: CallableRequest<Lenient>| async move {
        Ok(match request.data {
            Lenient::List(list) => list.len(),
            Lenient::Any(_) => 0,
        })
    });
    let answer = posted(dense.clone()).to(lenient).await;
    assert_eq!(
        answer.error()["message"],
        too_much,
        "a type that ignores the error of its first variant"
    );
    // The same data is accepted with a larger budget, and by a type that needs less memory.
    let roomy = posted(dense.clone()).to(echo().data_budget(100 << 20)).await;
    assert_eq!(roomy.result().as_array().unwrap().len(), 300_001);
    let numbers =
        Callable::new(|request: CallableRequest<Vec<f64>>| async move { Ok(request.data.len()) });
    assert_eq!(posted(dense).to(numbers).await.result(), 300_001);
    // Little data is accepted, whatever its shape.
    let small = format!(r#"{{"data":[{}0]}}"#, "{\"x\":1,\"y\":2},".repeat(5_000));
    assert_eq!(posted(small).to(echo()).await.status, 200);
    // Repeated members count towards the budget, too.
    let repeated = format!(r#"{{"data":{{{}"a":1}}}}"#, "\"a\":0,".repeat(1_000));
    let answer = posted(repeated).to(echo().data_budget(10_000)).await;
    assert_eq!(answer.error()["message"], too_much);
}

#[tokio::test]
async fn a_body_may_have_32_mib_and_not_one_byte_more() {
    let of_size = |bytes: usize| {
        let mut body = br#"{"data":""#.to_vec();
        body.resize(bytes - 2, b'a');
        body.extend(b"\"}");
        posted(body)
    };
    assert_eq!(MAX_BODY_BYTES, 32 << 20);
    let answer = of_size(MAX_BODY_BYTES).to(echo()).await;
    assert_eq!(answer.status, 200);
    expect("too long", of_size(MAX_BODY_BYTES + 1), BAD).await;
}

#[tokio::test(start_paused = true)]
async fn a_body_that_never_arrives_is_a_bad_request() {
    use tower_service::Service;
    let never = http_body_util::StreamBody::new(futures_util::stream::pending::<
        Result<http_body::Frame<Bytes>, std::convert::Infallible>,
    >());
    let mut service = echo().into_service(crate::testing::authenticator());
    let request = http::Request::post("/").body(never).unwrap();
    let Ok(response) = service.call(request).await;
    assert_eq!(response.status(), 400);
}
