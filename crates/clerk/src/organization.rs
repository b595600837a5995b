//! The organization in a Clerk session token, in either version of its claims. Source:
//! clerk/javascript `packages/shared/src/jwtPayloadParser.ts`.

use serde_json::{Map, Value};
use shared::token::{Rules, TokenError, Verified};

/// Reject more features, permissions or grants than this.
const MAX_NAMES: usize = 1000;
/// The claims about an organization, in both versions.
const CLAIMS: [&str; 7] = ["v", "o", "fea", "org_id", "org_slug", "org_role", "org_permissions"];

/// An organization, the user's role in it, and the permissions of the role.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClerkOrganization {
    /// Its id, `org_…`.
    pub id: String,
    /// Its name in URLs, if it has one.
    pub slug: Option<String>,
    /// The user's role, with its prefix: `org:admin`.
    pub role: Option<String>,
    /// The user's permissions, such as `org:billing:manage`.
    pub permissions: Vec<String>,
}

/// A session token's claims about an organization, not parsed yet.
#[derive(Clone)]
pub(crate) struct OrganizationClaims(Map<String, Value>);

impl OrganizationClaims {
    /// Takes a verified token, so that a forged one does not cause the work of [`Self::read`], which reads some bytes
    /// of the claims more than once.
    pub(crate) fn of<R: Rules>(token: &mut Verified<'_, R>) -> Self {
        let claim = |name: &&str| Some(((*name).to_owned(), token.take(name)?));
        Self(CLAIMS.iter().filter_map(claim).collect())
    }

    /// Parses the claims; `None` if no organization is active.
    pub(crate) fn read(&self) -> Result<Option<ClerkOrganization>, TokenError> {
        let claims = &self.0;
        let organization = if claims.get("v") == Some(&Value::from(2)) {
            claims.get("o").map(|organization| version_2(organization, claims.get("fea")))
        } else {
            claims.get("org_id").filter(|id| !id.is_null()).map(|id| version_1(id, claims))
        };
        organization.map(|read| read.ok_or(TokenError::Malformed)).transpose()
    }
}

/// Version 1: one claim for each value, with full names of the role and the permissions.
fn version_1(id: &Value, claims: &Map<String, Value>) -> Option<ClerkOrganization> {
    let text = |name: &str| optional_text(claims.get(name));
    let permissions = match claims.get("org_permissions") {
        None | Some(Value::Null) => Vec::new(),
        Some(Value::Array(names)) if names.len() <= MAX_NAMES => {
            names.iter().map(|name| name.as_str().map(str::to_owned)).collect::<Option<_>>()?
        }
        Some(_) => return None,
    };
    Some(ClerkOrganization {
        id: id.as_str()?.to_owned(),
        slug: text("org_slug")?,
        role: text("org_role")?,
        permissions,
    })
}

/// Version 2: an object, in which the role lacks its prefix and each feature has a bit mask of permissions.
fn version_2(organization: &Value, features: Option<&Value>) -> Option<ClerkOrganization> {
    let organization = organization.as_object()?;
    let text = |name: &str| optional_text(organization.get(name));
    let role = text("rol")?;
    let names = text("per")?.unwrap_or_default();
    let masks = text("fpm")?.unwrap_or_default();
    let features = optional_text(features)?.unwrap_or_default();
    Some(ClerkOrganization {
        id: organization.get("id")?.as_str()?.to_owned(),
        slug: text("slg")?,
        role: role.map(|role| if role.starts_with("org:") { role } else { format!("org:{role}") }),
        permissions: permissions(&features, &names, &masks)?,
    })
}

/// Each feature whose scope contains `o` has a mask, in the order of the features; bit `i` of a mask grants
/// permission `i` on that feature.
fn permissions(features: &str, names: &str, masks: &str) -> Option<Vec<String>> {
    let names: Vec<&str> = list(names)?;
    let features = list(features)?;
    let features = features.iter().filter_map(|feature| {
        let (scope, name) = feature.split_once(':')?;
        scope.contains('o').then_some(name)
    });
    let mut granted = Vec::new();
    for (feature, mask) in features.zip(list(masks)?) {
        let mask = mask_of(mask)?;
        // A mask has 128 bits, so names past the 128th cannot be granted.
        for (bit, name) in names.iter().enumerate().take(128) {
            if mask >> bit & 1 == 1 {
                granted.push(format!("org:{feature}:{name}"));
            }
        }
        if granted.len() > MAX_NAMES {
            return None;
        }
    }
    Some(granted)
}

/// Parses a decimal number of at most 128 bits. Clerk's SDK has no bound, but no role at Clerk has that many
/// permissions.
fn mask_of(decimal: &str) -> Option<u128> {
    decimal.parse().ok().filter(|_| !decimal.starts_with('+'))
}

fn list(text: &str) -> Option<Vec<&str>> {
    let items: Vec<&str> = text.split(',').map(str::trim).filter(|item| !item.is_empty()).collect();
    (items.len() <= MAX_NAMES).then_some(items)
}

/// Reads an optional string. Outer `None`: not a string. Inner `None`: missing or null.
#[expect(
    clippy::option_option,
    reason = "a value of a wrong type is an error, a missing one is not"
)]
fn optional_text(value: Option<&Value>) -> Option<Option<String>> {
    match value {
        None | Some(Value::Null) => Some(None),
        Some(Value::String(text)) => Some(Some(text.clone())),
        Some(_) => None,
    }
}
