//! The SDK over connections that die while they are idle, as in a frozen sandbox.

use std::sync::atomic::{AtomicUsize, Ordering};

use aws_config::{BehaviorVersion, Region, SdkConfig, retry::RetryConfig};
use aws_credential_types::{Credentials, provider::SharedCredentialsProvider};
use aws_sdk_dynamodb::Client;
use tokio::{
    io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader},
    net::{TcpListener, TcpStream},
};

use super::*;

/// Answers this many requests on a connection. Receives one more, and closes the connection instead of an answer.
async fn answer(stream: TcpStream, times: usize) {
    let mut stream = BufReader::new(stream);
    let answer = b"HTTP/1.1 200 OK\r\ncontent-type: application/x-amz-json-1.0\r\ncontent-length: 2\r\n\r\n{}";
    for _ in 0..times {
        if receive(&mut stream).await.is_none() {
            return;
        }
        stream.write_all(answer).await.unwrap();
    }
    receive(&mut stream).await;
}

/// One whole request; `None` if the client closes the connection.
async fn receive(stream: &mut BufReader<TcpStream>) -> Option<()> {
    let mut length = 0;
    loop {
        let mut line = String::new();
        stream.read_line(&mut line).await.ok().filter(|&read| read > 0)?;
        if let Some(value) = line.to_lowercase().strip_prefix("content-length:") {
            length = value.trim().parse().unwrap();
        }
        if line == "\r\n" {
            break;
        }
    }
    stream.read_exact(&mut vec![0; length]).await.ok()?;
    Some(())
}

/// The first three connections die after one answer.
async fn dynamodb(connections: Arc<AtomicUsize>) -> Client {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let number = connections.fetch_add(1, Ordering::SeqCst);
            tokio::spawn(answer(stream, if number < 3 { 1 } else { usize::MAX }));
        }
    });
    let retries = RetryConfig::standard().with_initial_backoff(Duration::from_millis(1));
    let config = SdkConfig::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new("eu-west-1"))
        .credentials_provider(SharedCredentialsProvider::new(Credentials::for_tests()))
        .retry_config(retries.with_max_attempts(2))
        .http_client(client())
        .endpoint_url(url);
    Client::new(&config.build())
}

async fn get(client: &Client) -> bool {
    let get = client.get_item().table_name("notes");
    let key = aws_sdk_dynamodb::types::AttributeValue::S("1".to_owned());
    get.key("id", key).send().await.is_ok()
}

/// With two attempts, a second dead connection of the pool would end the operation.
#[tokio::test]
async fn no_operation_fails_because_all_idle_connections_died() {
    let connections = Arc::new(AtomicUsize::new(0));
    let client = dynamodb(Arc::clone(&connections)).await;
    let three = tokio::join!(get(&client), get(&client), get(&client));
    assert_eq!((three, connections.load(Ordering::SeqCst)), ((true, true, true), 3));
    assert!(get(&client).await);
    assert_eq!(connections.load(Ordering::SeqCst), 4);
    for _ in 0..5 {
        assert!(get(&client).await);
    }
    assert_eq!(connections.load(Ordering::SeqCst), 4, "it is kept");
}

#[test]
fn the_answers_of_secrets_are_short() {
    let of = |target: &'static str| {
        let mut headers = HeaderMap::new();
        headers.insert("x-amz-target", http::HeaderValue::from_static(target));
        most_bytes(&headers)
    };
    assert_eq!(of("secretsmanager.GetSecretValue"), 512 << 10);
    assert_eq!(of("AmazonSSM.GetParameter"), 512 << 10);
    assert!(of("DynamoDB_20120810.BatchGetItem") > 16 << 20);
    assert_eq!(most_bytes(&HeaderMap::new()), 32 << 20);
}
