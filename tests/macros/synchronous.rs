//! Functions that give their value when they return.

use std::collections::HashMap;
use std::fmt::Display;
use std::panic::catch_unwind;

use reliability_core::testkit::Peek;
use reliability_core::{Classify, Outcome, sli};

use crate::common::{counts, good_of};

#[sli(name = "sync-plain")]
fn plain(a: u32) -> u32 {
    a + 1
}

#[sli(name = "sync-unit")]
fn unit() {}

#[test]
fn a_plain_value_is_good() {
    unit();
    assert_eq!(plain(1), 2);
    assert_eq!(counts("sync-plain"), good_of(1, 1));
    assert_eq!(counts("sync-unit"), good_of(1, 1));
}

type Reply<T> = Result<T, std::num::ParseIntError>;

#[sli(name = "sync-alias")]
fn alias(text: &str) -> Reply<u32> {
    let value = text.parse::<u32>()?;
    if value > 9 {
        return Ok(9);
    }
    Ok(value)
}

#[test]
fn a_result_is_seen_through_an_alias_and_a_question_mark() {
    assert_eq!(alias("3"), Ok(3));
    assert_eq!(alias("30"), Ok(9));
    assert!(alias("x").is_err());
    assert_eq!(counts("sync-alias"), good_of(2, 3));
}

#[sli(name = "sync-nested")]
fn nested(ok: bool) -> Result<Result<u32, &'static str>, &'static str> {
    Ok(if ok { Ok(1) } else { Err("inner") })
}

#[test]
fn an_inner_result_decides_too() {
    let _ = (nested(true), nested(false));
    assert_eq!(counts("sync-nested"), good_of(1, 2));
}

#[sli(name = "sync-panic")]
fn panics(doit: bool) -> u32 {
    assert!(!doit, "as asked");
    1
}

#[test]
fn a_panic_is_bad_and_goes_on() {
    assert!(catch_unwind(|| panics(true)).is_err());
    assert_eq!(panics(false), 1);
    assert_eq!(counts("sync-panic"), good_of(1, 2));
}

struct Store {
    items: HashMap<String, String>,
    hits: u32,
}

impl Store {
    #[sli(name = "method-elided")]
    fn get(&mut self, key: &str) -> Option<&mut String> {
        self.hits += 1;
        self.items.get_mut(key)
    }

    #[sli(name = "method-named")]
    fn named<'a>(&'a mut self, _key: &str) -> &'a mut u32 {
        &mut self.hits
    }

    #[sli(name = "method-both")]
    fn both<'a, 'b: 'a>(&'a self, other: &'b str) -> Result<&'a str, &'b str> {
        self.items.get(other).map(String::as_str).ok_or(other)
    }

    #[sli(name = "method-owned")]
    fn into_hits(mut self) -> Result<u32, String> {
        self.hits += 1;
        Ok(self.hits)
    }

    #[sli(name = "method-new")]
    fn new() -> Result<Self, ()> {
        Ok(Self { items: HashMap::from([("a".into(), "b".into())]), hits: 0 })
    }
}

#[test]
fn methods_may_give_out_what_they_borrow() {
    let mut store = Store::new().expect("always");
    store.get("a").expect("it is there").push('c');
    *store.named("a") += 4;
    assert_eq!(store.both("a"), Ok("bc"));
    assert_eq!(store.both("x"), Err("x"));
    assert_eq!(store.into_hits(), Ok(6));
    assert_eq!(counts("method-both"), good_of(1, 2));
    assert_eq!(counts("method-elided"), good_of(1, 1));
    assert_eq!(counts("method-named"), good_of(1, 1));
    assert_eq!(counts("method-owned"), good_of(1, 1));
    assert_eq!(counts("method-new"), good_of(1, 1));
}

#[sli(name = "sync-patterns")]
fn patterns((a, mut b): (u32, u32), [c, ..]: [u32; 3], mut d: Vec<u32>) -> Vec<u32> {
    b += a;
    d.push(b + c);
    d
}

#[test]
fn arguments_may_be_patterns() {
    assert_eq!(patterns((1, 2), [3, 0, 0], vec![]), [6]);
    assert_eq!(counts("sync-patterns"), good_of(1, 1));
}

#[sli(name = "generic-vec")]
fn list<T: Clone>(value: &T, n: usize) -> Vec<T> {
    vec![value.clone(); n]
}

#[sli(name = "generic-const")]
fn row<const N: usize>() -> Row<N> {
    Row([0; N])
}

struct Row<const N: usize>([u8; N]);

#[sli(name = "generic-of-result", outcome = Outcome::of_result)]
fn pass<T, E>(result: Result<T, E>) -> Result<T, E> {
    result
}

#[sli(name = "generic-error")]
fn count<T: Display>(value: T) -> Result<usize, Box<dyn std::error::Error>> {
    let text = value.to_string();
    if text.is_empty() {
        Err("empty")?;
    }
    Ok(text.len())
}

