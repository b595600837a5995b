//! Which Identity Platform tenants' users are accepted.

use std::collections::HashSet;

/// Which Identity Platform tenants' users are accepted. Default: [`TenantPolicy::any`].
///
/// ```
/// use shared::TenantPolicy;
///
/// let policy = TenantPolicy::one_of(["tenant-1", "tenant-2"]);
/// assert!(policy.admits(Some("tenant-1")) && !policy.admits(None));
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
    /// Users of any tenant, or of none. The reference's behaviour.
    #[must_use]
    pub fn any() -> Self {
        Self(Accepted::Any)
    }

    /// Only users outside every tenant.
    #[must_use]
    pub fn no_tenant() -> Self {
        Self(Accepted::NoTenant)
    }

    /// Only users of these tenants.
    pub fn one_of(tenants: impl IntoIterator<Item = impl Into<String>>) -> Self {
        Self(Accepted::OneOf(tenants.into_iter().map(Into::into).collect()))
    }

    /// Whether users of `tenant` (`None`: of no tenant) are accepted.
    #[must_use]
    pub fn admits(&self, tenant: Option<&str>) -> bool {
        match &self.0 {
            Accepted::Any => true,
            Accepted::NoTenant => tenant.is_none(),
            Accepted::OneOf(tenants) => tenant.is_some_and(|tenant| tenants.contains(tenant)),
        }
    }
}
