//! A shop with error budgets, an incident, and clients who check the library's arithmetic.
//!
//! `cargo run --release -p reliability-examples --example storefront`
//!
//! One sees six pages of a shop under 100 visits a second. After 20 s the payment service begins to fail: the budget of
//! `checkout` is spent within seconds, a page alert fires, and the other journeys stay well. After 50 s payments recover.
//! `--incident` breaks something else.
//! `http://127.0.0.1:8080/reliability` shows the same as a page, `/metrics` as series. At the end the clients' books, a
//! ledger on the server and the library's counts are compared, event for event; if they differ, the exit code is 1.
//!
//! What it promises stands in `reliability.yaml`, agreed between tech and product; change an objective there while it runs.
//!
//! To read: `shop/` is the service with its `#[sli]` attributes, `world/` is everything around it, `books/` compares.
//! The shop and the world run on two runtimes. The shop's is shut down before the books are compared: that drops every
//! open call, so that at the comparison nothing is half counted.

mod books;
mod options;
mod policies;
mod screen;
mod shop;
mod verdict;
mod world;

use std::io;
use std::net::TcpListener;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::routing::get;
use axum::serve::ListenerExt;
use clap::Parser;
use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusHandle};
use reliability_core::status::{ControlToken, Page};
use reliability_core::{GateMode, Handle, Reliability};
use tokio::runtime::Runtime;
use tokio::sync::watch;
use tokio::time::{sleep, timeout};

use books::clients::Books;
use books::detection::Detection;
use books::ledger::Ledger;
use books::matching::Matching;
use books::summary::{self, Summary};
use options::Options;
use screen::{Screen, say};
use shop::switches::FRONT_DOOR;
use world::incident::Kind;
use world::load::Lag;
use world::plan::Plan;
use world::upstream::{self, Bank};
use world::visitor::Lines;
use world::{Clock, traffic};

/// How long open visits are awaited at the end, and then the server's notice of those who hung up.
const VISITS_END_WITHIN: Duration = Duration::from_secs(5);
const HANG_UPS_NOTICED_WITHIN: Duration = Duration::from_secs(2);
/// How long orders are awaited at the end that are charged later.
const CHARGED_WITHIN: Duration = Duration::from_secs(20);
/// What the shop promises.
const DOCUMENTS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/storefront/reliability.yaml");
/// It did not run.
const DID_NOT_RUN: u8 = 2;

fn main() -> ExitCode {
    let options = Options::parse();
    match options.check().and_then(|()| run(&options)) {
        Ok(code) => code,
        Err(why) => {
            eprintln!("storefront: {why}");
            ExitCode::from(DID_NOT_RUN)
        }
    }
}

