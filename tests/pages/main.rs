//! The page as people get it: in a real Chromium, live, on a phone, in the dark, by keyboard, under hostile names; and its
//! streams, which end when the service stops.

mod browser;
mod content;
mod golden;
mod hostile;
mod listener;
mod pictures;
mod reading;
mod streams;

use std::net::SocketAddr;
use std::time::Instant;

use reliability_core::status::{Listener, Page};
use reliability_core::{Latency, Objective, Reliability, Sli, SliSpec};

#[allow(clippy::disallowed_methods)] // tests may look at the clock
fn now() -> Instant {
    Instant::now()
}

/// A shop of two indicators with an engine and a page of its own.
struct Shop {
    checkout: &'static Sli,
    search: &'static Sli,
    running: Option<Reliability>,
    listener: Listener,
}

impl Shop {
    fn open(name: &str) -> Self {
        let sli = |spec: SliSpec| -> &'static Sli { Box::leak(Box::new(Sli::from_spec(spec))) };
        let spec = |of: &str| SliSpec::new(Box::leak(format!("{name}-{of}").into_boxed_str()));
        let objective = Objective::parse("99.9%").expect("a share");
        let latency = Latency::parse("99% < 250ms").expect("a latency");
        let checkout =
            sli(spec("checkout").objective(objective).latency(latency).features(&["purchase"]).owner("payments"));
        let search = sli(spec("search").objective(objective).features(&["discovery", "purchase"]).tier(2));
        let running = Reliability::builder()
            .service(format!("{name} shop"))
            .environment("test")
            .only(name)
            .sli(checkout)
            .sli(search)
            .error_texts(str::to_owned)
            .start()
            .expect("it starts");
        let listener = Page::new(running.handle()).listen("127.0.0.1:0").expect("a free port");
        Self { checkout, search, running: Some(running), listener }
    }

    fn address(&self) -> SocketAddr {
        self.listener.address()
    }

    fn url(&self) -> String {
        format!("http://{}/reliability", self.address())
    }

    fn running(&self) -> &Reliability {
        self.running.as_ref().expect("it runs")
    }
}
