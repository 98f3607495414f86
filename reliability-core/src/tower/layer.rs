//! The layer and its service.

use std::sync::Arc;
use std::task::{Context, Poll};

use http::{Extensions, Method, Request, Response, StatusCode};
use http_body::Body;
use tower_layer::Layer;
use tower_service::Service;

use super::body::MeasuredBody;
use super::future::MeasuredFuture;
use super::routes::{Routes, Rules};
use crate::sli::Outcome;
use crate::spec::SliSpec;

/// Gives the route that a request matched, as it was declared.
pub(crate) type RouteOf = fn(&Extensions) -> Option<&str>;

/// Counts every request by its method and matched route. See the [module](super). Clones share their routes.
#[derive(Clone, Debug)]
#[must_use = "a layer does nothing until it is added to a service"]
pub struct SliLayer {
    route_of: RouteOf,
    routes: Arc<Routes>,
}

impl SliLayer {
    /// A layer that asks `route_of` for the route, for any framework that leaves it in the request's extensions.
    pub fn new(route_of: fn(&Extensions) -> Option<&str>) -> Self {
        Self { route_of, routes: Arc::new(Routes::new(Rules::default())) }
    }

    /// What every route declares: objectives, window, owner. May be said repeatedly.
    pub fn declare(self, declare: impl Fn(SliSpec) -> SliSpec + Send + Sync + 'static) -> Self {
        self.ruled(|rules| rules.defaults.push(Arc::new(declare)))
    }

    /// What one route declares beyond that, or instead.
    pub fn route(
        self,
        method: &str,
        route: &str,
        declare: impl Fn(SliSpec) -> SliSpec + Send + Sync + 'static,
    ) -> Self {
        self.ruled(|rules| rules.overrides.push((method.to_ascii_uppercase(), route.to_owned(), Arc::new(declare))))
    }

    /// Does not count a route: health checks. `/internal/*` leaves out all that begin with `/internal/`. Our own
    /// `/reliability` and what lies under it is left out without saying.
    pub fn except(self, route: &str) -> Self {
        self.ruled(|rules| rules.exceptions.push(route.to_owned()))
    }

    /// Begins every name so: `shop-get-cart-id`.
    pub fn prefix(self, prefix: &'static str) -> Self {
        self.ruled(|rules| rules.prefix = prefix)
    }

    /// Judges by the status otherwise than "5xx is bad".
    pub fn classify(self, classify: fn(StatusCode) -> Outcome) -> Self {
        self.ruled(|rules| rules.classify = classify)
    }

    /// Counts a request that a gate around this layer refused.
    pub(super) fn count_refusal(&self, method: &Method, extensions: &Extensions) {
        let route = self.routes.at(self.routes.find(method, (self.route_of)(extensions)));
        if !route.is_left_alone() {
            self.routes.sli(route).begin().end(Outcome::Shed);
        }
    }

    /// A layer with other rules knows no routes yet.
    fn ruled(self, change: impl FnOnce(&mut Rules)) -> Self {
        let mut rules = self.routes.rules.clone();
        change(&mut rules);
        Self { route_of: self.route_of, routes: Arc::new(Routes::new(rules)) }
    }
}

impl<S> Layer<S> for SliLayer {
    type Service = SliService<S>;

    fn layer(&self, inner: S) -> SliService<S> {
        SliService { inner, route_of: self.route_of, routes: Arc::clone(&self.routes) }
    }
}

/// A service whose requests are counted.
#[derive(Clone, Debug)]
pub struct SliService<S> {
    inner: S,
    route_of: RouteOf,
    routes: Arc<Routes>,
}

impl<S, B, R> Service<Request<B>> for SliService<S>
where
    S: Service<Request<B>, Response = Response<R>>,
    R: Body,
{
    type Response = Response<MeasuredBody<R>>;
    type Error = S::Error;
    type Future = MeasuredFuture<S::Future>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        let path = (self.route_of)(request.extensions());
        let place = self.routes.find(request.method(), path);
        MeasuredFuture::new(self.inner.call(request), Arc::clone(&self.routes), place)
    }
}
