//! The layer and its service.

use std::fmt;
use std::sync::Arc;
use std::task::{Context, Poll};

use http::{Request, Response, request::Parts};
use http_body::Body;
use tower_layer::Layer;
use tower_service::Service;

use super::body::GateBody;
use super::future::GateFuture;
use crate::admission::{ASK_HEADER, Ask, Gate, Travelling};
use crate::http::Refusal;
use crate::sli::{Outcome, Sli};
use crate::tower::SliLayer;

type AskOf = Arc<dyn Fn(&Parts) -> Ask + Send + Sync>;
type Trusts = Arc<dyn Fn(&Parts) -> bool + Send + Sync>;

/// Puts a gate in front of a service: a request is admitted or refused before its body is read, and its permit ends with the
/// answer's body.
///
/// ```
/// # #[cfg(feature = "axum")] {
/// use reliability_core::{Gate, Priority, tower::GateLayer};
///
/// static FRONT_DOOR: Gate = Gate::new("shop-door");
///
/// let layer = GateLayer::new(&FRONT_DOOR)
///     .ask(|request| match request.uri.path() {
///         "/checkout" => Priority::Critical.into(),
///         "/recommendations" => Priority::Low.into(),
///         _ => Priority::Normal.into(),
///     })
///     .except("/health");
/// let app: axum::Router = axum::Router::new().route("/checkout", axum::routing::post(async || "paid")).layer(layer);
/// # }
/// ```
///
/// **A refusal** is a 503 with `Retry-After`, or a 429 by [`too_many_requests`](Self::too_many_requests); to a gRPC request a status
/// with `grpc-retry-pushback-ms`. It bears its [`Shed`](crate::Shed) as an extension, by which a [`SliLayer`] around this layer counts it as shed:
/// neither good, nor bad by its status. With the layers the other way round the [`SliLayer`] sees no refused
/// request, so the gate must be told of it: [`counted_by`](Self::counted_by).
///
/// **Event streams and upgrades** give their place back with their head: they stay for hours and do little.
///
/// **Readiness** costs nothing: a permit is taken when a request is there, so an idle connection holds none.
#[derive(Clone)]
#[must_use = "a layer does nothing until it is added to a service"]
pub struct GateLayer {
    gate: &'static Gate,
    rules: Arc<Rules>,
}

#[derive(Clone)]
struct Rules {
    ask: Option<AskOf>,
    trusts: Option<Trusts>,
    refusal: Refusal,
    exceptions: Vec<String>,
    layer: Option<SliLayer>,
    sli: Option<&'static Sli>,
}

impl fmt::Debug for GateLayer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("GateLayer")
            .field("gate", &self.gate.name())
            .field("refusal", &self.rules.refusal)
            .field("exceptions", &self.rules.exceptions)
            .finish_non_exhaustive()
    }
}

impl GateLayer {
    /// A layer that asks this gate. Our own `/reliability` and what lies under it is let through without asking: who looks
    /// after an overloaded service must get in.
    pub fn new(gate: &'static Gate) -> Self {
        let exceptions = ["/reliability", "/reliability.json", "/reliability/*"].map(str::to_owned).into();
        let refusal = Refusal::default();
        let rules = Rules { ask: None, trusts: None, refusal, exceptions, layer: None, sli: None };
        Self { gate, rules: Arc::new(rules) }
    }

    /// How important a request is, by its head. Without it every request asks as a normal one.
    pub fn ask(self, ask: impl Fn(&Parts) -> Ask + Send + Sync + 'static) -> Self {
        self.ruled(|rules| rules.ask = Some(Arc::new(ask)))
    }

    /// Believes what stands in the header [`ASK_HEADER`] of requests for which this says so, those of the service's own
    /// peers. From all others the header says nothing: a stranger who may name his own importance is always critical.
    pub fn trust(self, trusts: impl Fn(&Parts) -> bool + Send + Sync + 'static) -> Self {
        self.ruled(|rules| rules.trusts = Some(Arc::new(trusts)))
    }

