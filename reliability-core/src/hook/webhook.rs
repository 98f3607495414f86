//! A webhook, signed as Standard Webhooks says, sent until it has arrived or its attempts are spent.
//!
//! Every attempt carries the same `webhook-id`, so a receiver that got it twice can tell. A status of 2xx is done; 5xx, 408,
//! 425, 429, no connection and no answer in time are tried again after pauses that double from a second with some chance in
//! them, or after the receiver's `Retry-After` up to half a minute; everything else is final. Redirects are not followed: a
//! signed order goes where it was sent or nowhere. The beginning of the answer is kept. `https` needs the feature `hook-https`.
//!
//! Only signed webhooks are sent. A receiver that knows no signature can be reached by a [`Command`](super::Command).

use std::collections::hash_map::RandomState;
use std::fmt::{self, Write};
use std::hash::BuildHasher;
use std::io::Read;
use std::thread;
use std::time::Duration;

use serde_json::{Value, json};
use ureq::Agent;
use ureq::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, Uri};

use super::HookError;
use super::plan::{Deed, Outcome, Plan};
use super::secret::{MASK, Secret, masked};
use super::signature::Key;
use super::text::Words;
use crate::clock::Reading;

const TIMEOUT: Duration = Duration::from_secs(10);
const ATTEMPTS: u32 = 3;
const FIRST_PAUSE: Duration = Duration::from_secs(1);
const LONGEST_PAUSE: Duration = Duration::from_secs(30);
/// How much of an answer is kept.
const ANSWER_BYTES: u64 = 4 * 1024;

/// A webhook to send.
///
/// ```
/// use reliability_core::hook::{Secret, Webhook};
/// let webhook = Webhook::new("http://deployer:8080/rollback", Secret::variable("DEPLOYER_SECRET"))?
///     .header("authorization", Secret::file("/run/secrets/deployer"))?
///     .body(r#"{"application": "{service}", "to": "{version}", "because": "{reason}"}"#)?;
/// # drop(webhook);
/// # Ok::<(), reliability_core::hook::HookError>(())
/// ```
#[derive(Clone)]
pub struct Webhook {
    url: String,
    signed_with: Secret,
    headers: Vec<(HeaderName, Secret)>,
    body: Option<String>,
    timeout: Duration,
    attempts: u32,
    first_pause: Duration,
}

/// A webhook with everything filled in.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct Letter {
    url: String,
    signed_with: Secret,
    headers: Vec<(HeaderName, Secret)>,
    body: String,
    timeout: Duration,
    attempts: u32,
    first_pause: Duration,
}

impl fmt::Debug for Webhook {
    /// Without what may be secret in the URL.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Webhook").field("url", &shown(&self.url)).finish_non_exhaustive()
    }
}

impl Webhook {
    /// To this URL, signed with a secret of the form `whsec_` and 24 to 64 bytes in base64, which is read when it is sent.
    ///
    /// # Errors
    /// If it is no URL with `http` or `https` and a host, or holds a user or a password: those belong into a
    /// [header](Self::header).
    pub fn new(url: &str, signed_with: Secret) -> Result<Self, HookError> {
        let fits = url.parse::<Uri>().is_ok_and(|uri| {
            matches!(uri.scheme_str(), Some("http" | "https"))
                && uri.host().is_some_and(|host| !host.is_empty())
                && uri.authority().is_some_and(|authority| !authority.as_str().contains('@'))
        });
        if !fits {
            return Err(HookError::Declared(
                "a webhook goes to a URL such as https://deployer.example/rollback, without user and password".into(),
            ));
        }
        Ok(Self {
            url: url.to_owned(),
            signed_with,
            headers: Vec::new(),
            body: None,
            timeout: TIMEOUT,
            attempts: ATTEMPTS,
            first_pause: FIRST_PAUSE,
        })
    }

