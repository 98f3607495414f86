//! The client of a query API: small, blocking, bounded, for threads that may wait.

use std::fmt;
use std::time::Duration;

use ureq::Agent;

use super::answer::{Series, series};
use crate::clock::Timestamp;

/// How much of an answer is read.
const ANSWER_BYTES: u64 = 32 << 20;
/// How long one query may take.
const TIMEOUT: Duration = Duration::from_secs(10);
/// How long the start of the service waits for histories.
const WAIT: Duration = Duration::from_secs(2);

/// An engine that speaks Prometheus' query API.
///
/// ```
/// use reliability_core::fleet::Prometheus;
/// let mimir = Prometheus::at("http://mimir:8080/prometheus").bearer("a token").matching(r#"namespace="shop""#);
/// assert_eq!(mimir.to_string(), "http://mimir:8080/prometheus");
/// ```
#[derive(Clone)]
pub struct Prometheus {
    url: String,
    pub(super) matching: Option<String>,
    token: Option<String>,
    pub(super) wait: Duration,
    agent: Agent,
}

/// Why a query has no answer.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum QueryError {
    /// Nobody answers there, or not in time.
    Unreachable {
        /// What the network says.
        why: String,
    },
    /// Somebody answers, who is no query API or does not let us in.
    Status {
        /// The HTTP status.
        code: u16,
    },
    /// The engine does not take the query.
    Refused {
        /// The class of its error.
        kind: String,
        /// Its words.
        message: String,
    },
    /// The answer has another form.
    Malformed {
        /// What was found.
        what: String,
    },
}

impl fmt::Display for QueryError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unreachable { why } => write!(f, "the engine does not answer: {why}"),
            Self::Status { code } => write!(f, "the engine answered with status {code}"),
            Self::Refused { kind, message } => write!(f, "the engine refused the query ({kind}): {message}"),
            Self::Malformed { what } => write!(f, "the answer is none of the query API: {what}"),
        }
    }
}

impl std::error::Error for QueryError {}

impl Prometheus {
    /// At this address, below which `/api/v1/query` lies.
    pub fn at(url: impl Into<String>) -> Self {
        let config = Agent::config_builder().timeout_global(Some(TIMEOUT)).http_status_as_error(false).build();
        let url: String = url.into();
        Self {
            url: url.trim_end_matches('/').to_owned(),
            matching: None,
            token: None,
            wait: WAIT,
            agent: config.into(),
        }
    }

    /// Which series are this service's, as matchers of the query language; `service="…"` with the service's name unless said otherwise.
    #[must_use]
    pub fn matching(mut self, matchers: impl Into<String>) -> Self {
        self.matching = Some(matchers.into());
        self
    }

    /// Asks with this token.
    #[must_use]
    pub fn bearer(mut self, token: impl Into<String>) -> Self {
        self.token = Some(token.into());
        self
    }

    /// So long the start of the service waits at the most; two seconds unless said otherwise.
    #[must_use]
    pub fn wait(mut self, wait: Duration) -> Self {
        self.wait = wait;
        self
    }

    /// What it is at each step from `from` up to and including `to`.
    ///
    /// # Errors
    /// See [`QueryError`].
    pub(crate) fn range(
        &self,
        query: &str,
        (from, to): (Timestamp, Timestamp),
        step: Duration,
    ) -> Result<Vec<Series>, QueryError> {
        let (start, end) = (from.unix_seconds().to_string(), to.unix_seconds().to_string());
        let step = format!("{}s", step.as_secs());
        self.ask("query_range", &[("query", query), ("start", &start), ("end", &end), ("step", &step)])
    }

    /// What it is now.
    ///
    /// # Errors
    /// See [`QueryError`].
    #[allow(dead_code)] // whoever reads what the fleet burns now
    pub(crate) fn instant(&self, query: &str) -> Result<Vec<Series>, QueryError> {
        self.ask("query", &[("query", query)])
    }

    fn ask(&self, what: &str, form: &[(&str, &str)]) -> Result<Vec<Series>, QueryError> {
        let unreachable = |error: ureq::Error| QueryError::Unreachable { why: error.to_string() };
        let mut request = self.agent.post(format!("{}/api/v1/{what}", self.url));
        if let Some(token) = &self.token {
            request = request.header("authorization", format!("Bearer {token}"));
        }
        // a form, because a list of names may be longer than an address may be
        let mut answer = request.send_form(form.iter().copied()).map_err(unreachable)?;
        let code = answer.status().as_u16();
        let body = answer.body_mut().with_config().limit(ANSWER_BYTES).read_to_vec().map_err(|error| match error {
            ureq::Error::BodyExceedsLimit(limit) => {
                QueryError::Malformed { what: format!("it is longer than {limit} bytes") }
            }
            error => unreachable(error),
        })?;
        match series(&body) {
            // what the engine says about itself tells more than its status
            Err(QueryError::Malformed { .. }) if code >= 300 => Err(QueryError::Status { code }),
            read => read,
        }
    }
}

impl<S: Into<String>> From<S> for Prometheus {
    fn from(url: S) -> Self {
        Self::at(url)
    }
}

impl fmt::Display for Prometheus {
    /// The address alone.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.url)
    }
}

impl fmt::Debug for Prometheus {
    /// Without the token.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Prometheus").field("url", &self.url).field("matching", &self.matching).finish_non_exhaustive()
    }
}
