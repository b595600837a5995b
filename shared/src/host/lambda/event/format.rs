//! The members of an event that are read; all others are skipped. Names may be in any case: test tools written in
//! C# capitalize them. Of a member that occurs twice the last counts, as in `JSON.parse`.

use std::{borrow::Cow, cell::Cell, fmt};

use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, Visitor};

use super::{
    members::{Body, Cookies, Flag, Key, Text},
    pairs::Pairs,
};

/// An event of any front.
#[derive(Default)]
pub(super) struct Event<'e> {
    pub(super) version: Option<Cow<'e, str>>,
    pub(super) route_key: Option<Cow<'e, str>>,
    pub(super) context: Context<'e>,
    pub(super) http_method: Option<Cow<'e, str>>,
    pub(super) path: Option<Cow<'e, str>>,
    pub(super) raw_path: Option<Cow<'e, str>>,
    pub(super) raw_query: Option<Cow<'e, str>>,
    pub(super) query: Pairs<'e>,
    pub(super) multi_query: Pairs<'e>,
    pub(super) headers: Pairs<'e>,
    pub(super) multi_headers: Pairs<'e>,
    pub(super) cookies: Vec<Cow<'e, str>>,
    pub(super) body: Body<'e>,
    pub(super) is_base64: bool,
}

/// `requestContext` and its member `http`.
#[derive(Default)]
pub(super) struct Context<'e> {
    pub(super) has_elb: bool,
    pub(super) has_http: bool,
    pub(super) method: Option<Cow<'e, str>>,
    pub(super) domain_name: Option<Cow<'e, str>>,
    pub(super) http_method: Option<Cow<'e, str>>,
    pub(super) http_path: Option<Cow<'e, str>>,
}

macro_rules! names {
    ($(#[$doc:meta])* $name:ident in $prefix:literal { $($member:ident = $text:literal,)* }) => {
        $(#[$doc])*
        #[derive(Clone, Copy)]
        enum $name { $($member,)* }

        impl $name {
            fn of(name: &str) -> Option<Self> {
                match name {
                    $($text => return Some(Self::$member),)*
                    _ => {}
                }
                $(if name.eq_ignore_ascii_case($text) {
                    return Some(Self::$member);
                })*
                None
            }

            /// Its path in an event.
            fn path(self) -> &'static str {
                match self { $(Self::$member => concat!($prefix, $text),)* }
            }
        }
    };
}

names! {
    /// Members of an event.
    Member in "" {
        Version = "version",
        RouteKey = "routeKey",
        RequestContext = "requestContext",
        HttpMethod = "httpMethod",
        Path = "path",
        RawPath = "rawPath",
        RawQueryString = "rawQueryString",
        Query = "queryStringParameters",
        MultiQuery = "multiValueQueryStringParameters",
        Headers = "headers",
        MultiHeaders = "multiValueHeaders",
        Cookies = "cookies",
        Body = "body",
        IsBase64Encoded = "isBase64Encoded",
    }
}

names! {
    /// Members of `requestContext`.
    ContextMember in "requestContext." {
        Http = "http",
        Elb = "elb",
        HttpMethod = "httpMethod",
        DomainName = "domainName",
    }
}

names! {
    /// Members of `requestContext.http`.
    HttpMember in "requestContext.http." {
        Method = "method",
        Path = "path",
    }
}

/// Reads an event, and notes which member it is at, so that an error can name the member that cannot be read.
pub(super) struct Reader<'r>(pub(super) &'r Cell<&'static str>);

impl<'e> DeserializeSeed<'e> for Reader<'_> {
    type Value = Event<'e>;

    fn deserialize<D: Deserializer<'e>>(self, deserializer: D) -> Result<Event<'e>, D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'e> Visitor<'e> for Reader<'_> {
    type Value = Event<'e>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an event")
    }

    fn visit_map<A: MapAccess<'e>>(self, mut map: A) -> Result<Event<'e>, A::Error> {
        let mut event = Event::default();
        while let Some(Key(name)) = map.next_key()? {
            let Some(member) = Member::of(&name) else {
                map.next_value::<IgnoredAny>()?;
                continue;
            };
            self.0.set(member.path());
            match member {
                Member::Version => event.version = map.next_value::<Text<'e>>()?.0,
                Member::RouteKey => event.route_key = map.next_value::<Text<'e>>()?.0,
                Member::RequestContext => {
                    event.context = Context::default();
                    map.next_value_seed(ContextReader {
                        member: self.0,
                        context: &mut event.context,
                    })?;
                }
                Member::HttpMethod => event.http_method = map.next_value::<Text<'e>>()?.0,
                Member::Path => event.path = map.next_value::<Text<'e>>()?.0,
                Member::RawPath => event.raw_path = map.next_value::<Text<'e>>()?.0,
                Member::RawQueryString => event.raw_query = map.next_value::<Text<'e>>()?.0,
                Member::Query => event.query = map.next_value()?,
                Member::MultiQuery => event.multi_query = map.next_value()?,
                Member::Headers => event.headers = map.next_value()?,
                Member::MultiHeaders => event.multi_headers = map.next_value()?,
                Member::Cookies => event.cookies = map.next_value::<Cookies<'e>>()?.0,
                Member::Body => event.body = map.next_value()?,
                Member::IsBase64Encoded => event.is_base64 = map.next_value::<Flag>()?.0,
            }
            self.0.set("");
        }
        Ok(event)
    }
}

