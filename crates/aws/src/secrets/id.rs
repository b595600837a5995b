//! The value of a variable that names a secret.

use aws_config::SdkConfig;

use super::error::{ReadError, Store};

/// A stored secret, and the member of its JSON object that is meant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct SecretId {
    pub(super) store: Store,
    /// The name or ARN.
    pub(super) name: String,
    pub(super) member: Option<String>,
}

impl SecretId {
    /// `value` is the name or ARN of a secret or of a parameter. Before the name of a parameter stands `ssm:`; after
    /// each of them may stand `#member`.
    pub(super) fn parse(value: &str) -> Result<Self, &'static str> {
        let (stored, member) = match value.split_once('#') {
            Some((stored, member)) => (stored, Some(member)),
            None => (value, None),
        };
        let (store, name) = match stored.strip_prefix("ssm:") {
            Some(name) => (Store::ParameterStore, name),
            None if arn(stored).is_some_and(|arn| arn.service == "ssm") => {
                (Store::ParameterStore, stored)
            }
            None => (Store::SecretsManager, stored),
        };
        if name.is_empty() || !name.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Err("it is not a name: letters, digits and /_+=.@-: only");
        }
        if member == Some("") {
            return Err("there is no name of a member after the #");
        }
        Ok(Self { store, name: name.to_owned(), member: member.map(str::to_owned) })
    }
}

struct Arn<'a> {
    service: &'a str,
    region: &'a str,
}

/// The parts of an ARN, as in `arn:aws:ssm:eu-west-1:123456789012:parameter/name`.
fn arn(name: &str) -> Option<Arn<'_>> {
    let mut parts = name.split(':');
    if parts.next() != Some("arn") {
        return None;
    }
    parts.next()?; // the partition, as in `aws-cn`
    Some(Arn { service: parts.next()?, region: parts.next()? })
}

/// Refuses an ARN of another region: AWS would answer that it does not exist.
pub(super) fn in_region_of(config: &SdkConfig, name: &str) -> Result<(), ReadError> {
    match (arn(name), config.region()) {
        (Some(arn), Some(ours)) if !arn.region.is_empty() && arn.region != ours.as_ref() => {
            Err(ReadError::OtherRegion(arn.region.to_owned(), ours.to_string()))
        }
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_names_a_secret_or_a_parameter_and_perhaps_a_member() {
        let secret = "arn:aws:secretsmanager:eu-west-1:123456789012:secret:payment/key-AbCdEf";
        let parameter = "arn:aws-cn:ssm:cn-north-1:123456789012:parameter/payment/key";
        for (value, store, name, member) in [
            ("payment/key", Store::SecretsManager, "payment/key", None),
            ("payment/key#live", Store::SecretsManager, "payment/key", Some("live")),
            (secret, Store::SecretsManager, secret, None),
            ("ssm:/payment/key", Store::ParameterStore, "/payment/key", None),
            ("ssm:key#a b", Store::ParameterStore, "key", Some("a b")),
            (parameter, Store::ParameterStore, parameter, None),
            ("ssmkey", Store::SecretsManager, "ssmkey", None),
        ] {
            let id = SecretId::parse(value).unwrap();
            assert_eq!((id.store, id.name.as_str(), id.member.as_deref()), (store, name, member));
        }
        let id = SecretId::parse(&format!("{secret}#live")).unwrap();
        assert_eq!((id.name.as_str(), id.member.as_deref()), (secret, Some("live")));
    }

    #[test]
    fn refuses_values_that_cannot_be_a_name() {
        for value in ["#live", "key#", "ssm:", "ssm:#live", "two words", "key\n", "schlüssel"] {
            assert!(SecretId::parse(value).is_err(), "{value}");
        }
    }
}
