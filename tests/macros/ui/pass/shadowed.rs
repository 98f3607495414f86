//! Whatever the user names, the macros find what they mean.
#![deny(warnings)]
#![allow(dead_code, non_camel_case_types, non_upper_case_globals)]

mod core {}
mod std {}
mod reliability_core {}

struct Option;
struct Some;
struct None;
struct Result;
struct Ok;
struct Err;
struct Sli;
struct Outcome;
struct value;
struct call;
const sli: u32 = 1;

#[::reliability_core::sli(name = "sync", latency = "99% < 1s", labels(tenant = "a", max = 2))]
fn measured(to: u32, __reliability_value: u32) -> ::core::result::Result<u32, u32> {
    ::core::result::Result::Ok(to + sli + __reliability_value)
}

#[::reliability_core::sli(name = "async", cancelled_after = "1s")]
async fn later() -> ::core::option::Option<u32> {
    ::core::option::Option::None
}

#[derive(::reliability_core::Outcome)]
enum Fault {
    #[outcome(good)]
    One,
    #[outcome(inner)]
    Two(::reliability_core::Outcome),
}

::reliability_core::slis! { static CART = "cart", depends_on("a"); }

fn main() {
    assert_eq!(measured(1, 0), ::core::result::Result::Ok(2));
    drop(later());
}
