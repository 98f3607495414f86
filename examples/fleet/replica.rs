//! One replica: a small shop with two objectives, which asks Prometheus how the fleet does.

use std::error::Error;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use axum::Router;
use axum::extract::Path;
use axum::http::StatusCode;
use axum::routing::{get, post};
use clap::Args;
use metrics_exporter_prometheus::PrometheusBuilder;
use reliability_core::compensate::{Judge, Policy, Step, Trigger};
use reliability_core::fleet::Fleet;
use reliability_core::{Builder, Flag, Reliability, Severity, sli, status};
use tokio::sync::oneshot;

/// The service's name.
pub(crate) const SERVICE: &str = "shop";
/// How many of a thousand calls fail.
static CHECKOUTS_FAIL: AtomicU32 = AtomicU32::new(0);
static SEARCHES_FAIL: AtomicU32 = AtomicU32::new(0);
/// What two policies would switch off: one by the process's verdict, one by the fleet's.
static EXPRESS: Flag = Flag::on("express-checkout");
static SUGGESTIONS: Flag = Flag::on("suggestions");

#[derive(Args, Clone, Debug)]
pub(crate) struct Arguments {
    #[arg(long)]
    pub(crate) address: SocketAddr,
    #[arg(long)]
    pub(crate) instance: String,
    #[arg(long)]
    pub(crate) prometheus: String,
    #[arg(long)]
    pub(crate) minute: u64,
}

#[sli(name = "checkout", objective = "99.9%", feature = "purchase", owner = "payments", tier = 1)]
async fn checkout() -> StatusCode {
    answer(&CHECKOUTS_FAIL)
}

#[sli(name = "search", objective = "99.9%", feature = "browsing", owner = "catalogue", tier = 2)]
async fn search() -> StatusCode {
    answer(&SEARCHES_FAIL)
}

fn answer(failing: &AtomicU32) -> StatusCode {
    // spread evenly by the golden ratio, so that a third is a third
    static TURN: AtomicU32 = AtomicU32::new(0);
    let turn = TURN.fetch_add(1, Ordering::Relaxed).wrapping_mul(2_654_435_769);
    let unlucky = turn / (u32::MAX / 1_000) < failing.load(Ordering::Relaxed);
    if unlucky { StatusCode::INTERNAL_SERVER_ERROR } else { StatusCode::OK }
}

/// What is promised, for the replicas and for the generated rules.
pub(crate) fn judged() -> Builder<'static> {
    Reliability::builder().service(SERVICE)
}

/// Serves until its input ends: it does not outlive whoever started it.
pub(crate) async fn serve(arguments: &Arguments) -> Result<(), Box<dyn Error>> {
    let metrics = PrometheusBuilder::new().install_recorder()?;
    let minute = Duration::from_secs(arguments.minute);
    let fleet = Fleet::at(&arguments.prometheus)?.every(minute / 4).timeout(minute).stale_after(minute * 5 / 2);
    // in shadow mode: this example is about who decides, and its faults heal by themselves
    let by = |name: &str, judge, flag| -> Result<Policy, Box<dyn Error>> {
        let trigger = Trigger::burn("checkout-availability", Severity::Page);
        Ok(Policy::named(name)?.on(trigger).step(Step::off(flag)).by(judge).shadow())
    };
    let reliability = judged()
        .instance(&arguments.instance)
        .fleet(fleet)
        .policy(by("local", Judge::Local, &EXPRESS)?)
        .policy(by("fleet", Judge::Fleet, &SUGGESTIONS)?)
        .start()?;
    let app = Router::new()
        .route("/checkout", get(checkout))
        .route("/search", get(search))
        .route("/metrics", get(move || std::future::ready(metrics.render())))
        .route("/fault/{what}/{per_mille}", post(fault))
        .merge(status::router(reliability.handle()));
    let listener = tokio::net::TcpListener::bind(arguments.address).await?;
    tokio::select! {
        served = async { axum::serve(listener, app).await } => served?,
        () = input_ends() => {}
    }
    drop(reliability);
    Ok(())
}

async fn fault(Path((what, per_mille)): Path<(String, u32)>) {
    let failing = if what == "checkout" { &CHECKOUTS_FAIL } else { &SEARCHES_FAIL };
    failing.store(per_mille, Ordering::Relaxed);
}

/// A thread reads it, for that may wait for ever.
async fn input_ends() {
    let (ended, wait) = oneshot::channel();
    std::thread::spawn(move || {
        let _ = std::io::copy(&mut std::io::stdin(), &mut std::io::sink());
        drop(ended);
    });
    let _: Result<(), _> = wait.await;
}
