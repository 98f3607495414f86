//! A user's crate with every lint on that people switch on: the macros must add no noise to it.
#![forbid(unsafe_code)]
#![deny(warnings, missing_docs, unused, unreachable_pub, missing_debug_implementations, rust_2018_idioms)]
#![deny(clippy::all, clippy::pedantic, clippy::nursery)]

use std::fmt;
use std::future::Future;
use std::pin::Pin;

use async_trait::async_trait;
use reliability_core::{Flag, Gate, Ladder, Outcome, Shed, Sli, degrade, flag, shed, sli, slis};

/// What goes wrong here.
#[derive(Debug, Outcome)]
pub enum Fault {
    /// The user's.
    #[outcome(good)]
    Input,
    /// Not asked for.
    #[outcome(ignored)]
    Gone,
    /// Too much.
    #[outcome(shed)]
    Busy,
    /// Ours.
    Broken(String),
    /// As the other says.
    #[outcome(inner)]
    Nested(Box<Self>),
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self:?}")
    }
}

impl std::error::Error for Fault {}

slis! {
    /// Payments.
    pub static PAYMENT = "strict-payment", objective = "99.9%", latency = "99% < 250ms";
    static STOCK = "strict-stock";
}

/// By the attribute.
#[sli(objective = "99%", owner = "shop", depends_on(PAYMENT, STOCK, "elsewhere"))]
pub static BASKET: Sli;

/// Nothing to give.
#[sli]
pub fn nothing() {
    STOCK.record(Outcome::Good, std::time::Duration::ZERO);
}

/// A result.
///
/// # Errors
/// If the text is no number.
#[sli(objective = "99.9%", latency = "99% < 250ms", feature = "reading", tier = 2, window = "4w")]
pub fn parse(text: &str) -> Result<u32, std::num::ParseIntError> {
    let number = text.trim().parse::<u32>()?;
    if number == 0 {
        return Ok(1);
    }
    Ok(number)
}

/// A future.
///
/// # Errors
/// If it is empty.
#[sli(cancelled_after = "2s")]
pub async fn fetch(text: &str) -> Result<&str, Fault> {
    std::future::ready(()).await;
    if text.is_empty() {
        return Err(Fault::Input);
    }
    Ok(text)
}

/// A future of nothing.
#[sli(timing = "coarse", cancelled = "bad")]
pub async fn wait() {
    std::future::ready(()).await;
}

/// A future that does little.
#[sli]
pub async fn one() -> u32 {
    1
}

/// A future that begins with an item.
#[sli]
pub async fn two() -> u32 {
    const TWO: u32 = 2;
    std::future::ready(TWO).await
}

/// A future that is hidden.
#[sli]
pub fn later(n: u32) -> impl Future<Output = Result<u32, Fault>> + Send {
    async move { if n > 3 { Err(Fault::Busy) } else { Ok(n) } }
}

/// A future in a box.
#[sli(timing = "off")]
pub fn boxed<'a>(text: &'a str) -> Pin<Box<dyn Future<Output = usize> + Send + 'a>> {
    let length = text.len();
    Box::pin(async move { length })
}

/// By label.
#[sli(labels(tenant = tenant, max = 4))]
#[must_use]
pub fn tenant(tenant: &str) -> usize {
    tenant.len()
}

/// With a classifier.
#[sli(outcome = Outcome::of_any)]
pub fn show<T: fmt::Display>(value: T) -> impl fmt::Display {
    format!("{value}!")
}

/// A trait of futures.
#[async_trait]
pub trait Store {
    /// Reads.
    async fn read(&self, key: &str) -> Result<String, Fault>;
}

/// One of them.
#[derive(Debug)]
pub struct Memory;

#[async_trait]
impl Store for Memory {
    #[sli]
    async fn read(&self, key: &str) -> Result<String, Fault> {
        std::future::ready(()).await;
        if key.is_empty() { Err(Fault::Broken(String::new())) } else { Ok(key.to_owned()) }
    }
}

static NEW: Flag = Flag::on("strict-new");
static LADDER: Ladder = Ladder::new("strict-ladder", &["full", "cached", "refuse"]);
static DOOR: Gate = Gate::new("strict-door");

impl From<Shed> for Fault {
    fn from(_: Shed) -> Self {
        Self::Busy
    }
}

/// Guarded.
///
/// # Errors
/// If it is refused.
#[sli]
#[shed(DOOR, priority = "high", key = text, deadline = std::time::Duration::from_secs(1))]
#[flag(NEW, otherwise = old, key = text)]
#[degrade(LADDER, from = "cached", fallback = cached)]
pub async fn guarded(text: String, (_, n): (u32, usize)) -> Result<usize, Fault> {
    std::future::ready(()).await;
    if text.is_empty() {
        return Err(Fault::Input);
    }
    Ok(n)
}

async fn old(text: String, (_, n): (u32, usize)) -> Result<usize, Fault> {
    std::future::ready(()).await;
    Ok(text.len() + n)
}

#[allow(clippy::needless_pass_by_value)] // a fallback takes what the function takes
fn cached(text: String, _: (u32, usize)) -> Result<usize, Fault> {
    if text.is_empty() { Err(Fault::Input) } else { Ok(text.len()) }
}

/// Alone.
#[shed(DOOR, otherwise = |shed| shed.gate().len())]
#[must_use]
pub fn alone(n: usize) -> usize {
    n
}
