//! The Identity Platform tenants whose users are accepted.

use std::collections::HashSet;

/// The Identity Platform tenants whose users are accepted. Default: [`TenantPolicy::any`].
///
/// ```
/// use shared::TenantPolicy;
///
/// let policy = TenantPolicy::one_of(["tenant-1", "tenant-2"]);
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TenantPolicy(Accepted);

#[derive(Debug, Clone, Default, PartialEq, Eq)]
enum Accepted {
    #[default]
    Any,
    NoTenant,
    OneOf(HashSet<String>),
}

impl TenantPolicy {
    /// Accepts users of any tenant and users without a tenant, as the Admin SDKs do.
    #[must_use]
    pub fn any() -> Self {
        Self(Accepted::Any)
    }

    /// Accepts only users without a tenant.
    #[must_use]
    pub fn no_tenant() -> Self {
        Self(Accepted::NoTenant)
    }

    /// Accepts only users of these tenants.
    pub fn one_of(tenants: impl IntoIterator<Item = impl Into<String>>) -> Self {
        Self(Accepted::OneOf(tenants.into_iter().map(Into::into).collect()))
    }

    /// Whether users of `tenant` are accepted; `None` stands for users without a tenant.
    pub(crate) fn admits(&self, tenant: Option<&str>) -> bool {
        match &self.0 {
            Accepted::Any => true,
            Accepted::NoTenant => tenant.is_none(),
            Accepted::OneOf(tenants) => tenant.is_some_and(|tenant| tenants.contains(tenant)),
        }
    }
}
