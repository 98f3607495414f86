//! Journeys at the door of a service: begun for a user's request, joined for that of a peer.
//!
//! A journey ends with the head of the answer, so what a body calls while it is sent is not in its verdict. It has failed
//! whatever its parts say if the answer is a 5xx, or none.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use http::{HeaderValue, Request, Response, request::Parts};
use pin_project_lite::pin_project;
use tower_layer::Layer;
use tower_service::Service;

use crate::http::baggage_of;
use crate::sli::journey::{Feature, JOURNEY_HEADER, Joined, Journey};

type FeatureOf = Arc<dyn Fn(&Parts) -> Option<&'static Feature> + Send + Sync>;
type Trusts = Arc<dyn Fn(&Parts) -> bool + Send + Sync>;

/// Begins a journey for each request that is one, and joins those that trusted peers are on.
///
/// ```
/// # #[cfg(feature = "axum")] {
/// use reliability_core::{Feature, tower::JourneyLayer};
/// static PURCHASE: Feature = Feature::new("purchase");
///
/// let layer = JourneyLayer::new(|request| (request.uri.path() == "/checkout").then_some(&PURCHASE));
/// let app: axum::Router = axum::Router::new().route("/checkout", axum::routing::post(async || "paid")).layer(layer);
/// # }
/// ```
#[derive(Clone)]
#[must_use = "a layer does nothing until it is added to a service"]
pub struct JourneyLayer {
    feature_of: FeatureOf,
    trusts: Option<Trusts>,
}

impl fmt::Debug for JourneyLayer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("JourneyLayer").field("trusts", &self.trusts.is_some()).finish_non_exhaustive()
    }
}

impl JourneyLayer {
    /// A layer that asks which feature a request is a journey of, by its head.
    pub fn new(feature_of: impl Fn(&Parts) -> Option<&'static Feature> + Send + Sync + 'static) -> Self {
        Self { feature_of: Arc::new(feature_of), trusts: None }
    }

    /// Joins the journeys that `baggage` names in requests for which this says so, those of the service's own peers, and tells
    /// how the parts here ended in the answer's [`JOURNEY_HEADER`]. Strangers are told nothing.
    pub fn trust(mut self, trusts: impl Fn(&Parts) -> bool + Send + Sync + 'static) -> Self {
        self.trusts = Some(Arc::new(trusts));
        self
    }
}

impl<S> Layer<S> for JourneyLayer {
    type Service = JourneyService<S>;

    fn layer(&self, inner: S) -> JourneyService<S> {
        JourneyService { inner, layer: self.clone() }
    }
}

/// A service whose requests are journeys.
#[derive(Clone, Debug)]
pub struct JourneyService<S> {
    inner: S,
    layer: JourneyLayer,
}

impl<S, B, R> Service<Request<B>> for JourneyService<S>
where
    S: Service<Request<B>, Response = Response<R>>,
{
    type Response = Response<R>;
    type Error = S::Error;
    type Future = JourneyFuture<S::Future>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        let (head, body) = request.into_parts();
        let trusted = self.layer.trusts.as_ref().is_some_and(|trusts| trusts(&head));
        let mut joined = trusted.then(|| Joined::of(&baggage_of(&head.headers))).filter(|joined| !joined.is_empty());
        let mut journey = (self.layer.feature_of)(&head).map(Journey::begin);
        let request = Request::from_parts(head, body);
        let inner = on(&mut joined, &mut journey, || self.inner.call(request));
        JourneyFuture { inner, joined, journey }
    }
}

/// Runs a function on whatever there is.
fn on<T>(joined: &mut Option<Joined>, journey: &mut Option<Journey>, run: impl FnOnce() -> T) -> T {
    let within = || match journey {
        Some(journey) => journey.enter(run),
        None => run(),
    };
    match joined {
        Some(joined) => joined.enter(within),
        None => within(),
    }
}

pin_project! {
    /// A request on its journey.
    #[derive(Debug)]
    pub struct JourneyFuture<F> {
        #[pin]
        inner: F,
        joined: Option<Joined>,
        journey: Option<Journey>,
    }
}

impl<F, R, E> Future for JourneyFuture<F>
where
    F: Future<Output = Result<Response<R>, E>>,
{
    type Output = Result<Response<R>, E>;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.project();
        let mut answer = ready!(on(this.joined, this.journey, || this.inner.poll(context)));
        let failed = answer.as_ref().map_or(true, |response| response.status().is_server_error());
        if let Some(mut journey) = this.journey.take() {
            if failed {
                journey.fail();
            }
            journey.end();
        }
        if let (Some(joined), Ok(response)) = (this.joined.take(), &mut answer) {
            let told = joined.end();
            if !told.is_empty()
                && let Ok(value) = HeaderValue::try_from(told.to_string())
            {
                response.headers_mut().insert(JOURNEY_HEADER, value);
            }
        }
        Poll::Ready(answer)
    }
}
