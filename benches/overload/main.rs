//! Rules of admission in one setting, in virtual time: what each makes of ten times the load, a step, retries and a slow
//! dependency, beside an oracle and a bound. Prints two tables, `queue` and `shared`, and one of the other service shapes.
//!
//! `--quick` plays one seed of ours; `--ours` leaves the others out; `--seeds N` is another number than ten. The rule of this library is the real gate.

mod figures;
mod peers;

use std::io::Write;
use std::time::Duration;

use figures::{Figures, Kind, Scene, measure};
use reliability_core::Gate;
use reliability_core::testkit::simulation::{Fixed, Guarded, Open, Shape};

fn row(name: &str, it: &Figures) {
    let back = |seconds: f64| if seconds >= 15.0 { "never".to_owned() } else { format!("{seconds:.2}") };
    println!(
        "| {name} | {:.3} | {:.3} | {:.3} | {:.4} % | {:.4} % | {:.2} % | {:.1} % | {:.3} | {:.1} % | {} / {} |",
        it.ten,
        it.retried,
        it.first_second,
        100.0 * it.refused_half,
        100.0 * it.refused_busy,
        100.0 * it.critical,
        100.0 * it.high,
        it.slow,
        100.0 * it.slow_critical,
        back(it.back),
        back(it.back_retried),
    );
    let _ = std::io::stdout().flush();
}

fn head(title: &str) {
    println!(
        "\n| {title} | 10 × | 10 ×, 3 attempts | first second | refused at 0.5 × | at 0.8 × | critical at 10 × | high | slow | its critical | back, s / with retries |"
    );
    println!("|---|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|");
}

fn main() {
    let args: Vec<String> = std::env::args().collect();
    let as_test = args.iter().all(|arg| arg != "--bench");
    let quick = as_test || args.iter().any(|arg| arg == "--quick");
    let alone = args.iter().any(|arg| arg == "--ours");
    let after = |name: &str| args.iter().position(|arg| arg == name).and_then(|at| args.get(at + 1)?.parse().ok());
    let seeds = 1..1 + after("--seeds").unwrap_or(if quick { 1 } else { 10 });
    let exponential = Shape::Exponential;
    let ours = |_: Scene| Guarded::by(Gate::new("simulated"));
    for kind in [Kind::Queue, Kind::Shared] {
        head(&format!("{kind:?}").to_lowercase());
        let print = |name: &str, figures: Figures| row(name, &figures);
        print("ours: `Gate`", measure(&ours, kind, exponential, seeds.clone()));
        if quick || alone {
            continue;
        }
        let best = if kind == Kind::Queue { 24 } else { 18 };
        print("oracle", measure(&|it| peers::Oracle::new(best, it.offered()), kind, exponential, seeds.clone()));
        if kind == Kind::Queue {
            let bound = |_| peers::Ordered { service: Duration::from_millis(10) };
            print("bound: ordered queue", measure(&bound, kind, exponential, seeds.clone()));
        }
        // what is not ours differs by far more than the seeds
        let few = 1..3;
        print("none", measure(&|_| Open, kind, exponential, few.clone()));
        print("fixed 2c", measure(&|_| Fixed::new(32), kind, exponential, few.clone()));
        print("Vegas, windows", measure(&|_| peers::Vegas::new(), kind, exponential, few.clone()));
        print("Gradient2, windows", measure(&|_| peers::Gradient2::new(), kind, exponential, few.clone()));
        print("fixed 2c + reserve", measure(&|_| peers::Reserve::new(32), kind, exponential, few));
    }
    if quick {
        return;
    }
    let lognormal = Shape::LogNormal { variation: 2.0 };
    for kind in [Kind::Queue, Kind::Shared] {
        head(&format!("ours, {}", format!("{kind:?}").to_lowercase()));
        for (name, shape) in
            [("Erlang-4", Shape::Erlang { stages: 4 }), ("log-normal, cv 2", lognormal), ("bimodal", Shape::Bimodal)]
        {
            row(name, &measure(&ours, kind, shape, 1..4));
        }
    }
}
