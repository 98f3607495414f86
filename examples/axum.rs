//! Adding it to an axum service that is there already: one layer, one line in `main`, one router to merge.
//!
//! `cargo run -p reliability-examples --example axum`: the service asks itself a few things over loopback HTTP, prints
//! what the library makes of the answers, and ends. With `-- --serve` it stays, for a browser at
//! `http://127.0.0.1:8081/reliability`.
//!
//! The layer counts every route by its answers. A handler that deserves promises of its own carries `#[sli]`, and is then
//! counted by that alone.

use axum::Router;
use axum::http::StatusCode;
use axum::routing::{get, post};
use reliability_core::tower::SliLayer;
use reliability_core::{Objective, Reliability, sli, status};
use tokio::net::{TcpListener, TcpStream};

async fn hello() -> &'static str {
    "hello"
}

async fn report() -> StatusCode {
    StatusCode::INTERNAL_SERVER_ERROR
}

#[sli(name = "checkout", objective = "99.9%", latency = "99% < 250ms", feature = "purchase", owner = "payments")]
async fn checkout() -> Result<&'static str, StatusCode> {
    Ok("thank you")
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    // the library tells of changes as `tracing` events; whoever listens sees them
    tracing_subscriber::fmt().with_target(false).init();

    let reliability = Reliability::builder().service("axum-example").start()?;

    let objective = Objective::parse("99%")?;
    let shop = Router::new()
        .route("/hello", get(hello))
        .route("/report", get(report))
        .route("/checkout", post(checkout))
        .route("/health", get(|| async { "well" }))
        .layer(SliLayer::axum().declare(move |spec| spec.objective(objective)).except("/health"));
    // merged last, the shop's layer also sees paths that match no route: they count as `other`
    let app = status::router(reliability.handle()).merge(shop);

    let serve = std::env::args().any(|arg| arg == "--serve");
    let listener = TcpListener::bind(("127.0.0.1", if serve { 8081 } else { 0 })).await?;
    let address = listener.local_addr()?;
    let server = tokio::spawn(async move { axum::serve(listener, app).await });
    if serve {
        println!("http://{address}/reliability");
        return Ok(server.await??);
    }

    for call in ["GET /hello", "GET /hello", "GET /report", "POST /checkout", "GET /health", "GET /nowhere"] {
        ask(address, call).await?;
    }
    for sli in reliability.stop().slis {
        println!("{:<20} {} good, {} bad", sli.spec.name, sli.counts.good, sli.counts.bad);
    }
    Ok(())
}

/// One request, its answer read to the end and thrown away.
async fn ask(address: std::net::SocketAddr, call: &str) -> std::io::Result<()> {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    let mut stream = TcpStream::connect(address).await?;
    let request = format!("{call} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).await?;
    stream.read_to_end(&mut Vec::new()).await?;
    Ok(())
}
