//! An answer's body, at whose end the request is judged.
//!
//! A gRPC answer says in its trailers how it went, and always bears the HTTP status 200: it is judged by its trailers, and is bad
//! if it ends without them, for nothing is good because it could not be read. What gRPC-Web answers with HTTP 200 is ignored: its
//! trailers are in the data. Put the attribute on its methods.

use std::pin::Pin;
use std::task::{Context, Poll, ready};

use http::HeaderValue;
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
        verdict: Verdict,
    }

    impl<B: Body> PinnedDrop for MeasuredBody<B> {
        fn drop(this: Pin<&mut Self>) {
            let this = this.project();
            // a server that knows the length sends the last byte and drops the body without asking for its end; and an answer
            // that was bad already does not get better because nobody waited for it
            if this.inner.is_end_stream() || *this.verdict == Verdict::Known(Outcome::Bad) {
                end(this.call, this.verdict.at_the_end());
            }
        }
    }
}

/// How an answer that comes to its end is judged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    /// So.
    Known(Outcome),
    /// By the gRPC status in its trailers.
    InTrailers,
}

impl Verdict {
    pub(super) fn at_the_end(self) -> Outcome {
        match self {
            Self::Known(outcome) => outcome,
            Self::InTrailers => Outcome::Bad,
        }
    }
}

/// The outcome of a gRPC status as it stands in a header or a trailer; what is no code blames the server.
pub(super) fn grpc_outcome(status: &HeaderValue) -> Outcome {
    match status.as_bytes() {
        [digit @ b'0'..=b'9'] => Outcome::of_grpc(i32::from(digit - b'0')),
        [b'1', digit @ b'0'..=b'9'] => Outcome::of_grpc(i32::from(digit - b'0') + 10),
        _ => Outcome::Bad,
    }
}

/// The header and the trailer that bear it.
pub(super) const GRPC_STATUS: &str = "grpc-status";

fn end(call: &mut Option<Call<'static>>, outcome: Outcome) {
    if let Some(call) = call.take() {
        call.end(outcome);
    }
}

impl<B: Body> MeasuredBody<B> {
    pub(super) fn new(inner: B, call: Option<Call<'static>>, verdict: Verdict) -> Self {
        Self { inner, call, verdict }
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
            Some(Ok(frame)) => {
                let trailers = frame.trailers_ref().filter(|_| *this.verdict == Verdict::InTrailers);
                if let Some(status) = trailers.and_then(|trailers| trailers.get(GRPC_STATUS)) {
                    *this.verdict = Verdict::Known(grpc_outcome(status));
                    // they are the last frame, and a server need not ask for another
                    end(this.call, this.verdict.at_the_end());
                }
            }
            Some(Err(_)) => end(this.call, Outcome::Bad),
            None => end(this.call, this.verdict.at_the_end()),
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
