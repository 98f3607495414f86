//! A client for the query interface that Prometheus, Thanos, Mimir and `VictoriaMetrics` have in common.
//!
//! Queries go as forms by POST, so no address grows too long. Nothing is waited for longer than the timeout, and no more is read than
//! the limit: what sends more is refused, for a cut answer would lack series. Redirects are not followed, for a token goes where
//! it was sent or nowhere. Thanos and `VictoriaMetrics` are told to refuse rather than answer in part; an answer that says it is partial
//! is an error all the same, because a sum over some of the replicas flatters.
//!
//! A token is a reference to an environment variable, read at each query, so a rotated one is used from the next on. `https`
//! needs the feature `fleet-https`. It blocks: call it from a thread that may wait.

use std::fmt;
use std::time::Duration;

use ureq::Agent;
use ureq::http::{HeaderName, HeaderValue, Uri};

use super::answer::{self, Answer};
use crate::clock::Timestamp;

/// How long one query may take, unless said otherwise.
const TIMEOUT: Duration = Duration::from_secs(5);
/// How much of an answer is taken, in bytes, unless said otherwise: about 60,000 series.
const LIMIT: u64 = 16 << 20;

/// Why a query has no answer.
///
/// ```
/// use reliability_core::fleet::{Api, QueryError};
/// assert!(matches!(Api::at("prometheus:9090"), Err(QueryError::Url(_))));
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum QueryError {
    /// No URL with `http` or `https` and a host, or one with a user or a password in it.
    Url(String),
    /// No name of a header, or a value that no header can have. Only the name is told.
    Header(String),
    /// The variable that should hold the token is not set, or holds what no header can have.
    Token(String),
    /// `https` was asked for, and the feature `fleet-https` is not on.
    NeedsTls,
    /// No connection, or it broke off.
    Unreachable(String),
    /// No answer in time.
    Timeout(Duration),
    /// Another status than 2xx, and what the answer says about it.
    Status(u16, String),
    /// The answer holds more than so many bytes.
    TooLarge(u64),
    /// The answer is not what the interface says: no JSON, another kind of result, a value that is no number.
    Malformed(String),
    /// The engine refused the query: its kind of error and its words.
    Refused(String, String),
    /// The engine says that its answer lacks something.
    Partial,
}

impl fmt::Display for QueryError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Url(found) => write!(
                f,
                "`{}` is no address of a query interface: give a URL such as http://prometheus:9090, without user and password",
                shown(found)
            ),
            Self::Header(name) => write!(f, "the header `{name}` has a name or a value that no header can have"),
            Self::Token(variable) => {
                write!(f, "no token: the environment variable {variable} is not set or holds what no header can have")
            }
            Self::NeedsTls => f.write_str("a URL with https needs the feature `fleet-https`"),
            Self::Unreachable(why) => write!(f, "it cannot be reached: {why}"),
            Self::Timeout(after) => write!(f, "no answer within {after:?}"),
            Self::Status(status, said) if said.is_empty() => write!(f, "it answered {status}"),
            Self::Status(status, said) => write!(f, "it answered {status}: {said}"),
            Self::TooLarge(limit) => write!(f, "its answer has more than {limit} bytes"),
            Self::Malformed(why) => write!(f, "its answer is not understood: {why}"),
            Self::Refused(kind, why) => write!(f, "it refused the query ({kind}): {why}"),
            Self::Partial => f.write_str("its answer is a part only, and a part flatters"),
        }
    }
}

impl std::error::Error for QueryError {}

/// Where queries go.
///
/// ```no_run
/// use reliability_core::fleet::Api;
/// use std::time::Duration;
/// let api = Api::at("http://mimir:8080/prometheus")?
///     .header("X-Scope-OrgID", "shop")?
///     .bearer_from("MIMIR_TOKEN")
///     .timeout(Duration::from_secs(2));
/// for series in api.instant("sum by (sli) (reliability_events_total)", None)?.series {
///     println!("{}: {:?}", series.label("sli"), series.last());
/// }
/// # Ok::<(), reliability_core::fleet::QueryError>(())
/// ```
#[derive(Clone)]
pub struct Api {
    base: String,
    headers: Vec<(HeaderName, HeaderValue)>,
    token: Option<String>,
    timeout: Option<Duration>,
    limit: Option<u64>,
    agent: Agent,
}

impl fmt::Debug for Api {
    /// Without what may be secret.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Api")
            .field("base", &shown(&self.base))
            .field("timeout", &self.patience())
            .finish_non_exhaustive()
    }
}

impl Api {
    /// The interface below this URL: what stands before `/api/v1/query`.
    ///
    /// # Errors
    /// If it is no URL with `http` or `https` and a host, or holds a user, a password or a query.
    pub fn at(url: &str) -> Result<Self, QueryError> {
        let fits = url.parse::<Uri>().is_ok_and(|uri| {
            matches!(uri.scheme_str(), Some("http" | "https"))
                && uri.host().is_some_and(|host| !host.is_empty())
                && uri.authority().is_some_and(|authority| !authority.as_str().contains('@'))
                && uri.query().is_none()
        });
        if !fits {
            return Err(QueryError::Url(url.to_owned()));
        }
        let agent = Agent::config_builder()
            .http_status_as_error(false)
            .max_redirects(0)
            .user_agent(concat!("reliability-core/", env!("CARGO_PKG_VERSION")))
            .build()
            .new_agent();
        let base = url.trim_end_matches('/').to_owned();
        Ok(Self { base, headers: Vec::new(), token: None, timeout: None, limit: None, agent })
    }

