//! A person's hand on what acts: by the endpoint with a token, by the page's buttons in a real Chromium; and the gate that
//! pipelines ask.

#[path = "../pages/browser.rs"]
#[allow(dead_code)] // the pages use more of it
mod browser;
mod gate;
mod golden;
mod orders;
mod page;

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::{Duration, Instant};

use reliability_core::compensate::{Policy, Step, Trigger};
use reliability_core::status::{ControlToken, Listener, Page};
use reliability_core::{Flag, Objective, Reliability, Sli};
use serde_json::Value;

#[allow(clippy::disallowed_methods)] // tests may look at the clock
fn now() -> Instant {
    Instant::now()
}

const KIM: &str = "kim-0123456789abcdef";
const ALEX: &str = "alex-0123456789abcdef";

/// A service with a policy on a flag, and a page that Kim and Alex may act by.
struct Service {
    sli: &'static Sli,
    flag: &'static Flag,
    name: &'static str,
    running: Reliability,
    listener: Listener,
}

impl Service {
    fn named(name: &'static str, step: impl FnOnce(&'static Flag) -> Step) -> Self {
        let flag = Flag::named(&format!("{name}-flag"), true).unwrap();
        let declared = Sli::named(name).unwrap().declare(|spec| spec.objective(Objective::parse("99.9%").unwrap()));
        let sli: &'static Sli = Box::leak(Box::new(declared));
        let policy = Policy::named(name).unwrap().on(Trigger::by_hand()).step(step(flag));
        let watching = Policy::named(&format!("{name}-shadow")).unwrap().on(Trigger::by_hand()).step(Step::off(flag));
        let running = Reliability::builder()
            .service(name)
            .only(name)
            .sli(sli)
            .policy(policy.verify(name, Duration::from_secs(3_600)).act())
            .policy(watching.verify(name, Duration::from_secs(3_600)).shadow())
            .start()
            .unwrap();
        let tokens = [ControlToken::new("kim", KIM).unwrap(), ControlToken::new("alex", ALEX).unwrap()];
        let listener = Page::new(running.handle()).control(tokens).listen("127.0.0.1:0").unwrap();
        Self { sli, flag, name, running, listener }
    }

    fn new(name: &'static str) -> Self {
        Self::named(name, Step::off)
    }

    fn address(&self) -> SocketAddr {
        self.listener.address()
    }

    /// Kim's order.
    fn order(&self, path: &str, body: &str) -> (u16, Value) {
        order(self.address(), path, Some(KIM), body)
    }
}

/// An answer: status, head, body.
fn ask(address: SocketAddr, method: &str, path: &str, headers: &str, body: &str) -> (u16, String, String) {
    let mut stream = TcpStream::connect(address).unwrap();
    let length = body.len();
    let request = format!(
        "{method} {path} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\ncontent-length: {length}\r\n{headers}\r\n{body}"
    );
    stream.write_all(request.as_bytes()).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    (head.split(' ').nth(1).unwrap().parse().unwrap(), head.to_lowercase(), body.to_owned())
}

fn order(address: SocketAddr, path: &str, token: Option<&str>, body: &str) -> (u16, Value) {
    let token = token.map(|token| format!("authorization: Bearer {token}\r\n")).unwrap_or_default();
    let headers = format!("{token}content-type: application/json\r\n");
    let (status, head, body) = ask(address, "POST", &format!("/reliability/control/{path}"), &headers, body);
    assert!(head.contains("cache-control: no-store") && head.contains("application/json"), "{head}");
    (status, serde_json::from_str(&body).unwrap())
}

fn until(what: &str, mut is_so: impl FnMut() -> bool) {
    for _ in 0..2_000 {
        if is_so() {
            return;
        }
        std::thread::sleep(Duration::from_millis(5));
    }
    panic!("never: {what}");
}
