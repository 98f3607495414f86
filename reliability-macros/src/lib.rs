//! The macros of `reliability-core`. Depend on that crate, which re-exports them; this one has no interface of its own.
//!
//! Three steps each: `parse` (what was written), `model` (what it means), `expand` (the tokens). Mistakes are collected on the
//! way and reported together, each at the narrowest place, beside the item as it was written.
#![warn(missing_docs)]

mod diag;
mod outcome;
mod paths;
mod sli;
mod text;

use proc_macro::TokenStream;

/// Measures a function: how many calls were good or bad, and how long they took. On a static, declares an SLI by hand.
///
/// ```
/// use reliability_core::sli;
///
/// #[sli(objective = "99.9%", latency = "99% < 250ms", feature = "purchase", owner = "payments")]
/// async fn checkout(cart: &str) -> Result<u32, std::num::ParseIntError> {
///     let total = cart.parse::<u32>()?;
///     Ok(total)
/// }
/// ```
///
/// # The function
/// It may be synchronous or `async`, a method, a method of a trait (with a body), generic, `unsafe`, and it may return
/// `impl Future` or `Pin<Box<dyn Future>>`, so also stand inside `#[async_trait]`. `Ok` and plain values are good, `Err` and a
/// panic are bad, unless their types say otherwise (`#[derive(Outcome)]`, a status code, a response). A future that is dropped
/// before it finishes is counted as cancelled. The value is judged when the function returns or its future finishes.
///
/// An `async fn` begins with its first poll. A function that is not `async` but returns a future begins when it is called,
/// because its own body may fail; one whose body is just `Box::pin(async move { .. })` begins with the first poll again.
///
/// A type that hides its outcome is refused unless `outcome` names a classifier: `impl Trait`, `dyn Trait`, or a type
/// parameter where the outcome is read. An attribute sees its function alone, so it takes one capital letter for a parameter
/// of the surrounding `impl`, and `Self` for a known type. A type alias is looked through, up to a `Result` in a `Result`.
///
/// Refused are `const fn` (nothing can be counted in the compiler), functions without a body, and functions that never return.
///
/// # The arguments
/// | | |
/// |---|---|
/// | `name = "checkout"` | the name, a DNS label; without it, module and function: `shop::routes::checkout` is `shop-routes-checkout` |
/// | `objective = "99.9%"` | the share of calls that must be good, below 100 % |
/// | `latency = "99% < 250ms"` | the share that must be good and no slower; up to five, with thresholds of 1 µs to 60 s |
/// | `window = "30d"` | the period of the budgets: 1 to 90 whole days that roll, or `"month Europe/Paris"` (also `week` and `quarter`; feature `calendar`) |
/// | `method = "timeslices 1m 99%"` | what the budgets count: `"occurrences"` (events, the default), slices by verdict, or `"ratio-timeslices 1m"` |
/// | `feature = "purchase"` | the user journey that needs it; may be repeated |
/// | `owner = "payments"` | who is called |
/// | `tier = 1` | how much depends on it, 1 is the most |
/// | `depends_on(PAYMENT, "shop-stock")` | the SLIs that it needs: statics, or names of functions' SLIs |
/// | `outcome = path::to::classifier` | a function from a reference to the value to an `Outcome`, such as `Outcome::of_result` |
/// | `cancelled = "bad"` or `"ignored"` | what a dropped future counts as; without it, its age decides |
/// | `cancelled_after = "1s"` | the age from which it is bad, up to an hour |
/// | `was = "old-name"` | the name before, so that the history goes on |
/// | `labels(tenant = tenant.id(), max = 50)` | counts the values of one label apart, up to 1000, then as `other`; any `AsRef<str>` |
/// | `timing = "off"` or `"coarse"` | takes no durations, or to about a millisecond; counts stay exact |
/// | `crate = path` | where `reliability_core` is, if not at `::reliability_core` |
///
/// Refused in pairs: `timing = "off"` with `latency` or `cancelled_after`, `cancelled` with `cancelled_after`, either of them on
/// a function that cannot be dropped halfway, `was` with the same `name`, two latencies of one threshold.
///
/// # A static
/// ```
/// use reliability_core::{Outcome, Sli, sli};
///
/// #[sli(name = "nightly-export", objective = "99%")]
/// pub static EXPORT: Sli;
///
/// EXPORT.record_many(Outcome::Good, 12);
/// assert_eq!(EXPORT.name(), "nightly-export");
/// ```
/// All arguments but `outcome`; a label has no value here (`labels(tenant, max = 50)`). For several at once there is [`slis!`].
#[proc_macro_attribute]
pub fn sli(args: TokenStream, item: TokenStream) -> TokenStream {
    sli::attribute(args.into(), item.into()).into()
}

/// Declares SLIs by hand: each is a static, in the catalogue from the start.
///
/// ```
/// use reliability_core::slis;
///
/// slis! {
///     /// Calls of the payment provider.
///     pub static PAYMENT = "payment", objective = "99.9%", latency = "99% < 250ms";
///     static STOCK = "stock", depends_on(PAYMENT);
/// }
///
/// let stock: Result<u32, std::num::ParseIntError> = STOCK.time(|| PAYMENT.time(|| "12".parse()));
/// assert_eq!(stock, Ok(12));
/// ```
/// After the name stand the arguments of [`macro@sli`] on a static.
#[proc_macro]
pub fn slis(items: TokenStream) -> TokenStream {
    sli::several(items.into()).into()
}

/// Says of each variant of an error which outcome it is.
///
/// ```
/// use reliability_core::{Classify, Outcome};
///
/// #[derive(Outcome)]
/// enum Error {
///     #[outcome(good)]
///     CardDeclined,
///     #[outcome(ignored)]
///     HealthCheck,
///     #[outcome(shed)]
///     TooBusy,
///     Database { code: u32 },
///     #[outcome(inner)]
///     Nested(Box<Error>),
/// }
///
/// assert_eq!(Error::CardDeclined.classify(), Outcome::Good);
/// assert_eq!(Error::Database { code: 3 }.classify(), Outcome::Bad);
/// assert_eq!(Error::Nested(Box::new(Error::TooBusy)).classify(), Outcome::Shed);
/// # let _ = Error::HealthCheck;
/// ```
/// A variant that says nothing is bad, as is one with `#[outcome(bad)]`. `#[outcome(inner)]` hands the question to the only
/// field. A struct says it on itself. `#[outcome(crate = path)]` on the type tells where `reliability_core` is.
#[proc_macro_derive(Outcome, attributes(outcome))]
pub fn outcome(item: TokenStream) -> TokenStream {
    outcome::derive(item.into()).into()
}