/// Reads `requestContext`.
struct ContextReader<'r, 'e> {
    member: &'r Cell<&'static str>,
    context: &'r mut Context<'e>,
}

impl<'e> DeserializeSeed<'e> for ContextReader<'_, 'e> {
    type Value = ();

    fn deserialize<D: Deserializer<'e>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'e> Visitor<'e> for ContextReader<'_, 'e> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the context of a request")
    }

    fn visit_unit<E>(self) -> Result<(), E> {
        Ok(())
    }

    fn visit_map<A: MapAccess<'e>>(self, mut map: A) -> Result<(), A::Error> {
        let Self { member: at, context } = self;
        while let Some(Key(name)) = map.next_key()? {
            let Some(member) = ContextMember::of(&name) else {
                map.next_value::<IgnoredAny>()?;
                continue;
            };
            at.set(member.path());
            match member {
                ContextMember::Http => {
                    map.next_value_seed(HttpReader { member: at, context: &mut *context })?;
                }
                ContextMember::Elb => {
                    context.has_elb = map.next_value::<Option<IgnoredAny>>()?.is_some();
                }
                ContextMember::HttpMethod => context.method = map.next_value::<Text<'e>>()?.0,
                ContextMember::DomainName => context.domain_name = map.next_value::<Text<'e>>()?.0,
            }
            at.set(Member::RequestContext.path());
        }
        Ok(())
    }
}

/// Reads `requestContext.http`.
struct HttpReader<'r, 'e> {
    member: &'r Cell<&'static str>,
    context: &'r mut Context<'e>,
}

impl<'e> DeserializeSeed<'e> for HttpReader<'_, 'e> {
    type Value = ();

    fn deserialize<D: Deserializer<'e>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'e> Visitor<'e> for HttpReader<'_, 'e> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the HTTP part of the context")
    }

    fn visit_unit<E>(self) -> Result<(), E> {
        Ok(())
    }

    fn visit_map<A: MapAccess<'e>>(self, mut map: A) -> Result<(), A::Error> {
        self.context.has_http = true;
        while let Some(Key(name)) = map.next_key()? {
            let Some(member) = HttpMember::of(&name) else {
                map.next_value::<IgnoredAny>()?;
                continue;
            };
            self.member.set(member.path());
            let Text(text) = map.next_value()?;
            match member {
                HttpMember::Method => self.context.http_method = text,
                HttpMember::Path => self.context.http_path = text,
            }
            self.member.set(ContextMember::Http.path());
        }
        Ok(())
    }
}
