//! Functions whose value comes when a future finishes.

use std::future::Future;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;

use async_trait::async_trait;
use reliability_core::testkit::Peek;
use reliability_core::{Outcome, sli};

use crate::common::{block_on, counts, good_of, poll_once, turn};

#[sli(name = "async-result")]
async fn result(text: &str) -> Result<u32, std::num::ParseIntError> {
    turn().await;
    let value = text.parse::<u32>()?;
    if value > 9 {
        return Ok(9);
    }
    Ok(value)
}

#[test]
fn a_future_is_judged_by_its_value() {
    assert_eq!(block_on(result("20")), Ok(9));
    assert!(block_on(result("x")).is_err());
    assert_eq!(counts("async-result"), good_of(1, 2));
}

#[sli(name = "async-dropped", cancelled = "ignored")]
async fn dropped() {
    std::future::pending::<()>().await;
}

#[sli(name = "async-panic")]
async fn panics() -> u32 {
    turn().await;
    panic!("as asked")
}

#[test]
fn a_dropped_future_is_cancelled_and_one_that_panics_is_bad() {
    poll_once(dropped());
    drop(dropped()); // never polled: never began
    assert_eq!(counts("async-dropped"), Peek { started: 1, cancelled: 1, ..Peek::default() });
    assert!(catch_unwind(AssertUnwindSafe(|| block_on(panics()))).is_err());
    assert_eq!(counts("async-panic"), good_of(0, 1));
}

struct Store {
    items: Vec<String>,
}

impl Store {
    #[sli(name = "async-method")]
    async fn first<'a>(&'a mut self, _key: &str) -> Option<&'a mut String> {
        turn().await;
        self.items.first_mut()
    }

    #[sli(name = "async-owned", outcome = Outcome::of_any)]
    async fn map<T, F: FnOnce(Self) -> T>(self, f: F) -> T {
        turn().await;
        f(self)
    }

    #[sli(name = "async-impl-result", outcome = Outcome::of_result)]
    async fn shown(&self, n: usize) -> Result<impl std::fmt::Display + '_, Box<dyn std::error::Error>> {
        turn().await;
        let n = n.to_string().parse::<usize>()?;
        Ok(self.items.get(n).ok_or("no such item")?)
    }
}

#[test]
fn async_methods_may_give_out_what_they_borrow() {
    let mut store = Store { items: vec!["a".into()] };
    block_on(store.first("k")).expect("it is there").push('b');
    assert_eq!(block_on(store.shown(0)).expect("it is there").to_string(), "ab");
    assert!(block_on(store.shown(1)).is_err());
    assert_eq!(block_on(store.map(|store| store.items.len())), 1);
    assert_eq!(counts("async-method"), good_of(1, 1));
    assert_eq!(counts("async-impl-result"), good_of(1, 2));
    assert_eq!(counts("async-owned"), good_of(1, 1));
}

#[sli(name = "future-opaque")]
fn opaque(n: u32) -> impl Future<Output = Result<u32, String>> + Send {
    let n = n + 1;
    async move {
        turn().await;
        if n > 5 { Err("too much".to_owned()) } else { Ok(n) }
    }
}

#[sli(name = "future-inferred")]
fn inferred(text: &str) -> impl Future<Output = Result<u32, Box<dyn std::error::Error + Send + Sync>>> + use<'_> {
    async move {
        turn().await;
        let value = text.parse::<u32>()?;
        if value == 0 {
            Err("zero")?;
        }
        Ok(value)
    }
}

#[sli(name = "future-early")]
fn early(n: u32) -> Pin<Box<dyn Future<Output = Result<u32, String>>>> {
    if n == 0 {
        return Box::pin(async move { Err("zero".into()) });
    }
    Box::pin(async move { Ok(n) })
}

#[sli(name = "future-panic")]
fn panics_at_once(n: u32) -> impl Future<Output = u32> {
    assert!(n > 0, "as asked");
    async move { n }
}

type Boxed<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

#[sli(name = "future-boxed")]
fn boxed<'a>(text: &'a str) -> Pin<Box<dyn Future<Output = Result<&'a str, &'a str>> + Send + 'a>> {
    if text.is_empty() {
        return Box::pin(async move { Err(text) });
    }
    let inner: Boxed<'a, _> = Box::pin(async move { Ok(text) });
    inner
}

