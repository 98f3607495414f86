//! The first call of an SLI on a thread: it opens a block there, which is what later calls need not do.
#![allow(clippy::disallowed_methods)] // measuring time is what a bench does

use std::hint::black_box;
use std::thread;
use std::time::Instant;

use crate::harness::{Options, median};
use crate::ours;

/// Nanoseconds and allocations of the first call on each of many threads, one after the other.
pub(crate) fn print(options: &Options) {
    let threads = if options.quick { 3 } else { 301 };
    let of_thread = || {
        thread::spawn(|| {
            let mut nanos = 0.0;
            let info = allocation_counter::measure(|| {
                let began = Instant::now();
                let _ = black_box(ours::first(1));
                nanos = began.elapsed().as_nanos() as f64;
            });
            (nanos, info.count_total, info.bytes_total)
        })
        .join()
        .expect("a call does not panic")
    };
    let _ = of_thread();
    let firsts: Vec<_> = (0..threads).map(|_| of_thread()).collect();
    let (_, count, bytes) = firsts[0];
    let nanos = median(firsts.iter().map(|first| first.0).collect());
    println!("\nfirst call of an SLI on a thread: {nanos:.0} ns, {count} allocations, {bytes} bytes");
}
