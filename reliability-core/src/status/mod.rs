//! The status page: what the service knows about itself, for people, live.
//!
//! `GET /reliability` is the page, `GET /reliability.json` the [`Report`](crate::Report) for programs,
//! `GET /reliability/stream` the changes as server-sent events, `GET /reliability/replica` the counts slot by slot, for whoever
//! adds up a fleet. [`router`] gives the four to merge or nest into the service's own; a service without a
//! web framework calls `Page::listen` (feature `listener`).
//!
//! - **One file.** Style and script are inside; nothing is loaded from elsewhere, which its Content-Security-Policy
//!   enforces: style and script run by their hashes, and nothing else does. Without a script it reloads every five seconds.
//! - **Nothing is trusted.** Names and error texts are escaped, whoever chose them. [`Page::hide_error_texts`] leaves the texts
//!   out altogether; none are taken in the first place unless [`Builder::error_texts`](crate::Builder::error_texts) asks.
//! - **Reading only, unless tokens are given.** No cookie, no secret, no way to change anything; with [`Page::control`] orders by POST
//!   under `/reliability/control/`, each with a token in its header, and buttons on the page for whoever has typed one in, which
//!   the page keeps in its memory and nowhere else. Whoever may only look is asked nothing: do not put it on a public address
//!   without something in front that does.
//! - **For pipelines.** `GET /reliability/gate` says whether one may deploy now, `POST /reliability/gate/rollback` whether one
//!   should go back, as Argo Rollouts and Flagger read it.
//! - **Cheap.** It is rendered at most once a second whoever looks, and not at all when nobody does; all viewers share the
//!   same bytes. Its figures stand in `benches/README.md`.
//! - **It stops with the service.** Streams end when the service [is about to stop](Handle::begin_stop). A server that shuts
//!   down in order waits for open answers, so say it before: [`Handle::begin_stop`] shows the order.
//!
//! **Never use it as a readiness or liveness probe.** It answers 200 as long as the process lives, whatever it says; and a
//! service that is taken out of rotation because its budget is spent hands its load to its neighbours, whose budgets follow.
//!
//! Layer 6: imports engine (reports, events, words), compensate (the verdict, errors), admission (reports), slo, spec, clock,
//! reliability (the handle).

mod acting;
mod control;
mod feature;
mod gate;
mod html;
#[cfg(feature = "listener")]
mod listener;
mod live;
mod objective;
mod order;
mod page;
mod svg;
mod token;

use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::extract::Request;
use axum::http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, REFERRER_POLICY, RETRY_AFTER, X_CONTENT_TYPE_OPTIONS,
};
use axum::http::{HeaderName, HeaderValue, StatusCode};
use axum::response::{Html, IntoResponse, Response};
use axum::routing::{any, get, post};

use crate::Handle;
use crate::engine::words;
#[cfg(feature = "listener")]
pub use listener::{ListenError, Listener};
use live::Live;
pub use token::{ControlToken, TokenError};

/// What may run: the page's own style and script, named by their hashes. A test holds it against `page.css` and `page.js`.
const POLICY: &str = include_str!("policy.txt");

/// What is shown.
#[derive(Clone, Copy, Debug)]
struct Face {
    error_texts: bool,
    control: bool,
}

/// The orders that a person can give.
const ORDERS: [(&str, &str); 5] = [
    ("/reliability/control/whoami", "whoami"),
    ("/reliability/control/kill-switch", "kill-switch"),
    ("/reliability/control/policy", "policy"),
    ("/reliability/control/switch", "switch"),
    ("/reliability/control/approval", "approval"),
];

/// The page, before it is mounted. Clones show the same page and share its renderings.
#[derive(Clone, Debug)]
pub struct Page {
    live: Arc<Live>,
    tokens: Arc<[ControlToken]>,
}

/// The page's routes with everything as it is: shorthand for [`Page::new`] and [`Page::router`].
///
/// ```
/// # use reliability_core::{Reliability, status};
/// let reliability = Reliability::builder().start()?;
/// let app: axum::Router = axum::Router::new().merge(status::router(reliability.handle()));
/// # Ok::<(), reliability_core::StartError>(())
/// ```
pub fn router<S: Clone + Send + Sync + 'static>(handle: Handle) -> Router<S> {
    Page::new(handle).router()
}

impl Page {
    /// The page of what this handle reads.
    pub fn new(handle: Handle) -> Self {
        Self { live: Live::new(handle, Face { error_texts: true, control: false }), tokens: Arc::default() }
    }

    /// Shows no text of any error, even where [`Builder::error_texts`](crate::Builder::error_texts) has them taken.
    #[must_use]
    pub fn hide_error_texts(self) -> Self {
        self.with(|face| face.error_texts = false)
    }