#[sli(name = "future-pinned")]
fn pinned<'a>(text: &'a str) -> Pin<Box<dyn Future<Output = Result<usize, String>> + Send + 'a>> {
    let length = text.len();
    Box::pin(async move {
        turn().await;
        let more = text.parse::<usize>().map_err(|error| error.to_string())?;
        Ok(length + more)
    })
}

#[sli(name = "future-alias", outcome = Outcome::of_any)]
fn hidden(n: u32) -> Boxed<'static, u32> {
    Box::pin(async move { n })
}

#[test]
fn a_function_that_returns_a_future_is_judged_at_the_futures_end() {
    assert_eq!(block_on(opaque(1)), Ok(2));
    assert!(block_on(opaque(9)).is_err());
    assert_eq!(counts("future-opaque"), good_of(1, 2));
    assert!(block_on(inferred("1")).is_ok() && block_on(inferred("x")).is_err() && block_on(inferred("0")).is_err());
    assert_eq!(counts("future-inferred"), good_of(1, 3));
    assert!(block_on(early(1)).is_ok() && block_on(early(0)).is_err());
    assert_eq!(counts("future-early"), good_of(1, 2));
    assert!(catch_unwind(|| drop(panics_at_once(0))).is_err());
    assert_eq!(block_on(panics_at_once(1)), 1);
    assert_eq!(counts("future-panic"), good_of(1, 2));
    assert!(block_on(boxed("a")).is_ok() && block_on(boxed("")).is_err());
    assert_eq!(counts("future-boxed"), good_of(1, 2));
    assert!(block_on(pinned("12")).is_ok() && block_on(pinned("x")).is_err());
    poll_once(pinned("12"));
    assert_eq!(counts("future-pinned"), Peek { cancelled: 1, ..good_of(1, 2) }.with_started(3));
    drop(hidden(1));
    assert_eq!(counts("future-alias"), good_of(1, 1));
}

trait WithStarted {
    fn with_started(self, started: u64) -> Self;
}

impl WithStarted for Peek {
    fn with_started(self, started: u64) -> Self {
        Self { started, ..self }
    }
}

#[async_trait]
trait Service: Sync {
    async fn serve(&self, n: u32) -> Result<u32, String>;

    #[sli(name = "async-trait-default")]
    async fn twice(&self, n: u32) -> Result<u32, String> {
        Ok(self.serve(n).await? * 2)
    }
}

struct One;

#[async_trait]
impl Service for One {
    #[sli(name = "async-trait-impl", labels(n = n.to_string(), max = 1))]
    #[allow(clippy::let_and_return)]
    async fn serve(&self, n: u32) -> Result<u32, String> {
        turn().await;
        let result = if n == 0 { Err("zero".into()) } else { Ok(n) };
        result
    }
}

struct Two;

#[async_trait]
impl Service for Two {
    #[allow(clippy::let_and_return)]
    #[sli(name = "async-trait-after")]
    async fn serve(&self, n: u32) -> Result<u32, String> {
        if n == 0 {
            return Err("zero".into());
        }
        Ok(n)
    }
}

trait Native {
    fn go(&self) -> impl Future<Output = Result<u32, ()>> + Send;
}

impl Native for One {
    #[sli(name = "async-native")]
    async fn go(&self) -> Result<u32, ()> {
        turn().await;
        Err(())
    }
}

#[test]
fn async_trait_is_measured_inside_its_box() {
    assert_eq!(block_on(One.twice(2)), Ok(4));
    assert!(block_on(One.twice(0)).is_err());
    assert_eq!(block_on(Two.twice(2)), Ok(4));
    poll_once(One.twice(7));
    assert_eq!(counts("async-trait-default"), Peek { cancelled: 1, ..good_of(2, 3) }.with_started(4));
    assert_eq!(counts("async-trait-impl"), Peek { cancelled: 1, ..good_of(1, 2) }.with_started(3));
    assert_eq!(counts("async-trait-after"), good_of(1, 1));
    assert!(block_on(One.go()).is_err());
    assert_eq!(counts("async-native"), good_of(0, 1));
}

fn is_send<T: Send>(value: T) -> T {
    value
}

#[test]
fn measured_futures_may_change_threads() {
    let other = std::thread::spawn(|| block_on(is_send(other_thread())));
    assert_eq!(other.join().expect("no panic"), 1);
    assert_eq!(counts("async-send"), good_of(1, 1));
}

#[sli(name = "async-send")]
async fn other_thread() -> u32 {
    turn().await;
    1
}
