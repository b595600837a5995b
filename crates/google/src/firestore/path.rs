//! Paths of collections and documents. Each id is checked when it is added and escaped when it is sent, so an id that a
//! client chose cannot name another document.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use super::FirestoreError;

/// The longest id that Firestore accepts.
const MAX_ID_BYTES: usize = 1500;
/// Firestore's limit is 100 levels of collections; a path that long is a mistake.
const MAX_SEGMENTS: usize = 40;
/// The characters that need no escape in a path. Source: RFC 3986 §2.3.
const UNRESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// The path of a collection, such as `notes` or `notes/n1/comments`.
///
/// ```
/// use firebase_callable_google::firestore::CollectionPath;
///
/// let comments = CollectionPath::new("notes")?.document("n1")?.collection("comments")?;
/// assert_eq!(comments.to_string(), "notes/n1/comments");
/// # Ok::<(), firebase_callable_google::firestore::FirestoreError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct CollectionPath(Vec<String>);

/// The path of a document, such as `notes/n1`. [`CollectionPath::document`] makes it.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct DocumentPath(Vec<String>);

impl CollectionPath {
    /// A collection at the top of the database.
    ///
    /// # Errors
    /// [`FirestoreError::Id`], as in [`Self::document`].
    pub fn new(id: &str) -> Result<Self, FirestoreError> {
        Ok(Self(vec![checked(id)?]))
    }

    /// A document in this collection. `id` may come from a client: it can name a document of this collection only.
    ///
    /// ```
    /// use firebase_callable_google::firestore::CollectionPath;
    ///
    /// let notes = CollectionPath::new("notes")?;
    /// assert_eq!(notes.document("n1")?.to_string(), "notes/n1");
    /// for id in ["", ".", "..", "a/b", "a%2Fb", "a?b", "a#b", "a\\b", "a\nb", "__a__"] {
    ///     assert!(notes.document(id).is_err());
    /// }
    /// # Ok::<(), firebase_callable_google::firestore::FirestoreError>(())
    /// ```
    ///
    /// # Errors
    /// [`FirestoreError::Id`], which a client sees as INVALID_ARGUMENT: `id` is empty, `.`, `..`, of the reserved form
    /// `__…__`, longer than 1500 bytes, or has a control character or one of `/ \ % ? #`. Firestore itself allows all of
    /// these characters but the slash; they are refused because other software on the way reads them in more than one
    /// way.
    pub fn document(&self, id: &str) -> Result<DocumentPath, FirestoreError> {
        Ok(DocumentPath(extended(&self.0, id)?))
    }

    /// The collection's own id, and the document that contains the collection.
    pub(super) fn parts(&self) -> (&[String], &str) {
        self.0.split_last().map_or((&[], ""), |(id, parent)| (parent, id))
    }

    pub(super) fn segments(&self) -> &[String] {
        &self.0
    }

    /// Whether `document` is in this collection itself, and not in a collection below it.
    pub(super) fn contains(&self, document: &DocumentPath) -> bool {
        document.0.split_last().is_some_and(|(_, parent)| parent == self.0)
    }
}

impl DocumentPath {
    /// A collection below this document.
    ///
    /// # Errors
    /// [`FirestoreError::Id`], as in [`CollectionPath::document`].
    pub fn collection(&self, id: &str) -> Result<CollectionPath, FirestoreError> {
        Ok(CollectionPath(extended(&self.0, id)?))
    }

    /// The last part of the path.
    #[must_use]
    pub fn id(&self) -> &str {
        self.0.last().map_or("", String::as_str)
    }

    /// The collection of this document, and its id.
    pub(super) fn parts(&self) -> (&[String], &str) {
        self.0.split_last().map_or((&[], ""), |(id, parent)| (parent, id))
    }

    pub(super) fn segments(&self) -> &[String] {
        &self.0
    }

    /// The path in a name that Firestore sent; `None` if it is not a document below `documents`. Ids that others have
    /// chosen may have characters that [`CollectionPath::document`] refuses.
    pub(super) fn from_name(name: &str, documents: &str) -> Option<Self> {
        let path = name.strip_prefix(documents)?.strip_prefix('/')?;
        let segments: Vec<String> = path.split('/').map(str::to_owned).collect();
        let fits = segments.len().is_multiple_of(2) && segments.iter().all(|id| !id.is_empty());
        fits.then_some(Self(segments))
    }
}

/// Shown without escapes, for comparisons and tests. An id may be data of a user: do not log it.
impl std::fmt::Display for CollectionPath {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0.join("/"))
    }
}

/// Shown without escapes, for comparisons and tests. An id may be data of a user: do not log it.
impl std::fmt::Display for DocumentPath {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0.join("/"))
    }
}

/// The ids as a part of a URL: each escaped, and each after a slash.
pub(super) fn escaped(segments: &[String]) -> String {
    segments.iter().map(|id| format!("/{}", escaped_text(id))).collect()
}

/// A text as a part of a URL.
pub(super) fn escaped_text(text: &str) -> String {
    utf8_percent_encode(text, UNRESERVED).to_string()
}

fn extended(segments: &[String], id: &str) -> Result<Vec<String>, FirestoreError> {
    if segments.len() >= MAX_SEGMENTS {
        return Err(FirestoreError::Id("the path is too long"));
    }
    let mut segments = segments.to_vec();
    segments.push(checked(id)?);
    Ok(segments)
}

fn checked(id: &str) -> Result<String, FirestoreError> {
    let problem = match id {
        "" => "an id is empty",
        "." | ".." => "an id is . or ..",
        _ if id.len() > MAX_ID_BYTES => "an id is longer than 1500 bytes",
        _ if id.starts_with("__") && id.ends_with("__") => "an id has the reserved form __…__",
        _ if id.contains(['/', '\\', '%', '?', '#']) => {
            "an id has one of the characters / \\ % ? #"
        }
        _ if id.contains(char::is_control) => "an id has a control character",
        _ => return Ok(id.to_owned()),
    };
    Err(FirestoreError::Id(problem))
}
