//! A structured body of 1000 records, read like `data` and written like a result, in this process under valgrind. The
//! measured callables take and return one text, so their figures do not show the cost of member names and numbers.

use serde::{Deserialize, Serialize};
use shared::protocol::{
    data::{Document, default_budget},
    json,
};

/// The option with which this program starts itself to do the work.
pub(crate) const OPTION: &str = "--records";

/// The kinds of work.
pub(crate) const WORK: [&str; 4] = [READ, WRITE, READ_BY_SERDE_JSON, WRITE_BY_SERDE_JSON];
pub(crate) const READ: &str = "read";
pub(crate) const WRITE: &str = "write";
pub(crate) const READ_BY_SERDE_JSON: &str = "read by serde_json";
pub(crate) const WRITE_BY_SERDE_JSON: &str = "write by serde_json";

#[derive(Serialize, Deserialize)]
struct Record {
    id: u32,
    name: String,
    price: f64,
    is_in_stock: bool,
    tags: Vec<String>,
    changed_at: i64,
    note: Option<String>,
}

fn records() -> Vec<Record> {
    let record = |id: u32| Record {
        id,
        name: format!("Article {id}"),
        price: f64::from(id) * 0.75,
        is_in_stock: id.is_multiple_of(3),
        tags: vec!["new".to_owned(), "sale".to_owned()],
        changed_at: 1_700_000_000_000 + i64::from(id),
        note: None,
    };
    (0..1000).map(record).collect()
}

/// Does one kind of work `times` times.
pub(crate) fn run(work: &str, times: usize) {
    let records = records();
    let text = serde_json::to_vec(&records).unwrap();
    for _ in 0..times {
        let length = match work {
            READ => {
                let budget = default_budget(text.len());
                let document = Document::check(text.clone().into(), budget).unwrap();
                document.fit::<Vec<Record>>().unwrap().len()
            }
            READ_BY_SERDE_JSON => {
                serde_json::from_slice::<Vec<Record>>(&text.clone()).unwrap().len()
            }
            WRITE => json::result(&records).unwrap().len(),
            _ => serde_json::to_vec(&records).unwrap().len(),
        };
        assert!(length >= records.len());
    }
}
