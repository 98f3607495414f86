//! The stream of changes: what is sent, to how many, and that it never outlives the service.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use axum::Router;
use reliability_core::{Outcome, status};
use serde_json::Value;

use crate::browser::PATIENCE;
use crate::{Shop, now};

/// What a shutdown may take, ten viewers or none.
const SHUTDOWN: Duration = Duration::from_secs(1);

fn send(address: SocketAddr, method: &str, path: &str, host: &str) -> TcpStream {
    let mut line = TcpStream::connect(address).expect("it listens");
    line.set_read_timeout(Some(PATIENCE)).expect("a limit");
    write!(line, "{method} {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n").expect("it is sent");
    line
}

/// The whole answer: head and body.
pub(crate) fn ask(address: SocketAddr, method: &str, path: &str, host: &str) -> (String, String) {
    let mut answer = String::new();
    send(address, method, path, host).read_to_string(&mut answer).expect("it ends");
    let (head, body) = answer.split_once("\r\n\r\n").expect("a head");
    (head.to_owned(), body.to_owned())
}

pub(crate) fn fetch(address: SocketAddr, path: &str) -> (String, String) {
    let (head, body) = ask(address, "GET", path, "localhost");
    assert!(head.starts_with("HTTP/1.1 200"), "{path}: {head}");
    (head, body)
}

/// One who follows the stream.
struct Viewer(BufReader<TcpStream>);

impl Viewer {
    fn follow(address: SocketAddr, path: &str) -> Self {
        let mut viewer = Self(BufReader::new(send(address, "GET", path, "localhost")));
        let mut line = String::new();
        viewer.0.read_line(&mut line).expect("an answer");
        assert!(line.starts_with("HTTP/1.1 200"), "{line}");
        viewer
    }

    /// The next event's data, or nothing at the end.
    fn next(&mut self) -> Option<Value> {
        let mut line = String::new();
        while self.0.read_line(&mut line).expect("the stream goes on or ends") > 0 {
            if let Some(data) = line.strip_prefix("data: ") {
                return Some(serde_json::from_str(data).expect("JSON"));
            }
            line.clear();
        }
        None
    }
}

#[test]
fn a_viewer_gets_the_whole_and_then_what_changed() {
    let shop = Shop::open("parts");
    let mut viewer = Viewer::follow(shop.address(), "/reliability/stream");
    let first = viewer.next().expect("the whole");
    let all = first["parts"].as_object().expect("parts").clone();
    let (head, page) = fetch(shop.address(), "/reliability");
    assert!(page.contains(&format!("data-skeleton=\"{}\"", first["skeleton"].as_str().expect("a hash"))));
    for (id, _) in &all {
        assert!(page.contains(&format!(" id=\"{id}\"")), "{id}");
    }
    assert!(head.contains("cache-control: no-store") && head.contains("x-content-type-options: nosniff"), "{head}");
    shop.checkout.record(Outcome::Bad, Duration::from_millis(1));
    let news =
        std::iter::from_fn(|| viewer.next()).find(|event| event.to_string().contains("1</b> bad")).expect("it comes");
    let changed = news["parts"].as_object().expect("parts");
    assert_eq!(news["skeleton"], first["skeleton"]);
    assert!(changed.len() < all.len(), "search has no news: {:?}", changed.keys());
}

