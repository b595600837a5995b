//! A mirror of key sets, which a scheduled function writes and functions read: an S3 bucket, or any `https` address. For
//! functions that cannot reach the issuers, such as in a VPC without a way out, and for starts that do not wait for
//! them. The mirror has one object for each key set, such as `id-token.json`, in the form of a [`KeyCopy`].

mod s3;
mod sigv4;

use std::fmt;

use bytes::Bytes;
use http::StatusCode;

use self::s3::Bucket;
use super::{
    error::StartError,
    variables::{AWS_KEY_ID, AWS_REGION, AWS_SECRET, KEYS_MIRROR},
};
use crate::{
    keys::{CacheSettings, Fetch, FetchError, HttpsFetch, KeyCopy, Mirror},
    net::{BoxFuture, Https, ServiceUrl, UrlError},
};

/// The mirror that `FIREBASE_KEYS_MIRROR` names.
#[derive(Debug)]
pub struct KeyMirror(Place);

enum Place {
    Bucket(Bucket, Https),
    Address(ServiceUrl, HttpsFetch),
}

impl fmt::Debug for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Bucket(bucket, _) => bucket.fmt(f),
            Self::Address(url, _) => write!(f, "{url}"),
        }
    }
}

/// Why a copy was not written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum MirrorError {
    /// The mirror is an address, which can only be read.
    #[error(
        "FIREBASE_KEYS_MIRROR is not a bucket: set it to one, as in s3://my-keys/firebase-keys"
    )]
    NotABucket,
    /// The request failed, or was refused.
    #[error("S3: {0}")]
    Refused(FetchError),
}

impl KeyMirror {
    /// Reads the value of `FIREBASE_KEYS_MIRROR`. The credentials of a bucket are those that Lambda sets.
    pub(super) fn parse(
        value: &str,
        variable: impl Fn(&str) -> Option<String>,
    ) -> Result<Self, StartError> {
        let unfit = |problem: &dyn fmt::Display| {
            StartError::new(
                KEYS_MIRROR,
                format_args!(
                    "cannot be used: {problem}: set it to a bucket, as in s3://my-keys/firebase-keys, or to an \
                     address below which the key sets are, as in https://keys.example.com/firebase-keys"
                ),
            )
        };
        let Some(bucket) = value.strip_prefix("s3://") else {
            let url = ServiceUrl::parse(value).map_err(|error| match error {
                UrlError::Unencrypted => unfit(&error),
                UrlError::Form => unfit(&"it is neither a bucket nor a URL"),
            })?;
            if url.uri().query().is_some() {
                return Err(unfit(&"it has a query"));
            }
            return Ok(Self(Place::Address(url, HttpsFetch::new())));
        };
        let bucket = Bucket::new(bucket, variable).map_err(|problem| match problem {
            s3::Problem::Name => unfit(&"it is not the name of a bucket and a prefix"),
            s3::Problem::Endpoint(name) => StartError::new(name, "is not an https URL: unset it"),
            s3::Problem::Credentials => StartError::new(
                KEYS_MIRROR,
                format_args!(
                    "names a bucket, but {AWS_REGION}, {AWS_KEY_ID} and {AWS_SECRET}, which Lambda sets, are not set: \
                     set them, or set it to an https address"
                ),
            ),
        })?;
        Ok(Self(Place::Bucket(bucket, Https::new())))
    }

    /// Writes the copy of the key set that `settings` describe.
    ///
    /// ```no_run
    /// # use shared::{host::{KeyMirror, MirrorError}, keys::{CacheSettings, KeyCopy}};
    /// # async fn f(mirror: &KeyMirror, settings: &CacheSettings, copy: &KeyCopy) -> Result<(), MirrorError> {
    /// mirror.write(settings, copy).await
    /// # }
    /// ```
    ///
    /// # Errors
    /// The mirror is not a bucket, or S3 did not take the copy.
    pub async fn write(&self, settings: &CacheSettings, copy: &KeyCopy) -> Result<(), MirrorError> {
        let Place::Bucket(bucket, client) = &self.0 else { return Err(MirrorError::NotABucket) };
        let request = bucket.put(&object(settings.key_set), copy.document().clone());
        let answer = client.send(request).await;
        match answer.map(|answer| answer.status()) {
            Ok(StatusCode::OK) => Ok(()),
            Ok(status) => Err(MirrorError::Refused(FetchError::Status(status.as_u16()))),
            Err(error) => Err(MirrorError::Refused(error.into())),
        }
    }