    /// Adds a header whose value is a secret: `authorization` with `Bearer …` in it.
    ///
    /// # Errors
    /// If no header can be called so, or it is one that the signature or the transport sets.
    pub fn header(mut self, name: &str, value: Secret) -> Result<Self, HookError> {
        let refused = |why: &str| HookError::Declared(format!("the header `{name}` {why}"));
        let header =
            HeaderName::from_bytes(name.as_bytes()).map_err(|_| refused("has a name that no header can have"))?;
        let ours = ["webhook-id", "webhook-timestamp", "webhook-signature", "content-type", "content-length", "host"];
        if ours.contains(&header.as_str()) {
            return Err(refused("is set already"));
        }
        self.headers.retain(|(other, _)| *other != header);
        self.headers.push((header, value));
        Ok(self)
    }

    /// The body, JSON in which `{version}`, `{service}`, `{policy}`, `{reason}` and `{sli}` are filled in between quotes.
    /// Without it the body is `{"type": "reliability.compensation", "data": {…}}` with these five.
    ///
    /// # Errors
    /// If it is no JSON.
    pub fn body(mut self, template: &str) -> Result<Self, HookError> {
        let filled = Words::default().json(template);
        serde_json::from_str::<Value>(&filled)
            .map_err(|error| HookError::Declared(format!("the body of a webhook is JSON: {error}")))?;
        self.body = Some(template.to_owned());
        Ok(self)
    }

    /// How long one attempt may take, 10 s if nothing is said.
    #[must_use]
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }

    /// How often it is tried, 3 times if nothing is said; at least once.
    #[must_use]
    pub fn attempts(mut self, attempts: u32) -> Self {
        self.attempts = attempts.max(1);
        self
    }

    /// The pause before the second attempt, a second if nothing is said; it doubles before each further one, up to half a
    /// minute.
    #[must_use]
    pub fn pause(mut self, pause: Duration) -> Self {
        self.first_pause = pause;
        self
    }

    /// What will be sent on this occasion.
    pub(super) fn plan(&self, words: &Words) -> Plan {
        let body = self.body.as_ref().map_or_else(|| usual(words), |template| words.json(template));
        let letter = Letter {
            url: self.url.clone(),
            signed_with: self.signed_with.clone(),
            headers: self.headers.clone(),
            body,
            timeout: self.timeout,
            attempts: self.attempts,
            first_pause: self.first_pause,
        };
        Plan::new(letter.text(), letter.url.clone(), Deed::Send(letter))
    }

    /// Every template of it, for checks.
    pub(super) fn templates(&self) -> impl Iterator<Item = &str> {
        self.body.iter().map(String::as_str)
    }
}

/// The form that the specification recommends: a type, and data. Its timestamp is in the signed header.
fn usual(words: &Words) -> String {
    let version = (!words.version.is_empty()).then_some(&words.version);
    let data = json!({
        "service": words.service, "policy": words.policy, "sli": words.sli, "reason": words.reason, "version": version,
    });
    json!({"type": "reliability.compensation", "data": data}).to_string()
}

/// How an attempt ended.
enum Attempt {
    Done(StatusCode, String),
    /// Not now; the receiver may have said when.
    Later(String, Option<Duration>),
    Refused(String),
}

impl Letter {
    fn text(&self) -> String {
        let mut text = format!("POST {}\nsigned with {MASK} from {}", shown(&self.url), self.signed_with);
        for (name, secret) in &self.headers {
            let _ = write!(text, "\n{name}: {MASK} from {secret}");
        }
        let _ = write!(text, "\n{}", self.body);
        let _ = write!(text, "\nat most {} times, {:?} each", self.attempts, self.timeout);
        text
    }

