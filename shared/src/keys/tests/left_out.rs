//! Entries of a key set that are not used are logged once per change of the set.

use std::io;

use tracing_subscriber::fmt::MakeWriter;

use super::*;

/// The log as text.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl io::Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl<'w> MakeWriter<'w> for Log {
    type Writer = Self;

    fn make_writer(&'w self) -> Self {
        self.clone()
    }
}

impl Log {
    fn lines_with(&self, text: &str) -> usize {
        let log = String::from_utf8(self.0.lock().unwrap().clone()).unwrap();
        log.lines().filter(|line| line.contains(text)).count()
    }
}

/// The shared key and one more entry.
fn with(odd: &serde_json::Value) -> Answer {
    let set = json!({ "keys": [TestKeys::shared().jwk(), odd] });
    Answer::Text(Box::leak(set.to_string().into_boxed_str()))
}

#[tokio::test(start_paused = true)]
async fn logs_the_entries_left_out_once_per_change_of_the_set() {
    let log = Log::default();
    let subscriber = tracing_subscriber::fmt().with_writer(log.clone()).with_ansi(false).finish();
    let _guard = tracing::subscriber::set_default(subscriber);

    let mut weak = TestKeys::shared().jwk();
    weak["kid"] = json!("weak");
    weak["e"] = json!("Aw");
    let bench = bench(with(&weak));
    for _ in 0..3 {
        bench.key("test-key").await.unwrap();
        bench.clock.advance(2 * HOUR);
    }
    assert_eq!(bench.endpoint.fetches(), 3);
    let sentence = "entry 2 (weak) has an exponent that is even, below 65537 or above 33 bits";
    assert_eq!(log.lines_with(sentence), 1);
    assert_eq!(log.lines_with("WARN"), 1);

    bench.endpoint.now_answers(with(&json!({"kty": "EC", "kid": "curve"})));
    bench.clock.advance(2 * HOUR);
    bench.key("test-key").await.unwrap();
    assert_eq!(log.lines_with("entry 2 (curve) is not an RSA key"), 1);
    assert_eq!(log.lines_with("WARN"), 1, "a key for another use is not a warning");

    bench.endpoint.now_answers(with(&weak));
    bench.clock.advance(2 * HOUR);
    bench.key("test-key").await.unwrap();
    assert_eq!(log.lines_with(sentence), 2);
}
