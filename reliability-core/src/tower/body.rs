//! An answer's body, at whose end the request is judged.

use std::pin::Pin;
use std::task::{Context, Poll, ready};

use http_body::{Body, Frame, SizeHint};
use pin_project_lite::pin_project;

use crate::sli::{Call, Outcome};

pin_project! {
    /// The body of a counted answer.
    #[derive(Debug)]
    pub struct MeasuredBody<B: Body> {
        #[pin]
        inner: B,
        call: Option<Call<'static>>,
        outcome: Outcome,
    }

    impl<B: Body> PinnedDrop for MeasuredBody<B> {
        fn drop(this: Pin<&mut Self>) {
            let this = this.project();
            // a server that knows the length sends the last byte and drops the body without asking for its end; and an answer
            // that was bad already does not get better because nobody waited for it
            if this.inner.is_end_stream() || *this.outcome == Outcome::Bad {
                end(this.call, *this.outcome);
            }
        }
    }
}

fn end(call: &mut Option<Call<'static>>, outcome: Outcome) {
    if let Some(call) = call.take() {
        call.end(outcome);
    }
}

impl<B: Body> MeasuredBody<B> {
    pub(super) fn new(inner: B, call: Option<Call<'static>>, outcome: Outcome) -> Self {
        Self { inner, call, outcome }
    }
}

impl<B: Body> Body for MeasuredBody<B> {
    type Data = B::Data;
    type Error = B::Error;

    fn poll_frame(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Self::Data>, Self::Error>>> {
        let this = self.project();
        let frame = ready!(Call::while_polling(this.call, || this.inner.poll_frame(context)));
        match &frame {
            Some(Ok(_)) => {}
            Some(Err(_)) => end(this.call, Outcome::Bad),
            None => end(this.call, *this.outcome),
        }
        Poll::Ready(frame)
    }

    fn is_end_stream(&self) -> bool {
        self.inner.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.inner.size_hint()
    }
}