    /// Lets a path through without asking. `/internal/*` is all that begins with `/internal/`.
    pub fn except(self, path: &str) -> Self {
        self.ruled(|rules| rules.exceptions.push(path.to_owned()))
    }

    /// Refuses with 429 instead of 503, and with `RESOURCE_EXHAUSTED` instead of `UNAVAILABLE`: for callers who take a 503 for
    /// a broken service.
    pub fn too_many_requests(self) -> Self {
        self.ruled(|rules| rules.refusal = rules.refusal.too_many_requests())
    }

    /// Tells callers that they may try again after a while, instead of not at all. Retries are what turns an overload into an
    /// outage, so without this they are told not to.
    pub fn allow_retries(self) -> Self {
        self.ruled(|rules| rules.refusal = rules.refusal.allow_retries())
    }

    /// Counts refusals where this layer counts requests: for a [`SliLayer`] that lies *inside* this one. Clones share their routes,
    /// so give the same one to both.
    pub fn counted_by(self, layer: &SliLayer) -> Self {
        let layer = layer.clone();
        self.ruled(|rules| rules.layer = Some(layer))
    }

    /// Counts refusals in this SLI: where all behind the gate is measured by one attribute.
    pub fn counted_in(self, sli: &'static Sli) -> Self {
        self.ruled(|rules| rules.sli = Some(sli))
    }

    fn ruled(mut self, change: impl FnOnce(&mut Rules)) -> Self {
        change(Arc::make_mut(&mut self.rules));
        self
    }
}

impl Rules {
    fn excepts(&self, path: &str) -> bool {
        self.exceptions.iter().any(|exception| match exception.strip_suffix('*') {
            Some(prefix) => path.starts_with(prefix),
            None => path == exception,
        })
    }

    /// What a request asks: what its peer says of it if the peer is trusted, else what we say.
    fn ask_of(&self, head: &Parts) -> Ask {
        let said = head.headers.get(ASK_HEADER).filter(|_| self.trusts.as_ref().is_some_and(|trusts| trusts(head)));
        let said = said.and_then(|value| value.to_str().ok()?.parse().ok());
        said.unwrap_or_else(|| self.ask.as_ref().map_or_else(Ask::default, |ask| ask(head)))
    }

    fn count_refusal(&self, head: &Parts) {
        if let Some(layer) = &self.layer {
            layer.count_refusal(&head.method, &head.extensions);
        }
        if let Some(sli) = self.sli {
            sli.begin().end(Outcome::Shed);
        }
    }
}

impl<S> Layer<S> for GateLayer {
    type Service = GateService<S>;

    fn layer(&self, inner: S) -> GateService<S> {
        GateService { inner, layer: self.clone() }
    }
}

/// A service behind a gate.
///
/// ```
/// use reliability_core::{Gate, tower::{GateLayer, GateService}};
/// use tower_layer::Layer;
///
/// static DOOR: Gate = Gate::new("service-door");
/// let behind: GateService<&str> = GateLayer::new(&DOOR).layer("any service");
/// # let _ = behind;
/// ```
#[derive(Clone, Debug)]
pub struct GateService<S> {
    inner: S,
    layer: GateLayer,
}

impl<S, B, R> Service<Request<B>> for GateService<S>
where
    S: Service<Request<B>, Response = Response<R>>,
    R: Body,
{
    type Response = Response<GateBody<R>>;
    type Error = S::Error;
    type Future = GateFuture<S::Future>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        // the gate is not asked here: whoever is ready may never call
        self.inner.poll_ready(context)
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        let GateLayer { gate, rules } = &self.layer;
        let (head, body) = request.into_parts();
        let ask = rules.ask_of(&head);
        let permit = if rules.excepts(head.uri.path()) {
            None
        } else {
            match gate.admit(ask) {
                Ok(permit) => Some(permit),
                Err(shed) => {
                    rules.count_refusal(&head);
                    return GateFuture::refused(shed, rules.refusal.for_request(&head.headers));
                }
            }
        };
        let travelling = Travelling::new(ask);
        let inner = Travelling::during(Some(travelling), || self.inner.call(Request::from_parts(head, body)));
        GateFuture::admitted(inner, permit, travelling)
    }
}
