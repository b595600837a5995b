//! Large uploads: the handler signs a URL of S3, and the browser sends the file there.

use std::{sync::Arc, time::Duration};

use aws_sdk_s3::{Client, presigning::PresigningConfig};
use serde::{Deserialize, Serialize};
use serde_json::json;
use shared::{Callable, CallableRequest, HttpsError, OrError, testing::Call};

use crate::support::secrets_manager::{SecretsManager, aws};

struct Uploads {
    s3: Client,
    bucket: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct NewUpload {
    content_type: String,
    bytes: i64,
}

#[derive(Serialize)]
struct Upload {
    url: String,
    key: String,
}

async fn start_upload(
    uploads: Arc<Uploads>,
    request: CallableRequest<NewUpload>,
) -> Result<Upload, HttpsError> {
    let owner = request.require_auth()?.uid().to_owned();
    let NewUpload { content_type, bytes } = request.data;
    if !(1..=100_000_000).contains(&bytes) {
        return Err(HttpsError::out_of_range("at most 100 MB"));
    }
    let key = format!("{owner}/upload"); // one per user; a new one replaces it
    let put = uploads.s3.put_object().bucket(&uploads.bucket).key(&key);
    let put = put.content_type(content_type).content_length(bytes); // signed: S3 refuses others
    let valid_for = PresigningConfig::expires_in(Duration::from_secs(300))?;
    let url = put.presigned(valid_for).await.or_internal()?.uri().to_owned();
    Ok(Upload { url, key })
}

#[tokio::test]
async fn a_browser_uploads_to_the_url_that_the_handler_signs() {
    let moto = SecretsManager::start().await;
    let s3 = Client::new(aws(&moto.url).config().await);
    let region = aws_sdk_s3::types::BucketLocationConstraint::EuWest1;
    let place = aws_sdk_s3::types::CreateBucketConfiguration::builder().location_constraint(region);
    let bucket = s3.create_bucket().bucket("uploads").create_bucket_configuration(place.build());
    bucket.send().await.unwrap();

    let uploads = Arc::new(Uploads { s3: s3.clone(), bucket: "uploads".to_owned() });
    let callable = Callable::with(uploads, start_upload);
    let data = json!({"contentType": "image/png", "bytes": 3});
    let upload = Call::with(data).signed_in("ada").to(callable).await.result();
    let url = upload["url"].as_str().unwrap();
    for part in ["X-Amz-Expires=300", "content-length%3Bcontent-type%3Bhost"] {
        assert!(url.contains(part), "{url}");
    }

    let tls = shared::net::tls_config();
    let browser = reqwest::Client::builder().tls_backend_preconfigured(tls).build().unwrap();
    let put = browser.put(url).header("content-type", "image/png").body("png");
    let answer = put.send().await.unwrap();
    assert_eq!(answer.status(), 200, "{url}");
    let stored = s3.get_object().bucket("uploads").key("ada/upload").send().await.unwrap();
    assert_eq!(stored.content_type(), Some("image/png"));
    assert_eq!(&*stored.body.collect().await.unwrap().into_bytes(), b"png");
}

#[tokio::test]
async fn no_url_is_signed_for_a_file_that_is_too_large() {
    let s3 = Client::new(aws("http://127.0.0.1:1").config().await);
    let uploads = Arc::new(Uploads { s3, bucket: "uploads".to_owned() });
    let data = json!({"contentType": "image/png", "bytes": 100_000_001});
    let answer = Call::with(data).signed_in("ada").to(Callable::with(uploads, start_upload)).await;
    assert_eq!(answer.error()["status"], "OUT_OF_RANGE");
}
