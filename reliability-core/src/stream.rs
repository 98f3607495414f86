//! A stream judged at its end.
//!
//! Good if it ends by itself, bad if an item was an `Err` or polling panicked, and if it is dropped before its end it is a
//! dropped call: bad or ignored by its age.
//!
//! Layer 6: imports sli.

use std::pin::Pin;
use std::task::{Context, Poll};

use futures_core::Stream;
use pin_project_lite::pin_project;

use crate::sli::{Call, Outcome, Sli};

pin_project! {
    /// A stream that is counted as one call. Made by [`Sli::stream`] and [`Sli::stream_as`].
    #[derive(Debug)]
    #[must_use = "streams do nothing unless they are polled"]
    pub struct Measured<'a, S, F> {
        #[pin]
        stream: S,
        fails: F,
        failed: bool,
        call: Option<Call<'a>>,
    }
}

impl Sli {
    /// Counts a stream of results as one call: bad if any item is an `Err`.
    ///
    /// The call begins now, not when the stream is first polled.
    #[allow(clippy::type_complexity)] // the type is what it says
    pub fn stream<S, T, E>(&self, stream: S) -> Measured<'_, S, fn(&Result<T, E>) -> bool>
    where
        S: Stream<Item = Result<T, E>>,
    {
        self.stream_as(stream, Result::is_err)
    }

    /// Counts a stream as one call: bad if `fails` says so of any item.
    pub fn stream_as<S: Stream, F: FnMut(&S::Item) -> bool>(&self, stream: S, fails: F) -> Measured<'_, S, F> {
        Measured { stream, fails, failed: false, call: Some(self.begin()) }
    }
}

impl<S: Stream, F: FnMut(&S::Item) -> bool> Stream for Measured<'_, S, F> {
    type Item = S::Item;

    fn poll_next(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<S::Item>> {
        let this = self.project();
        let item = std::task::ready!(Call::while_polling(this.call, || this.stream.poll_next(context)));
        match &item {
            Some(item) => *this.failed |= (this.fails)(item),
            None => {
                if let Some(call) = this.call.take() {
                    call.end(if *this.failed { Outcome::Bad } else { Outcome::Good });
                }
            }
        }
        Poll::Ready(item)
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        self.stream.size_hint()
    }
}
