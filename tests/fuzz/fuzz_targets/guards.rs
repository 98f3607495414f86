//! The attributes of functions, whatever stands in them and under them: they are expanded or refused, and never end the compiler.
//!
//! The macros' own modules are taken in by path, because a crate of macros gives out nothing else.
#![no_main]
#![allow(dead_code)]

#[path = "../../../reliability-macros/src/admission/mod.rs"]
mod admission;
#[path = "../../../reliability-macros/src/call/mod.rs"]
mod call;
#[path = "../../../reliability-macros/src/diag.rs"]
mod diag;
#[path = "../../../reliability-macros/src/paths.rs"]
mod paths;
#[path = "../../../reliability-macros/src/sli/mod.rs"]
mod sli;
#[path = "../../../reliability-macros/src/text.rs"]
mod text;

use admission::Which;
use call::First;
use libfuzzer_sys::fuzz_target;
use proc_macro2::TokenStream;

const ITEM: &str = "async fn home(&self, (a, mut b): (u32, u32)) -> Result<u32, Shed> { Ok(a) }";

fuzz_target!(|texts: (u8, &str, &str)| {
    let (which, args, item) = texts;
    let Ok(args) = args.parse::<TokenStream>() else { return };
    let first = match which % 4 {
        0 => First::Sli,
        1 => First::Guard(Which::Flag),
        2 => First::Guard(Which::Degrade),
        _ => First::Guard(Which::Shed),
    };
    for item in [item, ITEM] {
        if let Ok(item) = item.parse::<TokenStream>() {
            let expanded = call::attribute(first, args.clone(), &item);
            assert!(!expanded.is_empty());
        }
    }
});
