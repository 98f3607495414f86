//! Futures of several branches as one, and fallbacks that may be futures or not.

use std::future::{Future, Ready, ready};

/// One of several futures, nested to the right.
#[derive(Debug)]
pub enum Either<A, B> {
    /// This one.
    First(A),
    /// One of the others.
    Second(B),
}

/// A branch of a guarded function whose futures begin at the call.
pub trait Branch {
    /// What it gives.
    type Output;
    /// Waits for it. A function and not a future of a type of its own, because that would have to be pinned by unsafe code.
    fn settle(self) -> impl Future<Output = Self::Output>;
}

impl<F: Future> Branch for F {
    type Output = F::Output;
    #[inline]
    fn settle(self) -> impl Future<Output = F::Output> {
        self
    }
}

impl<A: Future, B: Branch<Output = A::Output>> Branch for Either<A, B> {
    type Output = A::Output;
    #[inline]
    async fn settle(self) -> A::Output {
        match self {
            Self::First(future) => future.await,
            Self::Second(rest) => rest.settle().await,
        }
    }
}

/// What a fallback gave, and the question whether it is a future.
#[derive(Debug)]
pub struct Kind<'a, T: ?Sized>(pub &'a T);

/// A future is waited for.
#[derive(Debug)]
pub struct Waits;

impl Waits {
    /// The future itself.
    #[inline]
    #[allow(clippy::unused_self)] // the kind is found by its type
    pub fn settle<F: Future>(self, future: F) -> F {
        future
    }
}

/// Anything else is the value.
#[derive(Debug)]
pub struct There;

impl There {
    /// A future that is the value.
    #[inline]
    #[allow(clippy::unused_self)]
    pub fn settle<T>(self, value: T) -> Ready<T> {
        ready(value)
    }
}

/// It is a future.
pub trait Later {
    /// The way to settle it.
    fn __kind(&self) -> Waits;
}

impl<F: Future> Later for &Kind<'_, F> {
    #[inline]
    fn __kind(&self) -> Waits {
        Waits
    }
}

/// It is a value.
pub trait Now {
    /// The way to settle it.
    fn __kind(&self) -> There;
}

impl<T> Now for Kind<'_, T> {
    #[inline]
    fn __kind(&self) -> There {
        There
    }
}

/// A future of what a fallback gave. The method is chosen as in `sli/probe.rs`.
#[doc(hidden)]
#[macro_export]
macro_rules! __settle {
    ($value:expr) => {{
        #[allow(unused_imports)]
        use $crate::__private::{Kind, Later, Now};
        let __reliability_fallback = $value;
        let __reliability_kind = (&&Kind(&__reliability_fallback)).__kind();
        __reliability_kind.settle(__reliability_fallback)
    }};
}
