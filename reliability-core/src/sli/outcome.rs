//! What became of a call, and how a value says so.

/// What became of a call. Each class is counted apart; good and bad together are the valid events.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Outcome {
    /// The caller got what was promised.
    Good,
    /// The caller did not.
    Bad,
    /// No verdict on the service: in no denominator.
    Ignored,
    /// Refused on purpose. Bad in every figure that people see, absent from every trigger that could cause refusals.
    Shed,
    /// Dropped before it finished: bad or ignored by the age it had reached, see [`Cancelled`](crate::Cancelled).
    Cancelled,
}

impl Outcome {
    /// The outcome of a gRPC status code. Bad are those that OpenTelemetry's conventions for RPC call errors on the server's
    /// side (unknown, deadline exceeded, unimplemented, internal, unavailable, data loss), and what is no code. A cancelled
    /// call is ignored, an exhausted resource is a refusal, and what blames the caller is a good answer.
    ///
    /// ```
    /// use reliability_core::Outcome;
    /// assert_eq!(Outcome::of_grpc(5), Outcome::Good); // not found
    /// assert_eq!(Outcome::of_grpc(13), Outcome::Bad); // internal
    /// ```
    pub const fn of_grpc(code: i32) -> Self {
        match code {
            1 => Self::Ignored,
            8 => Self::Shed,
            0 | 3 | 5..=7 | 9..=11 | 16 => Self::Good,
            _ => Self::Bad,
        }
    }

    /// Good if `Ok`, bad if `Err`, whatever they hold: the classifier for a `Result` whose types hide more.
    pub const fn of_result<T, E>(result: &Result<T, E>) -> Self {
        match result {
            Ok(_) => Self::Good,
            Err(_) => Self::Bad,
        }
    }

    /// Good whatever the value: the classifier for functions that can fail only by panicking.
    pub const fn of_any<T: ?Sized>(_: &T) -> Self {
        Self::Good
    }
}

/// A type that says which outcome a value of it is.
///
/// Usually derived on an error enum with `#[derive(Outcome)]`; implemented here for [`Outcome`] itself, references and
/// boxes, and with the features `http` and `tonic` for status codes, responses and `tonic::Status`.
///
/// ```
/// use reliability_core::{Classify, Outcome};
///
/// struct Freshness { minutes: u32 }
///
/// impl Classify for Freshness {
///     fn classify(&self) -> Outcome {
///         if self.minutes <= 15 { Outcome::Good } else { Outcome::Bad }
///     }
/// }
///
/// assert_eq!(Freshness { minutes: 20 }.classify(), Outcome::Bad);
/// ```
pub trait Classify {
    /// The outcome that this value is.
    fn classify(&self) -> Outcome;
}

impl Classify for Outcome {
    fn classify(&self) -> Outcome {
        *self
    }
}

impl<T: Classify + ?Sized> Classify for &T {
    fn classify(&self) -> Outcome {
        (**self).classify()
    }
}

impl<T: Classify + ?Sized> Classify for &mut T {
    fn classify(&self) -> Outcome {
        (**self).classify()
    }
}

impl<T: Classify + ?Sized> Classify for Box<T> {
    fn classify(&self) -> Outcome {
        (**self).classify()
    }
}
