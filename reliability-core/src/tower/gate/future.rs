//! A request at a gate.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use http::{Response, StatusCode, header::CONTENT_TYPE};
use http_body::Body;
use pin_project_lite::pin_project;

use super::body::{GateBody, Place};
use crate::admission::{Permit, Shed, Travelling};
use crate::http::Refusal;

pin_project! {
    /// The answer of a service behind a gate. The request's ask is the task's while it is polled.
    #[derive(Debug)]
    pub struct GateFuture<F> {
        #[pin]
        inner: Option<F>,
        // dropped with this, if the request is cancelled
        permit: Option<Permit>,
        travelling: Option<Travelling>,
        refused: Option<(Shed, Refusal)>,
    }
}

impl<F> GateFuture<F> {
    /// Of an admitted request; without a permit the gate was not asked.
    pub(super) fn admitted(inner: F, permit: Option<Permit>, travelling: Travelling) -> Self {
        Self { inner: Some(inner), permit, travelling: Some(travelling), refused: None }
    }

    pub(super) fn refused(shed: Shed, refusal: Refusal) -> Self {
        Self { inner: None, permit: None, travelling: None, refused: Some((shed, refusal)) }
    }
}

impl<F, R, E> Future for GateFuture<F>
where
    F: Future<Output = Result<Response<R>, E>>,
    R: Body,
{
    type Output = Result<Response<GateBody<R>>, E>;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.project();
        let Some(inner) = this.inner.as_pin_mut() else {
            // polled again after its end, it stays silent as a future may
            let Some((shed, refusal)) = this.refused.take() else { return Poll::Pending };
            return Poll::Ready(Ok(refusal.response(&shed, GateBody::empty())));
        };
        let answer = ready!(Travelling::during(*this.travelling, || inner.poll(context)));
        let permit = this.permit.take();
        Poll::Ready(answer.map(|response| hand_over(response, permit)))
    }
}

/// The permit goes with the body, unless the answer is over with its head or is a stream that stays.
fn hand_over<R: Body>(response: Response<R>, permit: Option<Permit>) -> Response<GateBody<R>> {
    let kind = response.headers().get(CONTENT_TYPE);
    let stays = response.status() == StatusCode::SWITCHING_PROTOCOLS
        || kind.is_some_and(|kind| kind.as_bytes().starts_with(b"text/event-stream"));
    let place = match permit {
        Some(permit) if stays => Some(Place::Detached { _stream: permit.detach() }),
        Some(permit) if !response.body().is_end_stream() => Some(Place::Inside { _permit: permit }),
        _ => None,
    };
    response.map(|body| GateBody::new(body, place))
}
