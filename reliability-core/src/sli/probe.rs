//! Reading the outcome out of a value whose type only the compiler knows.
//!
//! An attribute macro sees tokens: behind `type Reply = Result<Receipt, Error>` it cannot see the `Result`. The compiler can.
//! Each question is a method of the same name on `Probe`, `&Probe` and `&&Probe`, and method lookup takes the most
//! dereferenced receiver whose bounds hold ("autoref specialisation", after David Tolnay's case study). So a value is split
//! if it is a `Result`, asked if it can [`Classify`] itself, and refused at compile time if it is a future that nobody
//! awaited; else `Ok` and plain values are good and `Err` is bad.
//!
//! Limit: inside a generic function a type parameter has no known type, and lookup would take "plain value" for anything.
//! The macro therefore refuses return types that a parameter decides.

use std::convert::Infallible;
use std::fmt::{Display, Write};
use std::future::Future;

use super::{Classify, Outcome};

/// A value and the question what it is.
#[derive(Debug)]
pub struct Probe<'a, T: ?Sized>(pub &'a T);

/// An error and the question what it is.
#[derive(Debug)]
pub struct ErrorProbe<'a, E: ?Sized>(pub &'a E);

/// Splits a `Result`, through any alias.
pub trait Split<T, E> {
    /// Both sides by reference.
    ///
    /// # Errors
    /// The other side.
    fn __split(&self) -> Result<&T, &E>;
}

impl<T, E> Split<T, E> for &Probe<'_, Result<T, E>> {
    #[inline]
    fn __split(&self) -> Result<&T, &E> {
        self.0.as_ref()
    }
}

/// Takes everything else as it is.
pub trait Whole<T> {
    /// The value itself.
    ///
    /// # Errors
    /// None.
    fn __split(&self) -> Result<&T, &Infallible>;
}

impl<T> Whole<T> for Probe<'_, T> {
    #[inline]
    fn __split(&self) -> Result<&T, &Infallible> {
        Ok(self.0)
    }
}

/// A value that says what it is.
pub trait Told {
    /// Its outcome.
    fn __outcome(&self) -> Outcome;
}

impl<T: Classify> Told for &&Probe<'_, T> {
    #[inline]
    fn __outcome(&self) -> Outcome {
        self.0.classify()
    }
}

impl<E: Classify> Told for &ErrorProbe<'_, E> {
    #[inline]
    fn __outcome(&self) -> Outcome {
        self.0.classify()
    }
}

/// Implemented for nothing: its absence is the message.
#[diagnostic::on_unimplemented(
    message = "this return type hides its outcome: `{Self}` is a future that `#[sli]` cannot see through",
    label = "the outcome lies behind this future",
    note = "make the function an `async fn`, return `impl Future<Output = ...>`, or say `outcome = path::to::classifier`"
)]
pub trait Readable {}

/// A future is not an outcome.
pub trait Hidden {
    /// Refused.
    fn __outcome(&self) -> Outcome
    where
        Self: Sized,
        <Self as Hidden>::Value: Readable;
    /// What is refused.
    type Value;
}

impl<F: Future> Hidden for &Probe<'_, F> {
    type Value = F;
    fn __outcome(&self) -> Outcome
    where
        F: Readable,
    {
        Outcome::Bad
    }
}

/// A plain value.
pub trait Plain {
    /// Good.
    fn __outcome(&self) -> Outcome;
}

impl<T> Plain for Probe<'_, T> {
    #[inline]
    fn __outcome(&self) -> Outcome {
        Outcome::Good
    }
}

impl<E> Plain for ErrorProbe<'_, E> {
    #[inline]
    fn __outcome(&self) -> Outcome {
        Outcome::Bad
    }
}

/// An error that has a text.
pub trait Speaks {
    /// Writes it.
    fn __text(&self, to: &mut dyn Write);
}

impl<E: Display> Speaks for &ErrorProbe<'_, E> {
    fn __text(&self, to: &mut dyn Write) {
        let _ = write!(to, "{}", self.0);
    }
}

/// An error without.
pub trait Mute {
    /// Writes nothing.
    fn __text(&self, to: &mut dyn Write);
}

impl<E> Mute for ErrorProbe<'_, E> {
    fn __text(&self, _: &mut dyn Write) {}
}

/// The outcome of a referenced value of concrete type.
#[doc(hidden)]
#[macro_export]
macro_rules! __outcome {
    ($value:expr) => {
        match $value {
            __reliability_value => {
                #[allow(unused_imports)]
                use $crate::__private::probe::{ErrorProbe, Hidden, Plain, Probe, Split, Told, Whole};
                match (&&Probe(__reliability_value)).__split() {
                    ::core::result::Result::Ok(__reliability_value) => match (&&Probe(__reliability_value)).__split() {
                        ::core::result::Result::Ok(__reliability_value) => (&&&Probe(__reliability_value)).__outcome(),
                        ::core::result::Result::Err(__reliability_error) => {
                            (&&ErrorProbe(__reliability_error)).__outcome()
                        }
                    },
                    ::core::result::Result::Err(__reliability_error) => (&&ErrorProbe(__reliability_error)).__outcome(),
                }
            }
        }
    };
}

/// Writes the text of the error in a referenced value, if there is one.
#[doc(hidden)]
#[macro_export]
macro_rules! __error_text {
    ($value:expr, $to:expr) => {
        match ($value, $to) {
            (__reliability_value, __reliability_to) => {
                #[allow(unused_imports)]
                use $crate::__private::probe::{ErrorProbe, Mute, Probe, Speaks, Split, Whole};
                if let ::core::result::Result::Err(__reliability_error) = (&&Probe(__reliability_value)).__split() {
                    (&&ErrorProbe(__reliability_error)).__text(__reliability_to);
                }
            }
        }
    };
}

/// A type whose values are answers to requests. Implemented with the feature `axum`, for what that framework accepts.
pub trait Responds {}

/// A function's return type and the question whether the function is a handler.
#[derive(Debug)]
pub struct ReturnProbe<T: ?Sized>(pub std::marker::PhantomData<T>);

/// The type is an answer.
pub trait Handler {
    /// Tells the layer around this call, if there is one.
    fn __mark(&self);
}

impl<T: Responds + ?Sized> Handler for &ReturnProbe<T> {
    #[inline]
    fn __mark(&self) {
        super::handled::mark();
    }
}

/// The type is something else.
pub trait Helper {
    /// Does nothing.
    fn __mark(&self);
}

impl<T: ?Sized> Helper for ReturnProbe<T> {
    #[inline]
    fn __mark(&self) {}
}

/// Tells a web layer around this call that the function is a request's handler, if its type is one of a response.
#[doc(hidden)]
#[macro_export]
macro_rules! __mark_handler {
    ($value:ty) => {{
        #[allow(unused_imports)]
        use $crate::__private::probe::{Handler, Helper, ReturnProbe};
        (&&ReturnProbe::<$value>(::core::marker::PhantomData)).__mark()
    }};
}