    async fn read(&self, key_set: &str) -> Result<Bytes, FetchError> {
        let object = object(key_set);
        match &self.0 {
            Place::Bucket(bucket, client) => {
                let answer = client.send(bucket.get(&object)).await?;
                match answer.status() {
                    StatusCode::OK => Ok(answer.into_body()),
                    status => Err(FetchError::Status(status.as_u16())),
                }
            }
            Place::Address(url, fetch) => {
                // The name of a key set is part of the program.
                let url = url.join(&object).map_err(|_| FetchError::Status(404))?;
                Ok(fetch.fetch(&url).await?.body)
            }
        }
    }
}

impl Mirror for KeyMirror {
    fn read<'a>(&'a self, key_set: &'a str) -> BoxFuture<'a, Result<Bytes, FetchError>> {
        Box::pin(self.read(key_set))
    }
}

fn object(key_set: &str) -> String {
    format!("/{key_set}.json")
}

#[cfg(test)]
mod tests {
    use super::*;

    const CREDENTIALS: [(&str, &str); 3] =
        [(AWS_REGION, "eu-west-1"), (AWS_KEY_ID, "AKIDEXAMPLE"), (AWS_SECRET, "not-to-be-seen")];

    fn parse(value: &str, environment: &[(&str, &str)]) -> Result<KeyMirror, String> {
        let variable = |name: &str| {
            let set = environment.iter().find(|(key, _)| *key == name);
            set.map(|(_, value)| (*value).to_owned())
        };
        KeyMirror::parse(value, variable).map_err(|error| error.to_string())
    }

    #[test]
    fn a_mirror_is_a_bucket_or_an_address() {
        for value in ["s3://my-keys", "s3://my-keys/", "s3://my-keys/a/b_c", "s3://my.keys/a.b"] {
            assert!(parse(value, &CREDENTIALS).is_ok(), "{value}");
        }
        for value in ["https://keys.example.com/mirror", "http://127.0.0.1:9000"] {
            assert!(parse(value, &[]).is_ok(), "{value}");
        }
    }

    #[test]
    fn one_that_cannot_be_used_is_one_sentence() {
        let cases = [
            "",
            "my-keys",
            "s3://",
            "s3://My-Keys",
            "s3://a",
            "s3://my keys",
            "s3://my-keys/ä",
            "s3://my-keys/a?b",
            "s3://my-keys//a",
            "s3://my-keys/../a",
            "s3://my_keys",
            "s3:my-keys",
            "http://keys.example.com/",
            "https://keys.example.com/?a=b",
            "https://user@keys.example.com/",
        ];
        for value in cases {
            let sentence = parse(value, &CREDENTIALS).unwrap_err();
            assert!(sentence.starts_with("FIREBASE_KEYS_MIRROR cannot be used: "), "{sentence}");
            assert!(sentence.contains("s3://my-keys/firebase-keys"), "{sentence}");
            assert!(!sentence.contains('\n') && !sentence.contains("user@"), "{sentence}");
        }
        for missing in 0..CREDENTIALS.len() {
            let mut environment = CREDENTIALS.to_vec();
            environment.remove(missing);
            let sentence = parse("s3://my-keys", &environment).unwrap_err();
            assert!(sentence.starts_with("FIREBASE_KEYS_MIRROR names a bucket, but"), "{sentence}");
        }
        let endpoint = [&CREDENTIALS[..], &[("AWS_ENDPOINT_URL_S3", "http://s3.example.com")]];
        let sentence = parse("s3://my-keys", &endpoint.concat()).unwrap_err();
        assert_eq!(sentence, "AWS_ENDPOINT_URL_S3 is not an https URL: unset it");
    }

    #[test]
    fn debug_shows_no_credentials() {
        let shown = format!("{:?}", parse("s3://my-keys", &CREDENTIALS).unwrap());
        assert!(shown.contains("my-keys") && !shown.contains("not-to-be-seen"), "{shown}");
    }

    #[tokio::test]
    async fn an_address_is_not_written() {
        let mirror = parse("http://127.0.0.1:9", &[]).unwrap();
        let settings = CacheSettings::id_tokens(crate::keys::google_id_token_keys());
        let copy = r#"{"source":"x","fetched_at":1,"max_age":1,"keys":[]}"#;
        let copy = KeyCopy::parse(copy.into()).unwrap();
        assert_eq!(mirror.write(&settings, &copy).await, Err(MirrorError::NotABucket));
    }
}
