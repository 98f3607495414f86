//! The macros of `reliability-core`. Depend on that crate, which re-exports them; this one has no interface of its own.
//!
//! Three steps each: `parse` (what was written), `model` (what it means), `expand` (the tokens). Mistakes are collected on the
//! way and reported together, each at the narrowest place, beside the item as it was written.
#![warn(missing_docs)]

mod admission;
mod call;
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

/// Runs a function only while a flag is on, and another one in its place while it is off.
///
/// ```
/// use reliability_core::{Flag, flag};
///
/// static NEW_CHECKOUT: Flag = Flag::on("new-checkout");
///
/// #[flag(NEW_CHECKOUT, otherwise = old_checkout, key = customer)]
/// fn checkout(customer: &str, total: u32) -> u32 {
///     total - total / 100 // loyalty
/// }
///
/// fn old_checkout(_customer: &str, total: u32) -> u32 {
///     total
/// }
///
/// assert_eq!(checkout("customer-7", 200), 198);
/// ```
/// The other function gets the same arguments, `self` included (then name it `Self::old_checkout`), and gives the same type. For an
/// asynchronous function it may be asynchronous or not.
///
/// | | |
/// |---|---|
/// | the flag | the path of a static, first |
/// | `otherwise = old_checkout` | the path of the function that runs while the flag is off |
/// | `key = customer.id()` | asks the flag for this key, so that a share is sticky; anything that is `AsRef<[u8]>` |
/// | `crate = path` | where `reliability_core` is, if not at `::reliability_core` |
///
/// Together with [`macro@sli`], whichever stands first, the call is counted once, and its outcome also under the arm that it took.
/// The flag is in the table of switches from the start. `#[shed]`, `#[flag]` and `#[degrade]` on one function ask in this
/// order, however they are written.
#[proc_macro_attribute]
pub fn flag(args: TokenStream, item: TokenStream) -> TokenStream {
    call::attribute(call::First::Guard(admission::Which::Flag), args.into(), &item.into()).into()
}

/// Gives a cheaper answer while a ladder stands on a lower rung.
///
/// ```
/// use reliability_core::{Ladder, Shed, degrade};
///
/// static HOME: Ladder = Ladder::new("home", &["full", "cached", "static", "refuse"]);
///
/// #[degrade(HOME, from = "cached", fallback = cached_home)]
/// #[degrade(HOME, from = "static", fallback = static_home)]
/// async fn home(visitor: String) -> Result<String, Shed> {
///     Ok(format!("made for {visitor}"))
/// }
///
/// async fn cached_home(_visitor: String) -> Result<String, Shed> {
///     Ok("an hour old".into())
/// }
///
/// fn static_home(_visitor: String) -> Result<String, Shed> {
///     Ok("hello".into())
/// }
/// # let _ = home("you".into());
/// ```
/// Of the fallbacks whose rung is reached the one for the worst rung answers. It gets the same arguments, `self` included (then name
/// it `Self::cached_home`), and gives the same type; for an asynchronous function it may be asynchronous or not. At most
/// so many fallbacks run at once as the ladder says; one more is refused, and so is every call while the ladder stands on a
/// rung named `refuse` that has no fallback here.
///
/// | | |
/// |---|---|
/// | the ladder | the path of a static, first |
/// | `from = "cached"` | the rung from which on the fallback answers |
/// | `fallback = cached_home` | the path of the fallback |
/// | `otherwise = Page::busy()` | what is given when the call is refused: an expression, or a closure that takes the `Shed`; without it the return type is a `Result` whose error is `From<Shed>` |
/// | `crate = path` | where `reliability_core` is, if not at `::reliability_core` |
///
/// Together with [`macro@sli`] a fallback's outcome counts as the call's, and is counted as degraded beside; a refusal is counted as shed.
#[proc_macro_attribute]
pub fn degrade(args: TokenStream, item: TokenStream) -> TokenStream {
    call::attribute(call::First::Guard(admission::Which::Degrade), args.into(), &item.into()).into()
}

/// Asks a gate before a function runs.
///
/// ```
/// use reliability_core::{Gate, Shed, shed};
///
/// static FRONT_DOOR: Gate = Gate::new("front-door");
///
/// #[shed(FRONT_DOOR, priority = "critical", key = customer)]
/// fn pay(customer: &str, amount: u32) -> Result<u32, Shed> {
///     Ok(amount + customer.len() as u32)
/// }
///
/// #[shed(FRONT_DOOR, priority = "low", otherwise = 0)]
/// fn visitors_now() -> u32 {
///     17
/// }
///
/// assert_eq!((pay("you", 4)?, visitors_now()), (7, 17));
/// # Ok::<(), Shed>(())
/// ```
/// The function is inside the gate until it returns, or until its future finishes or is dropped. What is refused is made from the `Shed`: the
/// return type is a `Result` whose error is `From<Shed>`, or `otherwise` says what is given instead.
///
/// | | |
/// |---|---|
/// | the gate | the path of a static, first |
/// | `priority = "critical"` | or `"high"`, `"normal"`, `"low"`; or an expression that becomes an `Ask`, such as a `Priority`; without it the ask of the task, `Ask::current()` |
/// | `level = tier` | the place within the class, 0 to 127 |
/// | `key = customer.id()` | the same from a key, so that the same customers are refused; anything that is `AsRef<str>` |
/// | `deadline = request.time_left()` | how long the caller will wait, a `Duration` or an `Option` of one |
/// | `attempt = n` | 1 for the first; retried work is refused first |
/// | `cost = n` | how many ordinary requests it takes the place of |
/// | `otherwise = Reply::busy()` | what is given when the call is refused: an expression, or a closure that takes the `Shed` |
/// | `crate = path` | where `reliability_core` is, if not at `::reliability_core` |
///
/// What it says of the request (all but `cost`) goes with it: what the function calls, in the same task, finds it as `Ask::current()`, so a gate
/// further in knows it too. It is said within what was said outside: the class is the inner one's, of two deadlines the nearer holds, of two
/// attempts the later, and who asks stays who it is.
///
/// Together with [`macro@sli`] both read the clock once, and a refusal is counted as shed whatever the value says.
#[proc_macro_attribute]
pub fn shed(args: TokenStream, item: TokenStream) -> TokenStream {
    call::attribute(call::First::Guard(admission::Which::Shed), args.into(), &item.into()).into()
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
