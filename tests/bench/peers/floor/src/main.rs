//! The least that lambda_http can do: a constant answer, trimmed features, one thread.

use lambda_http::{Body, Error, Request, Response, run, service_fn};

async fn handle(_: Request) -> Result<Response<Body>, Error> {
    let body = Body::Text(r#"{"result":{"message":"constant"}}"#.to_owned());
    Ok(Response::builder().header("content-type", "application/json; charset=utf-8").body(body)?)
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    run(service_fn(handle)).await
}
