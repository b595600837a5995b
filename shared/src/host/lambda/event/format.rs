//! The members of an event that are read; all others are skipped. Names may be in any case: test tools written in
//! C# capitalize them. If a member occurs twice, the last one counts, as in `JSON.parse`.

use std::borrow::Cow;

use serde::de::{IgnoredAny, MapAccess, SeqAccess, Visitor};

use super::{
    members::Any,
    pairs::Pairs,
    read::{At, FromJson, Key, Reader},
};

/// Declares an object with the members that are read, and implements [`FromJson`] for it.
/// `$prefix` is the object's own path in the event, with a dot at the end.
macro_rules! object {
    (
        $(#[$doc:meta])*
        $name:ident in $prefix:literal { $($field:ident: $type:ty = $member:literal,)* }
    ) => {
        $(#[$doc])*
        #[derive(Default)]
        pub(super) struct $name<'e> { $(pub(super) $field: $type,)* }

        impl<'e> FromJson<'e> for $name<'e> {
            fn object<A: MapAccess<'e>>(mut self, mut map: A, at: At<'_>) -> Result<Self, A::Error> {
                #[allow(non_camel_case_types)]
                enum Member { $($field,)* }

                let outer = at.get();
                while let Some(Key(name)) = map.next_key()? {
                    let exact = match name.as_ref() {
                        $($member => Some(Member::$field),)*
                        _ => None,
                    };
                    let member = exact.or_else(|| {
                        $(if name.eq_ignore_ascii_case($member) {
                            return Some(Member::$field);
                        })*
                        None
                    });
                    match member {
                        $(Some(Member::$field) => {
                            at.set(concat!($prefix, $member));
                            self.$field = map.next_value_seed(Reader(<$type>::default(), at))?;
                            at.set(outer);
                        })*
                        None => { map.next_value::<IgnoredAny>()?; }
                    }
                }
                Ok(self)
            }
        }
    };
}

object! {
    /// An event of any front.
    Event in "" {
        version: Option<Cow<'e, str>> = "version",
        route_key: Option<Cow<'e, str>> = "routeKey",
        context: Context<'e> = "requestContext",
        http_method: Option<Cow<'e, str>> = "httpMethod",
        path: Option<Cow<'e, str>> = "path",
        raw_path: Option<Cow<'e, str>> = "rawPath",
        raw_query: Option<Cow<'e, str>> = "rawQueryString",
        query: Pairs<'e> = "queryStringParameters",
        multi_query: Pairs<'e> = "multiValueQueryStringParameters",
        headers: Pairs<'e> = "headers",
        multi_headers: Pairs<'e> = "multiValueHeaders",
        cookies: Vec<Cow<'e, str>> = "cookies",
        body: Any<'e> = "body",
        is_base64: Option<Cow<'e, str>> = "isBase64Encoded",
    }
}

object! {
    /// `requestContext`.
    Context in "requestContext." {
        http: Option<Http<'e>> = "http",
        elb: Any<'e> = "elb",
        identity: Identity<'e> = "identity",
        method: Option<Cow<'e, str>> = "httpMethod",
        domain_name: Option<Cow<'e, str>> = "domainName",
    }
}

object! {
    /// `requestContext.http`.
    Http in "requestContext.http." {
        method: Option<Cow<'e, str>> = "method",
        path: Option<Cow<'e, str>> = "path",
        source_ip: Option<Cow<'e, str>> = "sourceIp",
    }
}

/// `requestContext.identity`. In an event written by hand it may be anything; only its address is read.
#[derive(Default)]
pub(super) struct Identity<'e> {
    pub(super) source_ip: Option<Cow<'e, str>>,
}

impl<'e> FromJson<'e> for Identity<'e> {
    fn text<E>(self, _: Cow<'e, str>) -> Result<Self, E> {
        Ok(self)
    }

    fn scalar<E>(self, _: Cow<'e, str>) -> Result<Self, E> {
        Ok(self)
    }

    fn list<A: SeqAccess<'e>>(self, list: A, _: At<'_>) -> Result<Self, A::Error> {
        IgnoredAny.visit_seq(list).map(|_| self)
    }

    fn object<A: MapAccess<'e>>(mut self, mut map: A, at: At<'_>) -> Result<Self, A::Error> {
        while let Some(Key(name)) = map.next_key()? {
            if name.eq_ignore_ascii_case("sourceIp") {
                let value = map.next_value_seed(Reader(Any::Null, at))?;
                self.source_ip = if let Any::Text(address) = value { Some(address) } else { None };
            } else {
                map.next_value::<IgnoredAny>()?;
            }
        }
        Ok(self)
    }
}

impl<'e> FromJson<'e> for Option<Http<'e>> {
    fn object<A: MapAccess<'e>>(self, map: A, at: At<'_>) -> Result<Self, A::Error> {
        Http::default().object(map, at).map(Some)
    }
}
