//! A request under way.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use http::{Response, StatusCode, header::CONTENT_TYPE};
use http_body::Body;
use pin_project_lite::pin_project;

use super::body::{GRPC_STATUS, MeasuredBody, Verdict, grpc_outcome};
use super::routes::{Place, Routes};
use crate::admission::Shed;
use crate::sli::{Call, Outcome, Precise, Watch};
use crate::spec::Timing;
use crate::support::take_handler_mark;

pin_project! {
    /// The answer of a counted service.
    #[derive(Debug)]
    pub struct MeasuredFuture<F> {
        #[pin]
        inner: F,
        routes: Arc<Routes>,
        place: Place,
        state: State,
    }
}

/// How far the counting of a request has come.
#[derive(Debug)]
pub(super) enum State {
    /// Not counted here.
    LeftAlone,
    /// Not polled yet: its handler may turn out to count itself.
    Watched(Precise),
    /// Counted.
    Begun(Call<'static>),
}

impl<F> MeasuredFuture<F> {
    pub(super) fn new(inner: F, routes: Arc<Routes>, place: Place) -> Self {
        let state = if routes.at(place).is_left_alone() {
            State::LeftAlone
        } else {
            State::Watched(Precise::start(Timing::Precise))
        };
        Self { inner, routes, place, state }
    }
}

/// The state of a request while it is polled: what unwinds then was a panic, and is counted as one.
struct Underway<'a> {
    state: State,
    routes: &'a Routes,
    place: Place,
}

impl Underway<'_> {
    /// Begins counting, from when the request came, unless its handler has said by now that it counts itself.
    fn call(&mut self) -> Option<Call<'static>> {
        let handled = take_handler_mark();
        if handled {
            self.routes.at(self.place).leave_alone();
        }
        match std::mem::replace(&mut self.state, State::LeftAlone) {
            State::LeftAlone => None,
            State::Watched(_) if handled => None,
            State::Watched(since) => Some(Call::begin_watched(self.routes.sli(self.routes.at(self.place)), since)),
            State::Begun(call) if handled => {
                call.end(Outcome::Ignored);
                None
            }
            State::Begun(call) => Some(call),
        }
    }
}

impl Drop for Underway<'_> {
    fn drop(&mut self) {
        drop(self.call());
    }
}

impl<F, R, E> Future for MeasuredFuture<F>
where
    F: Future<Output = Result<Response<R>, E>>,
    R: Body,
{
    type Output = Result<Response<MeasuredBody<R>>, E>;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.project();
        let state = std::mem::replace(this.state, State::LeftAlone);
        let mut underway = Underway { state, routes: this.routes, place: *this.place };
        take_handler_mark();
        let polled = this.inner.poll(context);
        let call = underway.call();
        let Poll::Ready(answer) = polled else {
            *this.state = call.map_or(State::LeftAlone, State::Begun);
            return Poll::Pending;
        };
        Poll::Ready(match answer {
            Ok(response) => {
                // a refusal says so itself, whatever its status
                let shed = response.extensions().get::<Shed>().is_some();
                let outcome = if shed { Outcome::Shed } else { (this.routes.rules.classify)(response.status()) };
                Ok(measure(response, call, outcome))
            }
            Err(error) => {
                if let Some(call) = call {
                    call.end(Outcome::Bad);
                }
                Err(error)
            }
        })
    }
}

/// Hands the call to the body, unless it is over already.
fn measure<R: Body>(response: Response<R>, call: Option<Call<'static>>, outcome: Outcome) -> Response<MeasuredBody<R>> {
    let is = |kind: &str| {
        let given = response.headers().get(CONTENT_TYPE);
        given.is_some_and(|given| given.as_bytes().starts_with(kind.as_bytes()))
    };
    let verdict = match response.headers().get(GRPC_STATUS) {
        _ if outcome != Outcome::Good || !is("application/grpc") => Verdict::Known(outcome),
        Some(status) => Verdict::Known(grpc_outcome(status)),
        // gRPC-Web puts its trailers into the data, where nobody reads them here: such an answer is neither
        None if is("application/grpc-web") => Verdict::Known(Outcome::Ignored),
        None => Verdict::InTrailers,
    };
    let over = outcome == Outcome::Shed
        || is("text/event-stream")
        || response.status() == StatusCode::SWITCHING_PROTOCOLS
        || response.body().is_end_stream();
    let call = match call {
        Some(call) if over => {
            call.end(verdict.at_the_end());
            None
        }
        other => other,
    };
    response.map(|body| MeasuredBody::new(body, call, verdict))
}
