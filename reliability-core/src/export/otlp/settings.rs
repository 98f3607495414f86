//! Where to, how often, how long: said by the builder, else by OpenTelemetry's environment variables.
//!
//! Read are, each first as `OTEL_EXPORTER_OTLP_METRICS_…` and then as `OTEL_EXPORTER_OTLP_…`: `ENDPOINT` (the first as it is,
//! the second with `/v1/metrics` behind), `HEADERS`, `TIMEOUT`, `PROTOCOL`; and `OTEL_METRIC_EXPORT_INTERVAL`,
//! `OTEL_EXPORTER_OTLP_METRICS_DEFAULT_HISTOGRAM_AGGREGATION`, `OTEL_RESOURCE_ATTRIBUTES`. Times are milliseconds. Not read:
//! `COMPRESSION` (nothing is compressed, which every receiver takes), certificates (the system's authorities count), and
//! the preference for a temporality (it is cumulative).

use std::fmt;
use std::time::Duration;

use ureq::http::{HeaderName, HeaderValue, Uri};

use super::Buckets;
use crate::engine::identity::key_values;

/// The specification's defaults.
const ENDPOINT: &str = "http://localhost:4318";
const PATH: &str = "/v1/metrics";
const TIMEOUT: Duration = Duration::from_secs(10);
const INTERVAL: Duration = Duration::from_secs(60);

/// Why there is no exporter.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum OtlpError {
    /// No URL with `http` or `https` and a host.
    Endpoint(String),
    /// A protocol that is not spoken.
    Protocol(String),
    /// No name of a header, or a value that no header can have. Only the name is told.
    Header(String),
    /// A variable that holds no number of milliseconds above 0.
    Milliseconds {
        /// The variable.
        variable: String,
        /// What it holds.
        found: String,
    },
    /// A kind of histogram that nobody knows.
    Histogram(String),
}

impl fmt::Display for OtlpError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Endpoint(found) => {
                write!(f, "`{}` is no endpoint: give a URL such as http://localhost:4318/v1/metrics", shown(found))
            }
            Self::Protocol(found) => write!(f, "the protocol `{found}` is not spoken here, only http/protobuf"),
            Self::Header(name) => write!(f, "the header `{name}` has a name or a value that no header can have"),
            Self::Milliseconds { variable, found } => {
                write!(f, "{variable} is `{found}`: give a number of milliseconds above 0")
            }
            Self::Histogram(found) => write!(
                f,
                "the histogram `{found}` is not known: explicit_bucket_histogram or base2_exponential_bucket_histogram"
            ),
        }
    }
}

impl std::error::Error for OtlpError {}

#[derive(Clone)]
pub(super) struct Settings {
    pub(super) endpoint: String,
    pub(super) headers: Vec<(HeaderName, HeaderValue)>,
    pub(super) timeout: Duration,
    pub(super) interval: Duration,
    pub(super) buckets: Buckets,
    pub(super) resource: Vec<(String, String)>,
}

impl Settings {
    /// Asks `variable` for environment variables.
    pub(super) fn read(variable: impl Fn(&str) -> Option<String>) -> Result<Self, OtlpError> {
        let set = |name: &str| variable(name).map(|value| value.trim().to_owned()).filter(|value| !value.is_empty());
        let ours = |name: &str| set(&format!("OTEL_EXPORTER_OTLP_METRICS_{name}"));
        let all = |name: &str| set(&format!("OTEL_EXPORTER_OTLP_{name}"));
        let millis = |name: String| match set(&name) {
            None => Ok(None),
            Some(found) => match found.parse() {
                Ok(millis @ 1_u64..) => Ok(Some(Duration::from_millis(millis))),
                _ => Err(OtlpError::Milliseconds { variable: name, found }),
            },
        };
        if let Some(protocol) = ours("PROTOCOL").or_else(|| all("PROTOCOL")).filter(|found| found != "http/protobuf") {
            return Err(OtlpError::Protocol(protocol));
        }
        let below = |base: String| format!("{}{PATH}", base.trim_end_matches('/'));
        let endpoint = ours("ENDPOINT").unwrap_or_else(|| below(all("ENDPOINT").unwrap_or_else(|| ENDPOINT.into())));
        let timeout = match millis("OTEL_EXPORTER_OTLP_METRICS_TIMEOUT".into())? {
            Some(timeout) => timeout,
            None => millis("OTEL_EXPORTER_OTLP_TIMEOUT".into())?.unwrap_or(TIMEOUT),
        };
        let buckets = match ours("DEFAULT_HISTOGRAM_AGGREGATION").as_deref() {
            None | Some("explicit_bucket_histogram") => Buckets::All,
            Some("base2_exponential_bucket_histogram") => Buckets::Exponential,
            Some(found) => return Err(OtlpError::Histogram(found.to_owned())),
        };
        let mut settings = Self {
            endpoint: checked(endpoint)?,
            headers: Vec::new(),
            timeout,
            interval: millis("OTEL_METRIC_EXPORT_INTERVAL".into())?.unwrap_or(INTERVAL),
            buckets,
            resource: set("OTEL_RESOURCE_ATTRIBUTES").iter().flat_map(|list| key_values(list)).collect(),
        };
        // what is said for metrics comes last and stays
        for list in [all("HEADERS"), ours("HEADERS")].into_iter().flatten() {
            for (name, value) in key_values(&list) {
                settings.header(&name, &value)?;
            }
        }
        Ok(settings)
    }

