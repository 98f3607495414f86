//! The page without a web framework: where it listens, whom it answers, how it ends.

use std::net::{TcpListener, TcpStream};

use reliability_core::status::Page;

use crate::Shop;
use crate::streams::{ask, fetch};

#[test]
fn it_answers_on_loopback_and_leads_to_the_page() {
    let shop = Shop::open("alone");
    assert!(shop.address().ip().is_loopback());
    let (head, _) = ask(shop.address(), "GET", "/", "127.0.0.1:9464");
    assert!(head.starts_with("HTTP/1.1 307") && head.contains("location: reliability"), "{head}");
    assert!(fetch(shop.address(), "/reliability").1.contains("alone-checkout"));
    assert!(fetch(shop.address(), "/reliability.json").1.starts_with('{'));
    assert!(ask(shop.address(), "GET", "/elsewhere", "localhost").0.starts_with("HTTP/1.1 404"));
}

#[test]
fn on_loopback_no_other_name_is_answered() {
    let shop = Shop::open("rebound");
    for host in ["evil.example", "localhost.evil.example", ""] {
        let (head, body) = ask(shop.address(), "GET", "/reliability.json", host);
        assert!(head.starts_with("HTTP/1.1 421") && !body.contains("rebound"), "{host}: {head}");
    }
    let everywhere = Page::new(shop.running().handle()).listen("0.0.0.0:0").expect("a free port");
    let port = everywhere.address().port();
    let (head, _) = ask(([127, 0, 0, 1], port).into(), "GET", "/reliability.json", "shop.internal");
    assert!(head.starts_with("HTTP/1.1 200"), "whoever opens it decides who may come: {head}");
}

#[test]
fn a_taken_port_and_a_foreign_address_are_clear_errors() {
    let shop = Shop::open("taken");
    let taken = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = taken.local_addr().expect("an address").to_string();
    let page = Page::new(shop.running().handle());
    let error = page.clone().listen(address.as_str()).expect_err("it is taken");
    assert_eq!(
        error.to_string(),
        format!("{address} is taken by another program; choose another port, or port 0 for a free one")
    );
    let error = page.clone().listen("192.0.2.1:0").expect_err("it is somebody else's");
    assert_eq!(error.to_string(), "192.0.2.1:0 is no address of this machine");
    assert!(
        page.listen("no address").expect_err("it is none").to_string().starts_with("cannot listen on no address: ")
    );
}

#[test]
fn it_ends_when_stopped_when_dropped_and_with_the_service() {
    let mut shop = Shop::open("ends");
    let page = Page::new(shop.running().handle());
    let is_open = |address| TcpStream::connect(address).is_ok();
    let stopped = page.clone().listen("127.0.0.1:0").expect("a free port");
    let dropped = page.clone().listen("127.0.0.1:0").expect("a free port");
    let (first, second) = (stopped.address(), dropped.address());
    assert!(is_open(first) && is_open(second));
    stopped.stop();
    drop(dropped);
    assert!(!is_open(first) && !is_open(second));
    let again = page.listen(first).expect("its port is free again");
    shop.running.take().expect("it runs").stop();
    let begun = crate::now();
    while is_open(again.address()) || is_open(shop.address()) {
        assert!(begun.elapsed() < crate::browser::PATIENCE, "it outlives the service");
        std::thread::sleep(std::time::Duration::from_millis(5));
    }
}