    /// Sends it and waits. Blocks for at most all attempts and their pauses.
    pub(super) fn send(&self) -> Result<Outcome, HookError> {
        let begun = Reading::now();
        let signed_with = self.signed_with.read().map_err(HookError::Secret)?;
        let key = Key::parse(&signed_with).map_err(|why| HookError::Failed(format!("{why}: {}", self.signed_with)))?;
        let mut headers = HeaderMap::new();
        let mut secrets = vec![signed_with];
        for (name, secret) in &self.headers {
            let text = secret.read().map_err(HookError::Secret)?;
            let mut value = HeaderValue::from_str(&text)
                .map_err(|_| HookError::Failed(format!("{secret} holds what no header can hold")))?;
            value.set_sensitive(true);
            headers.insert(name, value);
            secrets.push(text);
        }
        let agent = Agent::config_builder()
            .http_status_as_error(false)
            .max_redirects(0)
            .user_agent(concat!("reliability-core/", env!("CARGO_PKG_VERSION")))
            .build()
            .new_agent();
        let id = format!("msg_{:016x}{:016x}", chance(begun.monotonic), chance(begun.wall));
        let mut pause = self.first_pause;
        let mut attempts = 0;
        loop {
            attempts += 1;
            let (why, asked) = match self.attempt(&agent, &key, &id, &headers) {
                Attempt::Done(status, output) => {
                    let took = Reading::now().monotonic.saturating_sub(begun.monotonic);
                    let output = masked(&output, &secrets);
                    return Ok(Outcome { said: status.to_string(), output, took, attempts });
                }
                Attempt::Refused(why) => return Err(HookError::Failed(masked(&why, &secrets))),
                Attempt::Later(why, asked) => (why, asked),
            };
            if attempts >= self.attempts {
                let times = if attempts == 1 { "once".to_owned() } else { format!("{attempts} times") };
                return Err(HookError::Failed(masked(&format!("tried {times}: {why}"), &secrets)));
            }
            // between half of it and all of it, so that the processes of a fleet do not come back together
            let whole = pause.min(LONGEST_PAUSE);
            let chosen = whole / 2 + whole / 2 * ((chance(attempts) % 1024) as u32) / 1024;
            thread::sleep(asked.map_or(chosen, |asked| asked.clamp(chosen, LONGEST_PAUSE)));
            pause = pause.saturating_mul(2);
        }
    }

    fn attempt(&self, agent: &Agent, key: &Key, id: &str, headers: &HeaderMap) -> Attempt {
        let seconds = Reading::now().wall.unix_seconds();
        let mut request = agent
            .post(&self.url)
            .content_type("application/json")
            .header("webhook-id", id)
            .header("webhook-timestamp", seconds.to_string())
            .header("webhook-signature", key.sign(id, seconds, self.body.as_bytes()));
        for (name, value) in headers {
            request = request.header(name, value);
        }
        let mut answer = match request.config().timeout_global(Some(self.timeout)).build().send(self.body.as_bytes()) {
            Ok(answer) => answer,
            Err(ureq::Error::TlsRequired) => {
                return Attempt::Refused("a URL with https needs the feature `hook-https`".into());
            }
            Err(error @ (ureq::Error::BadUri(_) | ureq::Error::Http(_))) => return Attempt::Refused(error.to_string()),
            Err(error) => return Attempt::Later(error.to_string(), None),
        };
        let status = answer.status();
        if status.is_success() {
            let mut bytes = Vec::new();
            // an answer that breaks off has still said 2xx
            let _ = answer.body_mut().as_reader().take(ANSWER_BYTES).read_to_end(&mut bytes);
            return Attempt::Done(status, String::from_utf8_lossy(&bytes).into_owned());
        }
        let why = format!("the receiver answered {status}");
        match status.as_u16() {
            408 | 425 | 429 | 500..=599 => Attempt::Later(why, retry_after(answer.headers())),
            _ => Attempt::Refused(why),
        }
    }
}

/// A URL without its query, where some services have a key.
fn shown(url: &str) -> String {
    url.split_once('?').map_or_else(|| url.to_owned(), |(bare, _)| format!("{bare}?{MASK}"))
}

fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    headers.get("retry-after")?.to_str().ok()?.trim().parse().ok().map(Duration::from_secs)
}

/// A number that no other process and no other call has.
fn chance(from: impl std::hash::Hash) -> u64 {
    RandomState::new().hash_one((from, std::process::id()))
}