    pub(super) fn header(&mut self, name: &str, value: &str) -> Result<(), OtlpError> {
        let refused = || OtlpError::Header(name.to_owned());
        let header = HeaderName::from_bytes(name.as_bytes()).map_err(|_| refused())?;
        let mut value = HeaderValue::from_str(value).map_err(|_| refused())?;
        value.set_sensitive(true);
        self.headers.retain(|(other, _)| *other != header);
        self.headers.push((header, value));
        Ok(())
    }
}

/// A URL that can be sent to.
pub(super) fn checked(endpoint: String) -> Result<String, OtlpError> {
    let fits =
        |uri: Uri| matches!(uri.scheme_str(), Some("http" | "https")) && uri.host().is_some_and(|it| !it.is_empty());
    if endpoint.parse().is_ok_and(fits) { Ok(endpoint) } else { Err(OtlpError::Endpoint(endpoint)) }
}

/// A URL without what may be secret in it: user, password and query.
pub(super) fn shown(endpoint: &str) -> String {
    let bare = endpoint.split(['?', '#']).next().unwrap_or_default();
    match bare.split_once("://") {
        Some((scheme, rest)) => {
            let (authority, path) = rest.find('/').map_or((rest, ""), |at| rest.split_at(at));
            format!("{scheme}://{}{path}", authority.rsplit('@').next().unwrap_or_default())
        }
        None => bare.rsplit('@').next().unwrap_or_default().to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(variables: &[(&str, &str)]) -> Result<Settings, OtlpError> {
        Settings::read(|name| variables.iter().find(|(key, _)| *key == name).map(|(_, value)| (*value).to_owned()))
    }

    fn value(settings: &Settings, name: &str) -> Option<String> {
        let found = settings.headers.iter().find(|(header, _)| header.as_str() == name);
        found.map(|(_, value)| value.to_str().unwrap().to_owned())
    }

    #[test]
    fn without_variables_it_is_what_the_specification_says() {
        let settings = read(&[("OTEL_EXPORTER_OTLP_ENDPOINT", "")]).unwrap();
        assert_eq!(settings.endpoint, "http://localhost:4318/v1/metrics");
        assert_eq!((settings.timeout, settings.interval), (Duration::from_secs(10), Duration::from_secs(60)));
        assert!(settings.headers.is_empty() && settings.buckets == Buckets::All);
    }

    #[test]
    fn what_is_said_for_metrics_wins_over_what_is_said_for_all() {
        let settings = read(&[
            ("OTEL_EXPORTER_OTLP_ENDPOINT", "https://all.example:9/base/"),
            ("OTEL_EXPORTER_OTLP_TIMEOUT", "1"),
            ("OTEL_EXPORTER_OTLP_HEADERS", "a=1,b=2"),
            ("OTEL_EXPORTER_OTLP_METRICS_TIMEOUT", "250"),
            ("OTEL_EXPORTER_OTLP_METRICS_HEADERS", "B=two%20words, c = 3"),
            ("OTEL_METRIC_EXPORT_INTERVAL", "1500"),
            ("OTEL_EXPORTER_OTLP_METRICS_DEFAULT_HISTOGRAM_AGGREGATION", "base2_exponential_bucket_histogram"),
        ])
        .unwrap();
        assert_eq!(settings.endpoint, "https://all.example:9/base/v1/metrics");
        assert_eq!((settings.timeout, settings.interval), (Duration::from_millis(250), Duration::from_millis(1500)));
        let headers = ["a", "b", "c"].map(|name| value(&settings, name).unwrap());
        assert_eq!(headers, ["1", "two words", "3"]);
        assert_eq!(settings.buckets, Buckets::Exponential);
        let own = [
            ("OTEL_EXPORTER_OTLP_METRICS_ENDPOINT", "http://own/as/it/is"),
            ("OTEL_EXPORTER_OTLP_ENDPOINT", "http://x"),
        ];
        assert_eq!(read(&own).unwrap().endpoint, "http://own/as/it/is");
    }

    #[test]
    fn what_cannot_be_meant_is_refused_by_name() {
        let refused = |name: &str, value: &str| read(&[(name, value)]).err().expect(name).to_string();
        for endpoint in ["localhost:4318", "ftp://host/", "http://", "unix:/run/otel.sock", "http://a b/"] {
            assert!(refused("OTEL_EXPORTER_OTLP_METRICS_ENDPOINT", endpoint).contains("is no endpoint"), "{endpoint}");
        }
        for millis in ["0", "-1", "10s", "1.5"] {
            let told = refused("OTEL_EXPORTER_OTLP_TIMEOUT", millis);
            assert!(told.contains("OTEL_EXPORTER_OTLP_TIMEOUT") && told.contains(millis), "{told}");
        }
        assert!(refused("OTEL_EXPORTER_OTLP_PROTOCOL", "grpc").contains("only http/protobuf"));
        let told = refused("OTEL_EXPORTER_OTLP_HEADERS", "key=sec%0Aret");
        assert!(told.contains("`key`") && !told.contains("sec"), "{told}");
        assert!(refused("OTEL_EXPORTER_OTLP_METRICS_DEFAULT_HISTOGRAM_AGGREGATION", "exact").contains("`exact`"));
    }

    #[test]
    fn secrets_of_a_url_are_not_shown() {
        assert_eq!(shown("https://me:pass@host:4318/v1/metrics?key=secret"), "https://host:4318/v1/metrics");
        assert_eq!(shown("me:pass@host"), "host");
        let told = read(&[("OTEL_EXPORTER_OTLP_METRICS_ENDPOINT", "ftp://me:pass@host/?key=secret")]).err().unwrap();
        assert!(!told.to_string().contains("pass") && !told.to_string().contains("secret"), "{told}");
    }
}