#[test]
fn generic_functions_share_one_sli() {
    assert_eq!(list(&1_u8, 2).len() + list(&"a", 1).len(), 3);
    assert_eq!(counts("generic-vec"), good_of(2, 2));
    assert_eq!(row::<3>().0, [0; 3]);
    assert_eq!(counts("generic-const"), good_of(1, 1));
    let _ = (pass::<u8, u8>(Ok(1)), pass::<u8, &str>(Err("no")));
    assert_eq!(counts("generic-of-result"), good_of(1, 2));
    assert!(count(12).is_ok() && count("").is_err());
    assert_eq!(counts("generic-error"), good_of(1, 2));
}

fn long_is_bad(value: &impl Display) -> Outcome {
    if value.to_string().len() > 3 { Outcome::Bad } else { Outcome::Good }
}

#[sli(name = "sync-impl", outcome = long_is_bad)]
fn opaque(text: &str) -> impl Display + '_ {
    text
}

#[sli(name = "sync-impl-result", outcome = Outcome::of_result)]
fn opaque_result(text: &str) -> Result<impl Display, std::num::ParseIntError> {
    let value = text.parse::<u32>()?;
    Ok(value)
}

#[test]
fn an_opaque_type_is_judged_by_the_classifier() {
    assert_eq!(opaque("abc").to_string() + &opaque("abcd").to_string(), "abcabcd");
    assert_eq!(counts("sync-impl"), good_of(1, 2));
    assert!(opaque_result("1").is_ok() && opaque_result("x").is_err());
    assert_eq!(counts("sync-impl-result"), good_of(1, 2));
}

struct Freshness(u32);

impl Classify for Freshness {
    fn classify(&self) -> Outcome {
        match self.0 {
            0..15 => Outcome::Good,
            15..60 => Outcome::Bad,
            60..90 => Outcome::Ignored,
            _ => Outcome::Shed,
        }
    }
}

#[sli(name = "sync-own-type", timing = "off")]
fn freshness(minutes: u32) -> Freshness {
    Freshness(minutes)
}

#[sli(name = "sync-own-ok", timing = "coarse")]
fn freshness_or(minutes: u32) -> Result<Freshness, ()> {
    Ok(Freshness(minutes))
}

#[test]
fn a_type_may_say_what_it_is() {
    for minutes in [1, 20, 70, 100] {
        freshness(minutes);
        let _ = freshness_or(minutes);
    }
    let each = Peek { started: 4, good: 1, bad: 1, ignored: 1, shed: 1, ..Peek::default() };
    assert_eq!(counts("sync-own-type"), each);
    assert_eq!(counts("sync-own-ok"), each);
}

trait Service {
    fn serve(&self, n: u32) -> Result<u32, String>;

    #[sli(name = "trait-default")]
    fn twice(&self, n: u32) -> Result<u32, String> {
        Ok(self.serve(n)? * 2)
    }
}

struct One;

impl Service for One {
    #[sli(name = "trait-impl")]
    fn serve(&self, n: u32) -> Result<u32, String> {
        if n == 0 { Err("zero".into()) } else { Ok(n) }
    }
}

#[test]
fn trait_methods_count_in_impls_and_defaults() {
    assert_eq!(One.twice(2), Ok(4));
    assert!(One.twice(0).is_err());
    assert_eq!(counts("trait-default"), good_of(1, 2));
    assert_eq!(counts("trait-impl"), good_of(1, 2));
}

struct Wrapper<T>(T);

impl<T: Clone + PartialEq> Wrapper<T> {
    #[sli(name = "impl-generic", outcome = Outcome::of_any)]
    fn get(&self) -> T {
        self.0.clone()
    }
}

#[test]
fn a_method_of_a_generic_type_counts() {
    assert_eq!(Wrapper(3).get(), 3);
    assert_eq!(counts("impl-generic"), good_of(1, 1));
}

#[sli(name = "sync-dyn-box", outcome = Outcome::of_any)]
fn coerced(n: u8) -> Box<dyn Display> {
    if n == 0 {
        return Box::new("zero");
    }
    Box::new(n)
}

#[test]
fn a_body_is_coerced_to_the_declared_type() {
    assert_eq!(coerced(0).to_string() + &coerced(1).to_string(), "zero1");
    assert_eq!(counts("sync-dyn-box"), good_of(2, 2));
}

#[sli(name = "hygiene")]
fn hygiene(value: u32, call: u32, to: u32, seat: u32) -> u32 {
    #![allow(non_upper_case_globals)]
    static sli: u32 = 1;
    value + call + to + seat + sli
}

#[test]
fn names_of_the_user_stay_his() {
    assert_eq!(hygiene(1, 2, 3, 4), 11);
    assert_eq!(counts("hygiene"), good_of(1, 1));
}