fn run(options: &Options) -> Result<ExitCode, String> {
    let listener = listen(options.port)?;
    let address = listener.local_addr().map_err(|error| error.to_string())?;
    let summary = options.summary.as_deref().map(Summary::create).transpose()?;
    let metrics = PrometheusBuilder::new().install_recorder().map_err(|error| error.to_string())?;

    let reliability = watched(options)?;

    let clock = Clock::start();
    let incident = options.incident(clock);
    let (books, ledger) = (Arc::new(Books::new(clock)), Arc::new(Ledger::default()));
    let (detection, mut matching) = (Arc::new(Detection::new(incident)), Matching::new(incident));
    let (bank, lag) = (Arc::new(Bank::default()), Arc::new(Lag::default()));
    let (shop, world) = (runtime(shop::THREADS)?, runtime(world::WORLD)?);
    make_room_for_sockets(options);

    let upstreams =
        world.block_on(upstream::start(options.seed, incident, &bank)).map_err(|error| error.to_string())?;
    let open = Arc::new(shop::Shop::new(options, upstreams, incident));
    let page = page(options, reliability.handle())?;
    let routes = routes(Arc::clone(&open), &ledger, page, metrics);
    let charging = Arc::clone(&open);
    shop.spawn(async move { charging.charge_later().await });
    shop.spawn(async move {
        let listener = tokio::net::TcpListener::from_std(listener)?;
        let nodelay = listener.tap_io(|stream| drop(stream.set_nodelay(true)));
        axum::serve(nodelay, routes).await
    });

    let screen = Screen {
        handle: reliability.handle(),
        clock,
        incident,
        page: format!("http://{address}/reliability"),
        load: if options.no_load { "without visitors".into() } else { format!("{} visits a second", options.rps) },
    };
    let watching = Arc::clone(&detection);
    let handle = reliability.handle();
    world.spawn(async move { watching.watch(&handle, incident).await });
    let shown = Arc::clone(&detection);
    let drawing = world.spawn(async move { screen.draw(&shown).await });

    let (end, ended_yet) = watch::channel(false);
    let lines = Arc::new(Lines::new(address));
    if !options.no_load {
        let visits = Plan::usual(options.seed, options.rps).together(options.crowd(incident));
        world.spawn(traffic::run(visits, clock, Arc::clone(&lag), Arc::clone(&lines), Arc::clone(&books), ended_yet));
    }
    world.block_on(async {
        tokio::select! {
            () = until_the_end(options.seconds) => {}
            () = settle_each_second(&mut matching, &books, &ledger) => {}
        }
        // an error would mean that nobody listens, and then there is nothing to stop
        let _ = end.send(true);
        let _ = timeout(VISITS_END_WITHIN, until(|| books.waiting() == 0)).await;
        books.close();
        lines.hang_up();
        let _ = timeout(HANG_UPS_NOTICED_WITHIN, until(|| ledger.in_flight() == 0)).await;
        // while payments fail there is no point in waiting: what is not charged by then is listed
        let well = !incident.is(Kind::Payments);
        let _ = timeout(CHARGED_WITHIN, until(|| !well || open.orders().waiting() == 0)).await;
        drawing.abort();
    });
    let ended = clock.elapsed();
    let generator = lag.told(ended);
    // first the viewers of the page, last the judge
    reliability.handle().begin_stop();
    shop.shutdown_timeout(HANG_UPS_NOTICED_WITHIN);

    let report = reliability.stop();
    detection.take(&report, clock);
    matching.settle(&books, &ledger, true);
    if report.enabled {
        matching.compare(&report);
    }
    let told = detection.told(clock, &books, &ledger);
    let later = open.orders().told(&bank);
    say(&verdict::of(&matching, &report, &told, &later));
    let agree = matching.agrees() && later.agrees();
    if let Some(summary) = summary {
        let events = detection.events(0);
        let run = summary::Run {
            options,
            incident,
            ended,
            matching: &matching,
            report: &report,
            events: &events,
            detection: &told,
            generator: &generator,
            later: &later,
        };
        if let Err(why) = summary.write(&summary::of(&run)) {
            eprintln!("storefront: {why}");
            return Ok(ExitCode::FAILURE);
        }
    }
    Ok(if agree { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// Starts the library: with the shop's policies, or with nobody who acts and a front door that lets everybody in.
fn watched(options: &Options) -> Result<Reliability, String> {
    let mut builder = Reliability::builder().service("storefront").documents(DOCUMENTS);
    if options.no_compensation {
        FRONT_DOOR.set_mode(GateMode::Open);
    } else {
        for policy in policies::all().map_err(|error| error.to_string())? {
            builder = builder.policy(policy);
        }
    }
    builder.start().map_err(|error| error.to_string())
}

fn listen(port: u16) -> Result<TcpListener, String> {
    let listener = TcpListener::bind(("127.0.0.1", port)).map_err(|error| match error.kind() {
        io::ErrorKind::AddrInUse => {
            format!("port {port} is busy; choose another with --port, or --port 0 for a free one")
        }
        io::ErrorKind::PermissionDenied => format!("port {port} may not be used by this user; choose one above 1023"),
        _ => format!("cannot listen on port {port}: {error}"),
    })?;
    listener.set_nonblocking(true).map_err(|error| error.to_string())?;
    Ok(listener)
}

/// Whoever waits has a connection open, at both ends of it. Where the system refuses, some visits will not connect, and the
/// books say so.
fn make_room_for_sockets(options: &Options) {
    let waiting = options.busiest() * traffic::DEADLINE.as_secs_f64();
    let _ = rlimit::increase_nofile_limit(4 * waiting as u64 + 1_000);
}

fn runtime(name: &str) -> Result<Runtime, String> {
    tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .thread_name(name)
        .enable_all()
        .build()
        .map_err(|error| error.to_string())
}

/// The library's page, with buttons for whoever knows the token.
fn page(options: &Options, handle: Handle) -> Result<Page, String> {
    let page = Page::new(handle);
    let Some(token) = &options.token else { return Ok(page) };
    let token = ControlToken::new("shopkeeper", token).map_err(|error| error.to_string())?;
    Ok(page.control([token]))
}

/// The shop with the library's page beside it, and the series.
fn routes(open: Arc<shop::Shop>, ledger: &Arc<Ledger>, page: Page, metrics: PrometheusHandle) -> Router {
    shop::router(open, Arc::clone(ledger))
        .merge(page.router())
        .route("/metrics", get(move || std::future::ready(metrics.render())))
}

/// Until the time is over or somebody asks for the end. Who asks twice gets it at once.
async fn until_the_end(seconds: Option<u64>) {
    let time_is_over = async {
        match seconds {
            Some(seconds) => sleep(Duration::from_secs(seconds)).await,
            None => std::future::pending().await,
        }
    };
    tokio::select! {
        () = time_is_over => {}
        () = asked_to_end() => {}
    }
    tokio::spawn(async {
        asked_to_end().await;
        std::process::exit(130);
    });
}

async fn asked_to_end() {
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        if let Ok(mut terminate) = signal(SignalKind::terminate()) {
            tokio::select! {
                _ = tokio::signal::ctrl_c() => {}
                _ = terminate.recv() => {}
            }
            return;
        }
    }
    let _ = tokio::signal::ctrl_c().await;
}

async fn settle_each_second(matching: &mut Matching, books: &Books, ledger: &Ledger) {
    loop {
        sleep(Duration::from_secs(1)).await;
        matching.settle(books, ledger, false);
    }
}

async fn until(mut done: impl FnMut() -> bool) {
    while !done() {
        sleep(Duration::from_millis(5)).await;
    }
}
