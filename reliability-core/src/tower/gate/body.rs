//! An answer's body, with which the permit ends.

use std::pin::Pin;
use std::task::{Context, Poll, ready};

use http_body::{Body, Frame, SizeHint};
use pin_project_lite::pin_project;

use crate::admission::{Detached, Permit};

pin_project! {
    /// The body of an answer that came through a gate. Empty if the request was refused.
    #[derive(Debug)]
    pub struct GateBody<B> {
        #[pin]
        inner: Option<B>,
        place: Option<Place>,
    }
}

/// What a body holds until its end.
#[derive(Debug)]
pub(super) enum Place {
    /// A place in the gate.
    Inside { _permit: Permit },
    /// Nothing but its count: it is a stream.
    Detached { _stream: Detached },
}

impl<B> GateBody<B> {
    /// Of an answer that is on its way.
    pub(super) fn new(inner: B, place: Option<Place>) -> Self {
        Self { inner: Some(inner), place }
    }

    /// Of a refusal.
    pub(super) fn empty() -> Self {
        Self { inner: None, place: None }
    }
}

impl<B: Default> Default for GateBody<B> {
    fn default() -> Self {
        Self::new(B::default(), None)
    }
}

impl<B: Body> Body for GateBody<B> {
    type Data = B::Data;
    type Error = B::Error;

    fn poll_frame(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Self::Data>, Self::Error>>> {
        let this = self.project();
        let Some(inner) = this.inner.as_pin_mut() else { return Poll::Ready(None) };
        let frame = ready!(inner.poll_frame(context));
        if !matches!(frame, Some(Ok(_))) {
            *this.place = None;
        }
        Poll::Ready(frame)
    }

    fn is_end_stream(&self) -> bool {
        self.inner.as_ref().is_none_or(Body::is_end_stream)
    }

    fn size_hint(&self) -> SizeHint {
        self.inner.as_ref().map_or_else(|| SizeHint::with_exact(0), Body::size_hint)
    }
}
