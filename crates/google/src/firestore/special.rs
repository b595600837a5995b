//! Firestore's types that serde does not have: times, bytes, references, points. In other formats, such as the JSON of
//! a callable's result, they are plain strings and numbers.

use base64::{Engine, engine::general_purpose::STANDARD};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error};

pub(super) const TIMESTAMP: &str = "$firestore::Timestamp";
pub(super) const BYTES: &str = "$firestore::Bytes";
pub(super) const REFERENCE: &str = "$firestore::Reference";
pub(super) const GEO_POINT: &str = "$firestore::GeoPoint";

/// A point in time. Firestore keeps microseconds. As text: RFC 3339 in UTC, such as `2026-01-31T12:00:00.5Z`.
///
/// ```
/// use firebase_callable_google::firestore::Timestamp;
///
/// let time = Timestamp::from_unix_millis(1_800_000_000_500);
/// assert_eq!(time.as_str(), "2027-01-15T08:00:00.500Z");
/// assert_eq!(Timestamp::parse("2027-01-15T08:00:00.500001Z").unwrap().unix_millis(), 1_800_000_000_500);
/// assert_eq!(Timestamp::parse("yesterday"), None);
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Timestamp(String);

impl Timestamp {
    /// Reads `YYYY-MM-DDThh:mm:ss`, up to nine digits of a fraction, and `Z`.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        millis(text).map(|_| Self(text.to_owned()))
    }

    /// The time that is so many milliseconds after 1970 began in UTC. Times outside the years 1 to 9999, which Firestore
    /// does not have, become the first or the last of them.
    #[must_use]
    pub fn from_unix_millis(millis: i64) -> Self {
        let millis = millis.clamp(FIRST, LAST);
        let (days, rest) = (millis.div_euclid(DAY), millis.rem_euclid(DAY));
        let (year, month, day) = date(days);
        let (seconds, millis) = (rest / 1000, rest % 1000);
        let (hour, minute, second) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
        Self(format!(
            "{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}.{millis:03}Z"
        ))
    }

    /// Milliseconds since 1970 began in UTC; what is finer is dropped.
    #[must_use]
    pub fn unix_millis(&self) -> i64 {
        millis(&self.0).unwrap_or_default()
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

const DAY: i64 = 86_400_000;
/// 0001-01-01T00:00:00Z and 9999-12-31T23:59:59.999Z.
const FIRST: i64 = -62_135_596_800_000;
const LAST: i64 = 253_402_300_799_999;

fn millis(text: &str) -> Option<i64> {
    let bytes = text.strip_suffix('Z')?.as_bytes();
    let (head, fraction) = bytes.split_at_checked(19)?;
    let separators = [(4, b'-'), (7, b'-'), (10, b'T'), (13, b':'), (16, b':')];
    if separators.iter().any(|(at, byte)| head.get(*at) != Some(byte)) {
        return None;
    }
    let number = |from: usize, to: usize| digits(head.get(from..to)?);
    let (year, month, day) = (number(0, 4)?, number(5, 7)?, number(8, 10)?);
    let (hour, minute, second) = (number(11, 13)?, number(14, 16)?, number(17, 19)?);
    let millis = match fraction.split_first() {
        None => 0,
        Some((b'.', digits_of)) if (1..=9).contains(&digits_of.len()) => {
            digits(digits_of)? * 1000 / 10_i64.pow(u32::try_from(digits_of.len()).ok()?)
        }
        Some(_) => return None,
    };
    let fits = year > 0 && hour < 24 && minute < 60 && second < 60;
    let days = days(year, month, day);
    // An impossible day, such as February 30, is another day when it is written again.
    let possible = (1..=12).contains(&month) && date(days) == (year, month, day);
    (fits && possible).then(|| days * DAY + (hour * 3600 + minute * 60 + second) * 1000 + millis)
}

fn digits(bytes: &[u8]) -> Option<i64> {
    bytes.iter().try_fold(0, |number, byte| {
        byte.is_ascii_digit().then(|| number * 10 + i64::from(byte - b'0'))
    })
}

/// Days since 1970-01-01 of a date of the Gregorian calendar, in which years begin in March, so that a leap day is a
/// year's last.
fn days(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let (era, of_era) = (year.div_euclid(400), year.rem_euclid(400));
    let of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719_468
}

/// The date of a day since 1970-01-01: the reverse of [`days`].
fn date(days: i64) -> (i64, i64, i64) {
    let days = days + 719_468;
    let (era, of_era) = (days.div_euclid(146_097), days.rem_euclid(146_097));
    let years = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * years + years / 4 - years / 100);
    let month = (5 * of_year + 2) / 153;
    let day = of_year - (153 * month + 2) / 5 + 1;
    let month = if month < 10 { month + 3 } else { month - 9 };
    (era * 400 + years + i64::from(month <= 2), month, day)
}

impl Serialize for Timestamp {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_newtype_struct(TIMESTAMP, &self.0)
    }
}

impl<'de> Deserialize<'de> for Timestamp {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = Inner::read(deserializer, TIMESTAMP)?;
        Self::parse(&text).ok_or_else(|| D::Error::custom("not a time"))
    }
}

/// Bytes. In JSON, they are a string in base64.
///
/// ```
/// use firebase_callable_google::firestore::Bytes;
///
/// assert_eq!(serde_json::to_string(&Bytes(vec![1, 2, 255])).unwrap(), r#""AQL/""#);
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub struct Bytes(pub Vec<u8>);

impl Serialize for Bytes {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_newtype_struct(BYTES, &STANDARD.encode(&self.0))
    }
}

impl<'de> Deserialize<'de> for Bytes {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = Inner::read(deserializer, BYTES)?;
        STANDARD.decode(text).map(Self).map_err(|_| D::Error::custom("not base64"))
    }
}

/// A reference to a document, by its full name: `projects/…/databases/…/documents/notes/n1`.
/// [`Firestore::reference`](super::Firestore::reference) makes it from a path.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Reference(pub String);

impl Serialize for Reference {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_newtype_struct(REFERENCE, &self.0)
    }
}

impl<'de> Deserialize<'de> for Reference {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Inner::read(deserializer, REFERENCE).map(Self)
    }
}

/// A point on the earth's surface, in degrees.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename = "$firestore::GeoPoint")]
pub struct GeoPoint {
    /// From -90 to 90.
    pub latitude: f64,
    /// From -180 to 180.
    pub longitude: f64,
}

/// The text inside a newtype struct of the given name.
struct Inner;

impl Inner {
    fn read<'de, D: Deserializer<'de>>(
        deserializer: D,
        name: &'static str,
    ) -> Result<String, D::Error> {
        struct TextVisitor;
        impl<'de> serde::de::Visitor<'de> for TextVisitor {
            type Value = String;

            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("a string")
            }

            fn visit_newtype_struct<D: Deserializer<'de>>(
                self,
                deserializer: D,
            ) -> Result<String, D::Error> {
                String::deserialize(deserializer)
            }

            fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<String, E> {
                Ok(text.to_owned())
            }
        }
        deserializer.deserialize_newtype_struct(name, TextVisitor)
    }
}
