//! What the page costs: how long it takes to load with 200 objectives, and what a second of it costs with ten viewers.
//!
//! `cargo bench -p reliability-benches --bench page`
//!
//! A load is a whole one over loopback HTTP, of a page that nobody had loaded before: read out, curves, rendering, sending.
//! The cost of a second is the time on a processor, by the kernel's book, of the two threads that the page has (the one that
//! renders, the one that serves) while ten viewers read its stream and every indicator has news every second.
#![allow(clippy::disallowed_methods)] // measuring time is what a bench does

#[path = "../harness.rs"]
mod harness;

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use harness::{Options, Table, Verdict, median, print_machine, print_verdicts};
use reliability_core::status::Page;
use reliability_core::testkit::Lab;
use reliability_core::{Latency, Objective, Outcome, Reliability, Sli};

const VIEWERS: usize = 10;

/// Indicators of two objectives each.
fn slis(objectives: usize) -> Vec<Sli> {
    let sli = |i: usize| {
        let objective = Objective::parse("99.9%").expect("a share");
        let latency = Latency::parse("99% < 250ms").expect("a latency");
        let features: &'static [&'static str] = ["browse", "search", "cart", "checkout"][i % 4..=i % 4].to_vec().leak();
        Sli::named(&format!("page-{objectives}-{i}"))
            .expect("a name")
            .declare(|spec| spec.objective(objective).latency(latency).features(features).owner("team"))
    };
    (0..objectives / 2).map(sli).collect()
}

fn get(address: SocketAddr, path: &str) -> TcpStream {
    let mut line = TcpStream::connect(address).expect("it listens");
    write!(line, "GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n").expect("it is sent");
    line
}

/// Milliseconds of each first load, those of reading the report out alone, and the bytes of a page.
fn loads(objectives: usize, rounds: usize) -> (Vec<f64>, Vec<f64>, usize) {
    let slis = slis(objectives);
    let mut lab = Lab::judging(&slis);
    // a day of minutes, in which a thousandth fails
    for minute in 0..1_440 {
        for (i, sli) in slis.iter().enumerate() {
            sli.record_many(Outcome::Good, 1_000);
            sli.record_many(Outcome::Bad, u64::from((minute + i) % 2 == 0));
        }
        lab.advance_by(Duration::from_mins(1), Duration::from_mins(1));
    }
    for sli in &slis {
        (0..16).for_each(|_| sli.record(Outcome::Bad, Duration::from_millis(3)));
    }
    lab.advance(Duration::from_secs(1));
    let mut page = String::new();
    let load = |_| {
        let listener = Page::new(lab.handle()).listen("127.0.0.1:0").expect("a free port");
        let begun = Instant::now();
        page.clear();
        get(listener.address(), "/reliability").read_to_string(&mut page).expect("a page");
        begun.elapsed().as_secs_f64() * 1e3
    };
    let loads = (0..rounds).map(load).collect();
    let read_out = |_| {
        let begun = Instant::now();
        std::hint::black_box(lab.report());
        begun.elapsed().as_secs_f64() * 1e3
    };
    (loads, (0..rounds).map(read_out).collect(), page.len())
}

/// Nanoseconds on a processor of this process's threads of these names, as Linux counts them.
fn on_processor(names: &[&str]) -> u64 {
    let threads = std::fs::read_dir("/proc/self/task").expect("Linux").flatten();
    let wanted = threads.map(|thread| thread.path()).filter(|thread| {
        // a thread's name is cut to fifteen letters
        std::fs::read_to_string(thread.join("comm"))
            .is_ok_and(|comm| names.iter().any(|name| name.starts_with(comm.trim())))
    });
    let nanos = wanted.filter_map(|thread| std::fs::read_to_string(thread.join("schedstat")).ok());
    nanos.filter_map(|line| line.split(' ').next()?.parse::<u64>().ok()).sum()
}

