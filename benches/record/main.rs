use reliability_core::*;
use std::hint::black_box;
use std::time::Duration;
use std::time::Instant;
static A: Sli = Sli::from_spec(SliSpec::new("a").latency(match Latency::parse("99% < 250ms") {
    Ok(l) => l,
    _ => panic!(),
}));
static B: Sli = Sli::from_spec(SliSpec::new("b").timing(Timing::Off));
#[inline(never)]
fn bare(x: u64) -> u64 {
    black_box(x).wrapping_mul(3)
}
#[inline(always)]
fn with<W: __private::Watch>(s: &'static Sli, x: u64) -> u64 {
    s.measure::<W, _>(
        move || -> u64 { black_box(x).wrapping_mul(3) },
        |v| reliability_core::__outcome!(v),
        |v, to| reliability_core::__error_text!(v, to),
    )
}
#[inline(never)]
fn wa(x: u64) -> u64 {
    with::<__private::Precise>(&A, x)
}
#[inline(never)]
fn wb(x: u64) -> u64 {
    with::<__private::Untimed>(&B, x)
}
#[inline(never)]
fn pair(x: u64) -> u64 {
    let c = CL.get_or_init(quanta::Clock::new);
    let a = c.raw();
    let v = bare(x);
    black_box(c.raw() - a);
    v
}
static CL: std::sync::OnceLock<quanta::Clock> = std::sync::OnceLock::new();
fn t(f: impl Fn(u64) -> u64) -> f64 {
    let n = 20000;
    let mut best = vec![];
    for _ in 0..301 {
        let s = Instant::now();
        for i in 0..n {
            let _ = black_box(f(i));
        }
        best.push(s.elapsed().as_nanos() as f64 / n as f64);
    }
    best.sort_by(f64::total_cmp);
    best[150]
}
fn main() {
    tmp::cal();
    for _ in 0..3 {
        println!("bare {:.2} pair+bare {:.2} sli {:.2} off {:.2}", t(bare), t(pair), t(wa), t(wb));
    }
    let c = reliability_core::catalogue();
    drop(c);
    A.record(Outcome::Good, Duration::from_secs(1));
}
