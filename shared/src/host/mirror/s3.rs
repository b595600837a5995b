//! Requests to S3 for small objects. The AWS SDK does the same, but would be most of a function's size.

use bytes::Bytes;
use http::{Method, Request, Uri};

use super::sigv4::{Credentials, sign};
use crate::{
    Redacted,
    host::variables::{AWS_ENDPOINTS, AWS_KEY_ID, AWS_REGION, AWS_SECRET, AWS_SESSION_TOKEN},
    net::ServiceUrl,
};

/// A bucket, and the prefix of the objects in it.
#[derive(Debug)]
pub(super) struct Bucket {
    /// Of the bucket and its prefix.
    url: ServiceUrl,
    credentials: Credentials,
}

/// Why requests to a bucket cannot be made.
#[derive(Debug)]
pub(super) enum Problem {
    Name,
    /// The variable with the address of S3.
    Endpoint(&'static str),
    Credentials,
}

impl Bucket {
    /// `name` is the bucket, or the bucket, a slash and a prefix. The bucket is in the function's region.
    pub(super) fn new(
        name: &str,
        variable: impl Fn(&str) -> Option<String>,
    ) -> Result<Self, Problem> {
        let name = name.strip_suffix('/').unwrap_or(name);
        let (bucket, prefix) = name.split_once('/').map_or((name, None), |(b, p)| (b, Some(p)));
        if !is_bucket(bucket) || !prefix.is_none_or(is_prefix) {
            return Err(Problem::Name);
        }
        let set = |name: &str| variable(name).filter(|value| !value.is_empty());
        let required = |name| set(name).ok_or(Problem::Credentials);
        let credentials = Credentials {
            region: required(AWS_REGION)?,
            key_id: required(AWS_KEY_ID)?,
            secret: Redacted(required(AWS_SECRET)?),
            session_token: set(AWS_SESSION_TOKEN).map(Redacted),
        };
        let region = &credentials.region;
        if !region.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-') {
            return Err(Problem::Credentials);
        }
        let domain = if region.starts_with("cn-") { "amazonaws.com.cn" } else { "amazonaws.com" };
        let endpoint = AWS_ENDPOINTS.into_iter().find_map(|name| set(name).map(|url| (name, url)));
        let (base, path) = match endpoint {
            Some((name, url)) => {
                (ServiceUrl::parse(&url).map_err(|_| Problem::Endpoint(name))?, Some(bucket))
            }
            // The certificate of S3 does not cover a name with dots.
            None if bucket.contains('.') => (url(&format!("s3.{region}.{domain}"))?, Some(bucket)),
            None => (url(&format!("{bucket}.s3.{region}.{domain}"))?, None),
        };
        let path: String =
            [path, prefix].into_iter().flatten().map(|part| format!("/{part}")).collect();
        let url = if path.is_empty() { Ok(base) } else { base.join(&path) };
        Ok(Self { url: url.map_err(|_| Problem::Name)?, credentials })
    }

    /// The request for the object at `path`, which begins with a slash.
    pub(super) fn get(&self, path: &str) -> Request<Bytes> {
        self.request(Method::GET, path, Bytes::new())
    }

    /// The request that writes the object at `path`.
    pub(super) fn put(&self, path: &str, body: Bytes) -> Request<Bytes> {
        self.request(Method::PUT, path, body)
    }

    fn request(&self, method: Method, path: &str, body: Bytes) -> Request<Bytes> {
        let mut request = Request::new(body);
        *request.method_mut() = method;
        // The names of objects are part of the program. The default URI has no host: a request to it fails.
        let url = self.url.join(path);
        *request.uri_mut() = url.map_or_else(|_| Uri::default(), |url| url.uri().clone());
        sign(&mut request, &self.credentials);
        request
    }
}

fn url(host: &str) -> Result<ServiceUrl, Problem> {
    ServiceUrl::parse(&format!("https://{host}")).map_err(|_| Problem::Credentials)
}

/// Source: Amazon S3 user guide, "General purpose bucket naming rules".
fn is_bucket(name: &str) -> bool {
    let fits =
        |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"-.".contains(&byte);
    (3..=63).contains(&name.len())
        && name.bytes().all(fits)
        && !name.starts_with(['-', '.'])
        && !name.ends_with(['-', '.'])
        && !name.contains("..")
}

/// Whether the prefix needs no escapes in a URL and no client rewrites it.
fn is_prefix(prefix: &str) -> bool {
    let fits = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte);
    prefix.split('/').all(|part| !["", ".", ".."].contains(&part) && part.bytes().all(fits))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address(name: &str, region: &str, endpoint: Option<&str>) -> String {
        let variable = |variable: &str| match variable {
            AWS_REGION => Some(region.to_owned()),
            "AWS_ENDPOINT_URL" => endpoint.map(str::to_owned),
            _ => Some("x".to_owned()).filter(|_| !variable.starts_with("AWS_ENDPOINT")),
        };
        let bucket = Bucket::new(name, variable).unwrap();
        bucket.get("/id-token.json").uri().to_string()
    }

    #[test]
    fn an_object_has_the_address_that_s3_gives_it() {
        for (name, region, endpoint, expected) in [
            (
                "my-keys",
                "eu-west-1",
                None,
                "https://my-keys.s3.eu-west-1.amazonaws.com/id-token.json",
            ),
            (
                "my-keys/",
                "eu-west-1",
                None,
                "https://my-keys.s3.eu-west-1.amazonaws.com/id-token.json",
            ),
            (
                "my-keys/a/b",
                "us-east-1",
                None,
                "https://my-keys.s3.us-east-1.amazonaws.com/a/b/id-token.json",
            ),
            (
                "my.keys/a",
                "us-east-1",
                None,
                "https://s3.us-east-1.amazonaws.com/my.keys/a/id-token.json",
            ),
            (
                "my-keys",
                "cn-north-1",
                None,
                "https://my-keys.s3.cn-north-1.amazonaws.com.cn/id-token.json",
            ),
            (
                "my-keys/a",
                "eu-west-1",
                Some("http://127.0.0.1:5000/"),
                "http://127.0.0.1:5000/my-keys/a/id-token.json",
            ),
        ] {
            assert_eq!(address(name, region, endpoint), expected);
        }
    }

    #[test]
    fn a_region_cannot_name_another_host() {
        for region in ["x/y", "example.com#", "a@b", ""] {
            let variable = |variable: &str| match variable {
                AWS_REGION => Some(region.to_owned()),
                _ => Some("x".to_owned()).filter(|_| !variable.starts_with("AWS_ENDPOINT")),
            };
            let bucket = Bucket::new("my-keys", variable);
            let host = bucket.ok().and_then(|it| it.get("/a").uri().host().map(str::to_owned));
            assert!(host.is_none_or(|host| host.ends_with(".amazonaws.com")), "{region}");
        }
    }
}