/// What a second costs with viewers: milliseconds of rendering, of serving, and kilobytes to each viewer.
fn seconds(objectives: usize, viewers: usize, seconds: u64) -> [f64; 3] {
    let slis = Arc::new(slis(objectives));
    let builder = slis.iter().fold(Reliability::builder().only("page-"), reliability_core::Builder::sli);
    let running = builder.start().expect("it starts");
    let listener = Page::new(running.handle()).listen("127.0.0.1:0").expect("a free port");
    let (read, over) = (Arc::new(AtomicU64::new(0)), Arc::new(AtomicBool::new(false)));
    let traffic = {
        let (slis, over) = (Arc::clone(&slis), Arc::clone(&over));
        thread::spawn(move || {
            while !over.load(Ordering::Relaxed) {
                for (i, sli) in slis.iter().enumerate() {
                    // one in ten burns, so that its curve moves too
                    if i % 10 == 0 {
                        sli.record(Outcome::Bad, Duration::from_millis(7));
                    }
                    sli.record(Outcome::Good, Duration::from_millis(7));
                }
                thread::sleep(Duration::from_millis(100));
            }
        })
    };
    let watching: Vec<_> = (0..viewers)
        .map(|_| {
            let (mut line, read) = (get(listener.address(), "/reliability/stream"), Arc::clone(&read));
            thread::spawn(move || {
                let mut buffer = vec![0; 1 << 16];
                while let Ok(n @ 1..) = line.read(&mut buffer) {
                    read.fetch_add(n as u64, Ordering::Relaxed);
                }
            })
        })
        .collect();
    // the first second sends the whole page to each
    thread::sleep(Duration::from_millis(2_500));
    let now =
        || [on_processor(&["reliability-page"]), on_processor(&["reliability-http"]), read.load(Ordering::Relaxed)];
    let before = now();
    thread::sleep(Duration::from_secs(seconds));
    let after = now();
    over.store(true, Ordering::Relaxed);
    running.stop();
    for viewer in watching {
        viewer.join().expect("a viewer");
    }
    traffic.join().expect("traffic");
    let each = |i: usize| (after[i] - before[i]) as f64 / seconds as f64;
    [each(0) / 1e6, each(1) / 1e6, each(2) / 1e3 / viewers.max(1) as f64]
}

fn main() {
    let options = Options::read();
    let (rounds, length) = if options.quick { (3, 2) } else { (51, 20) };
    print_machine();

    let mut table = Table::new(["first load", "median", "slowest", "report alone", "size"]);
    let mut slowest = 0.0;
    for objectives in [10, 200] {
        let (millis, alone, bytes) = loads(objectives, rounds);
        slowest = millis.iter().copied().fold(0.0, f64::max);
        table.row(vec![
            format!("{objectives} objectives"),
            format!("{:.2} ms", median(millis)),
            format!("{slowest:.2} ms"),
            format!("{:.2} ms", median(alone)),
            format!("{:.0} kB", bytes as f64 / 1e3),
        ]);
    }
    table.print(options.markdown);

    let mut table = Table::new(["a second of it", "rendering", "serving", "together", "to each viewer"]);
    let mut cost = 0.0;
    for (objectives, viewers) in [(10, 1), (10, VIEWERS), (200, VIEWERS)] {
        let [renders, serves, kilobytes] = seconds(objectives, viewers, length);
        if objectives == 10 {
            cost = renders + serves;
        }
        table.row(vec![
            format!("{objectives} objectives, {viewers} viewers"),
            format!("{renders:.2} ms"),
            format!("{serves:.2} ms"),
            format!("{:.2} ms", renders + serves),
            format!("{kilobytes:.1} kB"),
        ]);
    }
    println!();
    table.print(options.markdown);

    if !options.quick {
        let verdicts = [
            Verdict { what: "first load, 200 objectives, slowest", measured: slowest, at_most: 300.0, unit: "ms" },
            Verdict { what: "a second with ten viewers, 10 objectives", measured: cost, at_most: 1.0, unit: "ms" },
        ];
        print_verdicts(&verdicts, options.markdown);
    }
}
