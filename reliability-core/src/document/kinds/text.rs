//! Texts of a fixed form: each a type with the pattern that editors check and the reader that this library checks by.

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Serialize};

macro_rules! texts {
    ($($(#[doc = $doc:literal])+ $name:ident: $format:literal, $pattern:literal;)+) => {$(
        $(#[doc = $doc])+
        #[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
        #[serde(transparent)]
        pub(crate) struct $name(pub(crate) String);

        impl JsonSchema for $name {
            fn inline_schema() -> bool {
                true
            }

            fn schema_name() -> Cow<'static, str> {
                stringify!($name).into()
            }

            fn json_schema(_: &mut SchemaGenerator) -> Schema {
                let description = concat!($($doc),+).trim();
                json_schema!({ "type": "string", "format": $format, "pattern": $pattern, "description": description })
            }
        }

        impl $name {
            #[allow(dead_code)] // not every text is asked for
            pub(crate) fn as_str(&self) -> &str {
                &self.0
            }
        }
    )+};
}

texts! {
    /// A name: 1 to 63 of a-z, 0-9 and -, beginning and ending with a letter or digit.
    Label: "dns-label", "^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$";
    /// A whole number and one of m, h, d, w, M, Q, Y (minutes to years), such as `4w`.
    Shorthand: "openslo-duration", "^[0-9]+[mhdwMQY]$";
    /// A duration, such as `250ms`, `30s` or `4h`.
    Span: "duration", "^[0-9]+(us|µs|ms|s|m|h|d|w)$";
    /// 1 to 90 days, such as `30d` or `4w`, or a calendar unit and a time zone, such as `month Europe/Paris`.
    Period: "window", "^([0-9]+[dw]|(week|month|quarter) [A-Za-z0-9/_+-]+)$";
    /// A percentage above 0 and below 100 with at most seven decimals, such as `99.9%`.
    Target: "objective", "^[0-9]{1,2}([.][0-9]{1,7})? ?%$";
    /// A percentage from 0 to 100, such as `25%`.
    Part: "share", "^([0-9]{1,2}([.][0-9]+)?|100([.]0+)?) ?%$";
    /// A day, as `2026-12-31`.
    Day: "date", "^[0-9]{4}-[0-9]{2}-[0-9]{2}$";
    /// An instant with its distance to UTC, as `2026-12-31T22:00:00Z` or `2026-12-31T23:00:00+01:00`.
    Instant: "date-time", "^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(Z|[+-][0-9]{2}:[0-9]{2})$";
    /// Date and time without a zone, as `2026-01-01 00:00:00`.
    Start: "start-time", "^[0-9]{4}-[0-9]{2}-[0-9]{2} [0-9]{2}:[0-9]{2}:[0-9]{2}$";
    /// A time zone of the IANA database, such as `Europe/Paris`.
    ZoneName: "time-zone", "^[A-Za-z0-9/_+-]{1,40}$";
}