    /// Lets whoever has one of these tokens act: stop all policies, engage and release one, turn a switch, answer for a plan.
    /// Without a token nothing can be changed, and the routes for it do not exist.
    ///
    /// Orders are `POST`s of JSON with the header `Authorization: Bearer <token>`: `/reliability/control/kill-switch`
    /// `{"on": true}`, `…/policy` `{"policy": "payments", "do": "engage"}` (or `release`, `automatic`), `…/switch`
    /// `{"switch": "flag/banners", "value": "off"}` (or `"25%"`, a rung's name, `null` to take the hand off), `…/approval`
    /// `{"id": "payments-1", "digest": "…", "answer": "approve"}` (or `decline`), `…/whoami` `{}`. What is wrong is answered with
    /// `{"error", "field", "value", "accepted"}`.
    ///
    /// The token's name stands in events and reports beside what was done. A token goes over the wire as it is: use TLS, or
    /// loopback.
    ///
    /// ```
    /// # use reliability_core::{Reliability, status::{ControlToken, Page}};
    /// # let from_the_environment = "XqL0lD3v9kFmT2aWcB7y";
    /// let reliability = Reliability::builder().start()?;
    /// let kim = ControlToken::new("kim", from_the_environment)?; // or `variable`, or `file`
    /// let app: axum::Router = Page::new(reliability.handle()).control([kim]).router();
    /// # drop(app);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn control(self, tokens: impl IntoIterator<Item = ControlToken>) -> Self {
        let tokens: Arc<[ControlToken]> = tokens.into_iter().collect();
        let page = self.with(|face| face.control = !tokens.is_empty());
        Self { tokens, ..page }
    }

    fn with(self, change: impl FnOnce(&mut Face)) -> Self {
        let mut face = self.live.face();
        change(&mut face);
        Self { live: Live::new(self.live.handle().clone(), face), tokens: self.tokens }
    }

    /// The routes `/reliability`, `/reliability.json`, `/reliability/replica`, `/reliability/stream` and `/reliability/gate`, and with tokens those of
    /// [`control`](Self::control), to merge, or to nest under any path. A
    /// `SliLayer` around them leaves them alone where they are merged; nested, tell it: `.except("/internal/*")`.
    ///
    /// A first load and the JSON are rendered where they are asked for (20 ms with 200 objectives, see `benches/README.md`),
    /// what the stream brings on a thread of the page's own. At most 64 viewers; one that has gone without a word keeps its
    /// place until the connection is given up. On an address that others can reach, put a proxy with limits before it.
    ///
    /// ```
    /// # use reliability_core::{Reliability, status::Page};
    /// let reliability = Reliability::builder().start()?;
    /// let page = Page::new(reliability.handle()).hide_error_texts();
    /// let app: axum::Router = axum::Router::new().nest("/internal", page.router());
    /// # Ok::<(), reliability_core::StartError>(())
    /// ```
    pub fn router<S: Clone + Send + Sync + 'static>(self) -> Router<S> {
        let live = || Arc::clone(&self.live);
        let (page, json, stream, gate, back, replica) = (live(), live(), live(), live(), live(), live());
        let mut router = Router::new()
            .route("/reliability", get(move || std::future::ready(show(&page))))
            .route("/reliability.json", get(move || std::future::ready(tell(&json))))
            .route("/reliability/replica", get(move || std::future::ready(count(&replica))))
            .route("/reliability/stream", get(move || std::future::ready(follow(&stream))))
            .route(
                "/reliability/gate",
                get(move |request: Request| std::future::ready(gate::gate(&gate, request.uri().query()))),
            )
            .route("/reliability/gate/rollback", post(move || std::future::ready(gate::rollback(&back))));
        if self.live.face().control {
            for (path, order) in ORDERS {
                let (live, tokens) = (live(), Arc::clone(&self.tokens));
                let answer = move |request: Request| {
                    let (live, tokens) = (Arc::clone(&live), Arc::clone(&tokens));
                    async move { control::control(&live, &tokens, order, request).await }
                };
                router = router.route(path, any(answer));
            }
        }
        router
    }
}

/// What every answer carries.
fn headers() -> [(HeaderName, HeaderValue); 4] {
    [
        (CACHE_CONTROL, HeaderValue::from_static("no-store")),
        (X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
        (REFERRER_POLICY, HeaderValue::from_static("no-referrer")),
        (HeaderName::from_static("cross-origin-resource-policy"), HeaderValue::from_static("same-origin")),
    ]
}

fn show(live: &Live) -> Response {
    (headers(), [(CONTENT_SECURITY_POLICY, POLICY.trim_end())], Html(live.page())).into_response()
}

fn tell(live: &Live) -> Response {
    // rendering cannot fail: every key is a text and every number is finite
    let json = serde_json::to_string(&live.handle().report()).unwrap_or_default();
    (headers(), [(CONTENT_TYPE, "application/json")], json).into_response()
}

/// What this process has counted, for whoever adds up a fleet.
fn count(live: &Live) -> Response {
    // rendering cannot fail: every key is a text and every number is finite
    let json = serde_json::to_string(&live.handle().replica()).unwrap_or_default();
    (headers(), [(CONTENT_TYPE, "application/json")], json).into_response()
}

fn follow(live: &Arc<Live>) -> Response {
    if live.handle().is_stopping() {
        // for an event source this means: do not come again
        return (StatusCode::NO_CONTENT, headers()).into_response();
    }
    match live.watch() {
        Some(viewer) => {
            // proxies that hold back what they pass on would make it look lost
            let kind = [(CONTENT_TYPE, "text/event-stream"), (HeaderName::from_static("x-accel-buffering"), "no")];
            (headers(), kind, Body::new(viewer)).into_response()
        }
        None => (StatusCode::SERVICE_UNAVAILABLE, headers(), [(RETRY_AFTER, "5")]).into_response(),
    }
}