#[test]
fn ten_viewers_do_not_hold_up_a_server_that_shuts_down_in_order() {
    let mut shop = Shop::open("orderly");
    let handle = shop.running().handle();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    let (address, running) = {
        let listener = runtime.block_on(tokio::net::TcpListener::bind("127.0.0.1:0")).expect("a port");
        let address = listener.local_addr().expect("an address");
        let app: Router = Router::new().nest("/ops/inner", status::router(handle.clone()));
        let (ask, asked) = tokio::sync::oneshot::channel::<()>();
        let says = handle.clone();
        let shutdown = async move {
            let _ = asked.await;
            says.begin_stop();
        };
        let serve = async move { axum::serve(listener, app).with_graceful_shutdown(shutdown).await };
        (address, (ask, std::thread::spawn(move || runtime.block_on(serve))))
    };
    let mut viewers: Vec<Viewer> = (0..10).map(|_| Viewer::follow(address, "/ops/inner/reliability/stream")).collect();
    for viewer in &mut viewers {
        viewer.next().expect("it looks");
    }
    let (ask, server) = running;
    let begun = now();
    ask.send(()).expect("somebody listens");
    server.join().expect("no panic").expect("served");
    let took = begun.elapsed();
    println!("a shutdown in order with ten viewers took {} ms", took.as_millis());
    assert!(took <= SHUTDOWN, "{took:?}");
    for viewer in &mut viewers {
        while viewer.next().is_some() {}
    }
    // the judge goes on until it is stopped: what the last requests did is counted
    shop.checkout.record(Outcome::Good, Duration::from_millis(1));
    let report = shop.running.take().expect("it runs").stop();
    assert_eq!(report.slis[0].counts.good, 1);
}

#[test]
fn streams_end_when_the_judge_stops_and_a_late_viewer_is_told_not_to_come_again() {
    let mut shop = Shop::open("stopped");
    let page = status::Page::new(shop.running().handle());
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    let listener = runtime.block_on(tokio::net::TcpListener::bind("127.0.0.1:0")).expect("a port");
    let address = listener.local_addr().expect("an address");
    let app: Router = page.router();
    std::thread::spawn(move || runtime.block_on(async { axum::serve(listener, app).await }));
    let mut viewer = Viewer::follow(address, "/reliability/stream");
    viewer.next().expect("it looks");
    shop.running.take().expect("it runs").stop();
    while viewer.next().is_some() {}
    let (head, _) = ask(address, "GET", "/reliability/stream", "localhost");
    assert!(head.starts_with("HTTP/1.1 204"), "{head}");
    assert!(fetch(address, "/reliability").1.contains("stopped-checkout"), "the page still tells what was");
}

#[test]
fn whoever_is_one_too_many_is_told_to_come_again() {
    let shop = Shop::open("crowd");
    let crowd: Vec<Viewer> = (0..64).map(|_| Viewer::follow(shop.address(), "/reliability/stream")).collect();
    let (head, _) = ask(shop.address(), "GET", "/reliability/stream", "localhost");
    assert!(head.starts_with("HTTP/1.1 503") && head.contains("retry-after: 5"), "{head}");
    fetch(shop.address(), "/reliability");
    drop(crowd);
    let begun = now();
    // a server notices at the next event that a viewer has gone
    while !ask_head(shop.address()).starts_with("HTTP/1.1 200") {
        assert!(begun.elapsed() < PATIENCE, "nobody makes room");
        std::thread::sleep(Duration::from_millis(50));
    }
}

fn ask_head(address: SocketAddr) -> String {
    let mut line = String::new();
    BufReader::new(send(address, "GET", "/reliability/stream", "localhost")).read_line(&mut line).expect("an answer");
    line
}

#[test]
fn it_can_only_be_read() {
    let shop = Shop::open("readonly");
    for path in ["/reliability", "/reliability.json", "/reliability/stream"] {
        for method in ["POST", "PUT", "DELETE", "PATCH"] {
            assert!(ask(shop.address(), method, path, "localhost").0.starts_with("HTTP/1.1 405"), "{method} {path}");
        }
    }
    for path in ["/reliability", "/reliability.json"] {
        let (head, body) = ask(shop.address(), "HEAD", path, "localhost");
        assert!(head.starts_with("HTTP/1.1 200") && body.is_empty(), "{head}");
        assert!(!head.contains("set-cookie") && !head.contains("access-control"), "{head}");
    }
    let (head, _) = fetch(shop.address(), "/reliability");
    assert!(head.contains("content-security-policy: default-src 'none'; style-src 'sha256-"), "{head}");
}
