//! An actix-web service: `#[sli]` on its handlers, and a classifier for its responses.
//!
//! `cargo run -p reliability-examples --example actix`: the service asks itself a few things over loopback HTTP, prints how
//! each handler was counted, and ends.
//!
//! There is no layer for actix-web, which has its own kind of middleware and its own `HttpResponse`. A handler that returns
//! that type says by `outcome` how to read it, one that returns a `Result` of plain values needs nothing. What actix answers
//! before a handler runs (no such route, a body that cannot be read) is not counted.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};

use actix_web::{App, HttpResponse, HttpServer, error, rt, web};
use reliability_core::{Outcome, Reliability, sli};

/// 5xx is the service's fault, everything else an answer.
fn by_status(response: &HttpResponse) -> Outcome {
    if response.status().is_server_error() { Outcome::Bad } else { Outcome::Good }
}

#[sli(name = "article", objective = "99.9%", latency = "99% < 100ms", outcome = by_status)]
async fn article(id: web::Path<u32>) -> HttpResponse {
    match id.into_inner() {
        1..=9 => HttpResponse::Ok().body("a lamp"),
        13 => HttpResponse::InternalServerError().finish(),
        _ => HttpResponse::NotFound().finish(),
    }
}

#[sli(name = "order", objective = "99.9%", feature = "purchase")]
async fn order() -> Result<&'static str, error::Error> {
    Err(error::ErrorServiceUnavailable("the warehouse does not answer"))
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let reliability = Reliability::builder().service("actix-example").start()?;

    rt::System::new().block_on(async {
        let app = || App::new().route("/article/{id}", web::get().to(article)).route("/order", web::post().to(order));
        let server = HttpServer::new(app).workers(1).disable_signals().bind(("127.0.0.1", 0))?;
        let address = server.addrs()[0];
        let server = server.run();
        let handle = server.handle();
        rt::spawn(server);
        for call in ["GET /article/1", "GET /article/2", "GET /article/13", "GET /article/99", "POST /order", "GET /"] {
            let status = web::block(move || ask(address, call)).await.map_err(std::io::Error::other)??;
            println!("{call:<15} {status}");
        }
        handle.stop(true).await;
        Ok::<_, std::io::Error>(())
    })?;

    println!();
    let report = reliability.stop();
    for sli in &report.slis {
        println!("{:<8} {} good, {} bad", sli.spec.name, sli.counts.good, sli.counts.bad);
    }
    let counted: Vec<_> = report.slis.iter().map(|sli| (sli.counts.good, sli.counts.bad)).collect();
    if counted == [(3, 1), (0, 1)] { Ok(()) } else { Err("other counts were expected".into()) }
}

/// One request; gives the answer's first line.
fn ask(address: SocketAddr, call: &str) -> std::io::Result<String> {
    let mut stream = TcpStream::connect(address)?;
    write!(stream, "{call} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\ncontent-length: 0\r\n\r\n")?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer)?;
    Ok(answer.lines().next().unwrap_or_default().to_owned())
}