    /// Sends this header with each query, as Mimir's `X-Scope-OrgID`. For a secret use [`bearer_from`](Self::bearer_from).
    ///
    /// # Errors
    /// If no header can be called so or hold that.
    pub fn header(mut self, name: &str, value: &str) -> Result<Self, QueryError> {
        let refused = || QueryError::Header(name.to_owned());
        let header = HeaderName::from_bytes(name.as_bytes()).map_err(|_| refused())?;
        let mut value = HeaderValue::from_str(value).map_err(|_| refused())?;
        value.set_sensitive(true);
        self.headers.retain(|(other, _)| *other != header);
        self.headers.push((header, value));
        Ok(self)
    }

    /// Sends the token that this environment variable holds at each query.
    #[must_use]
    pub fn bearer_from(mut self, variable: impl Into<String>) -> Self {
        self.token = Some(variable.into());
        self
    }

    /// How long a query may take in all, 5 s unless said otherwise; 10 ms at the least.
    #[must_use]
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = Some(timeout.max(Duration::from_millis(10)));
        self
    }

    /// How many bytes an answer may have, 16 MiB unless said otherwise.
    #[must_use]
    pub fn limit(mut self, bytes: u64) -> Self {
        self.limit = Some(bytes);
        self
    }

    /// The same with another timeout and limit, where nothing was said of them.
    pub(super) fn or_else(mut self, timeout: Duration, limit: u64) -> Self {
        self.timeout.get_or_insert(timeout);
        self.limit.get_or_insert(limit);
        self
    }

    fn patience(&self) -> Duration {
        self.timeout.unwrap_or(TIMEOUT)
    }

    /// The URL, without what may be secret.
    pub fn url(&self) -> String {
        shown(&self.base)
    }

    /// What an expression is worth at an instant, now unless one is given: each series has one point.
    ///
    /// # Errors
    /// See [`QueryError`].
    pub fn instant(&self, expression: &str, at: Option<Timestamp>) -> Result<Answer, QueryError> {
        let mut form = vec![("query", expression.to_owned())];
        form.extend(at.map(|at| ("time", seconds(at))));
        self.ask("query", form)
    }

    /// What an expression was worth at each step from `from` to `to`, both included. Engines refuse more than 11,000 steps.
    ///
    /// # Errors
    /// See [`QueryError`].
    pub fn range(
        &self,
        expression: &str,
        from: Timestamp,
        to: Timestamp,
        step: Duration,
    ) -> Result<Answer, QueryError> {
        let form = vec![
            ("query", expression.to_owned()),
            ("start", seconds(from)),
            ("end", seconds(to)),
            ("step", step.as_secs_f64().to_string()),
        ];
        self.ask("query_range", form)
    }

    fn ask(&self, path: &str, mut form: Vec<(&'static str, String)>) -> Result<Answer, QueryError> {
        // Prometheus, then Thanos, then VictoriaMetrics; each ignores what it does not know
        form.push(("timeout", format!("{}ms", self.patience().as_millis())));
        form.push(("partial_response", "false".into()));
        form.push(("deny_partial_response", "1".into()));
        let mut request = self.agent.post(format!("{}/api/v1/{path}", self.base)).header("accept", "application/json");
        for (name, value) in &self.headers {
            request = request.header(name, value);
        }
        if let Some(variable) = &self.token {
            let token = std::env::var(variable).map_err(|_| QueryError::Token(variable.clone()))?;
            let mut value = HeaderValue::from_str(&format!("Bearer {}", token.trim_end()))
                .map_err(|_| QueryError::Token(variable.clone()))?;
            value.set_sensitive(true);
            request = request.header("authorization", value);
        }
        let request = request.config().timeout_global(Some(self.patience())).build();
        let mut response = request.send_form(form).map_err(|error| self.trouble(error))?;
        let status = response.status();
        let body = response.body_mut().with_config().limit(self.limit.unwrap_or(LIMIT)).read_to_vec();
        let body = body.map_err(|error| self.trouble(error))?;
        if status.is_success() {
            return answer::parse(&body);
        }
        // an engine that refuses says so in the same form, with a status of 4xx or 503
        match answer::parse(&body) {
            Err(refused @ QueryError::Refused(..)) => Err(refused),
            _ => Err(QueryError::Status(status.as_u16(), answer::beginning(&body))),
        }
    }

    fn trouble(&self, error: ureq::Error) -> QueryError {
        match error {
            ureq::Error::Timeout(_) => QueryError::Timeout(self.patience()),
            ureq::Error::BodyExceedsLimit(limit) => QueryError::TooLarge(limit),
            ureq::Error::TlsRequired => QueryError::NeedsTls,
            other => QueryError::Unreachable(other.to_string()),
        }
    }
}

fn seconds(at: Timestamp) -> String {
    let nanos = at.unix_nanos();
    format!("{}.{:03}", nanos.div_euclid(1_000_000_000), nanos.rem_euclid(1_000_000_000) / 1_000_000)
}

/// A URL without what may be secret in it: user, password and query.
pub(super) fn shown(url: &str) -> String {
    let bare = url.split(['?', '#']).next().unwrap_or_default();
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

    #[test]
    fn what_is_no_address_is_refused_and_shows_no_secret() {
        for url in
            ["prometheus:9090", "ftp://host/", "http://", "http://a b/", "http://me:pass@host:9090", "http://h/?q=1"]
        {
            let told = Api::at(url).unwrap_err().to_string();
            assert!(told.contains("is no address") && !told.contains("pass@") && !told.contains("q=1"), "{told}");
        }
        assert_eq!(Api::at("http://mimir/prometheus/").unwrap().url(), "http://mimir/prometheus");
    }

    #[test]
    fn an_instant_before_the_epoch_is_written_as_a_number() {
        assert_eq!(seconds(Timestamp::from_unix_nanos(1_500_000_000)), "1.500");
        assert_eq!(seconds(Timestamp::from_unix_nanos(-500_000_000)), "-1.500");
    }
}
