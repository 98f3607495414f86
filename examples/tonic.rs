//! A gRPC service: `#[sli]` on its methods, and the status code says what became of a call.
//!
//! `cargo run -p reliability-examples --example tonic`: a stock service and its client in one process, over loopback HTTP/2.
//! The client makes six calls, the example prints how each was counted, and ends.
//!
//! The attribute stands on the method itself, where the status is at hand. gRPC answers with HTTP 200 even when it fails, so
//! `SliLayer` around a server judges such an answer by its trailers. No `protoc` is needed here; with `tonic-build` the attribute stands just the
//! same, on the methods of the generated trait's `impl`.

use std::convert::Infallible;

use reliability_core::{Reliability, sli};
use tokio::net::TcpListener;
use tonic::codegen::{BoxFuture, Context, Poll, Service, http, tokio_stream};
use tonic::server::{Grpc, NamedService, UnaryService};
use tonic::transport::{Channel, Server};
use tonic::{Code, Request, Response, Status};
use tonic_prost::ProstCodec;

#[derive(Clone, PartialEq, prost::Message)]
struct Order {
    #[prost(string, tag = "1")]
    article: String,
}

#[derive(Clone, PartialEq, prost::Message)]
struct Reserved {
    #[prost(uint32, tag = "1")]
    left: u32,
}

/// What a generated service's method looks like. `NOT_FOUND` is a good answer, `UNAVAILABLE` is the service's fault,
/// `RESOURCE_EXHAUSTED` a refusal.
#[sli(name = "stock-reserve", objective = "99.9%", latency = "99% < 100ms", feature = "purchase")]
async fn reserve(order: Request<Order>) -> Result<Response<Reserved>, Status> {
    match order.get_ref().article.as_str() {
        "book" => Ok(Response::new(Reserved { left: 11 })),
        "lamp" => Err(Status::unavailable("the warehouse does not answer")),
        "tickets" => Err(Status::resource_exhausted("too many at once")),
        other => Err(Status::not_found(format!("no article {other:?}"))),
    }
}

// --- what `tonic-build` would generate -----------------------------------------------------------------------------------
#[derive(Clone)]
struct Stock;

impl NamedService for Stock {
    const NAME: &'static str = "shop.Stock";
}

impl UnaryService<Order> for Stock {
    type Response = Reserved;
    type Future = BoxFuture<Response<Reserved>, Status>;

    fn call(&mut self, order: Request<Order>) -> Self::Future {
        Box::pin(reserve(order))
    }
}

impl Service<http::Request<tonic::body::Body>> for Stock {
    type Response = http::Response<tonic::body::Body>;
    type Error = Infallible;
    type Future = BoxFuture<Self::Response, Infallible>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: http::Request<tonic::body::Body>) -> Self::Future {
        Box::pin(async move {
            Ok(match request.uri().path() {
                "/shop.Stock/Reserve" => {
                    Grpc::new(ProstCodec::<Reserved, Order>::default()).unary(Stock, request).await
                }
                _ => Status::unimplemented("no such method").into_http(),
            })
        })
    }
}
// -------------------------------------------------------------------------------------------------------------------------

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let reliability = Reliability::builder().service("stock").start()?;

    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let address = listener.local_addr()?;
    let incoming = tokio_stream::wrappers::TcpListenerStream::new(listener);
    let server = tokio::spawn(Server::builder().add_service(Stock).serve_with_incoming(incoming));

    let channel = Channel::from_shared(format!("http://{address}"))?.connect().await?;
    let mut client = tonic::client::Grpc::new(channel);
    for article in ["book", "book", "book", "unicorn", "lamp", "tickets"] {
        client.ready().await?;
        let order = Request::new(Order { article: article.to_owned() });
        let path = http::uri::PathAndQuery::from_static("/shop.Stock/Reserve");
        let answer = client.unary(order, path, ProstCodec::<Order, Reserved>::default()).await;
        let code = answer.map_or_else(|status| status.code(), |_: Response<Reserved>| Code::Ok);
        println!("{article:<8} {code:?}");
    }
    server.abort();

    let report = reliability.stop();
    let stock = report.sli("stock-reserve").ok_or("it was declared")?;
    let counts = stock.counts;
    println!("\nstock-reserve: {} good, {} bad, {} shed", counts.good, counts.bad, counts.shed);
    if (counts.good, counts.bad, counts.shed) != (4, 1, 1) {
        return Err("four good answers, one failure and one refusal were expected".into());
    }
    Ok(())
}
