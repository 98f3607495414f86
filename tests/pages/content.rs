//! What the page says, and how soon.

use std::time::Duration;

use reliability_core::{Feature, FeatureSpec, Journey, Missing, Objective, Outcome, PartSpec, Reading};
use serde_json::json;

use crate::Shop;
use crate::browser::Browser;

const QUICK: Duration = Duration::from_millis(20);

#[test]
fn features_come_first_in_words_then_each_objective_with_its_figures() {
    let shop = Shop::open("said");
    for _ in 0..900 {
        shop.checkout.record(Outcome::Good, QUICK);
    }
    for _ in 0..100 {
        shop.checkout.record(Outcome::Bad, QUICK);
    }
    let mut browser = Browser::start();
    browser.open(&shop.url());
    browser.until("document.body.innerText.includes('Somebody is needed')");
    let page = browser.text("document.body.innerText");
    let at = |text: &str| page.find(text).unwrap_or_else(|| panic!("no {text:?} in {page}"));
    assert!(at("said shop") < at("Somebody is needed"), "{page}");
    let sentence = "10 % of said-checkout requests failed in the last hour, 100 times what the objective allows; the budget is spent 100 times over.";
    assert!(at("Somebody is needed") < at(sentence), "{page}");
    assert!(at("purchase") < at("of the budget left") && at("discovery") < at("of the budget left"), "{page}");
    for text in [
        "✕ failing",
        "Nobody has used it yet",
        "owner",
        "900 good",
        "100 bad",
        "Within",
        "1h/5m",
        "page since",
        "judging 3 objectives",
    ] {
        let text = if text == "owner" { "owned by payments" } else { text };
        at(text);
    }
    let requested = browser.requested();
    let own = format!("http://{}/", shop.address());
    assert!(requested.iter().all(|url| url.starts_with(&own) || url == "about:blank"), "one file: {requested:?}");
    assert!(requested.iter().any(|url| url.ends_with("/reliability/stream")), "{requested:?}");
    assert_eq!(browser.value("document.cookie"), "");
    browser.until("document.getElementById('link').textContent === 'Live'");
    assert_eq!(browser.complaints(), Vec::<serde_json::Value>::new());
}

#[test]
fn a_product_manager_reads_how_many_journeys_failed_who_spent_the_budget_and_what_helps() {
    let shop = Shop::open("product");
    let buy = Feature::new("product-buy");
    let spec = FeatureSpec::new(buy.name(), Reading::Journey)
        .title("Buy <b>something</b>")
        .objective(Objective::parse("95%").expect("a share"))
        .part(PartSpec::slo("product-checkout-availability").missing(Missing::Ignored, Duration::ZERO))
        .part(PartSpec::slo("product-search-availability").missing(Missing::Ignored, Duration::ZERO));
    shop.running().handle().set_features(vec![spec]).expect("it is sound");
    let journey = |checkout, search| {
        let mut journey = Journey::begin(&buy);
        journey.enter(|| {
            shop.search.record(search, QUICK);
            shop.checkout.record(checkout, QUICK);
        });
        journey.end();
    };
    (0..97).for_each(|_| () = journey(Outcome::Good, Outcome::Good));
    (0..2).for_each(|_| () = journey(Outcome::Bad, Outcome::Good));
    journey(Outcome::Bad, Outcome::Bad);
    let mut browser = Browser::start();
    browser.open(&shop.url());
    browser.until("document.body.innerText.includes('3 of 100 journeys failed')");
    let page = browser.text("document.querySelector('.features .full').innerText");
    for said in [
        "Buy <b>something</b>",
        "3 of 100 journeys failed in the last 30 days; 40 % of the budget left.",
        "with an objective of 95% another 2 may fail",
        "What would help most: product-checkout-availability (40 % of the budget back)",
        "failed in 3 journeys, 2 alone",
        "60 %",
        "Parts failed together, so what they spent adds up to more than is gone.",
        "Read by journey: one verdict for each journey.",
    ] {
        assert!(page.contains(said), "no {said:?} in {page}");
    }
    // live, as everything is
    journey(Outcome::Bad, Outcome::Good);
    browser.until("document.querySelector('.features .full').innerText.includes('4 of 101 journeys failed')");
    browser.size(360, 640);
    assert_eq!(browser.value("document.documentElement.scrollWidth <= 360"), true);
    assert_eq!(browser.complaints(), Vec::<serde_json::Value>::new());
}

#[test]
fn without_a_script_it_says_the_same_and_comes_again_by_itself() {
    let shop = Shop::open("scriptless");
    shop.search.record(Outcome::Good, QUICK);
    let mut browser = Browser::start();
    browser.call("Emulation.setScriptExecutionDisabled", json!({"value": true}));
    browser.open(&shop.url());
    browser.until("!!document.body && document.body.innerText.includes('All is well')");
    let page = browser.text("document.body.innerText");
    assert!(page.contains("scriptless-search") && page.contains("All is well") && page.contains("As loaded"), "{page}");
    assert_eq!(browser.value("document.querySelector('noscript meta').content"), "5");
    assert_eq!(browser.value("document.getElementById('pause').checkVisibility()"), false, "no button without a use");
    assert_eq!(browser.complaints(), Vec::<serde_json::Value>::new());
}

#[test]
fn a_failure_shows_by_itself_and_what_the_reader_holds_stays() {
    let shop = Shop::open("live");
    shop.checkout.record(Outcome::Good, QUICK);
    let mut browser = Browser::start();
    browser.size(1000, 500);
    browser.open(&shop.url());
    browser.until("document.getElementById('link').textContent === 'Live'");
    browser.value(
        "window.held = document.querySelector('details'); held.open = true; held.scrollIntoView();
         document.querySelector('.features a').focus({ preventScroll: true }); window.top_ = held.getBoundingClientRect().top",
    );
    browser.value("getSelection().selectAllChildren(document.querySelector('h1'))");
    shop.checkout.begin().end_with(Outcome::Bad, |to| {
        let _ = to.write_str("the card was eaten");
    });
    let took = browser.until("document.querySelector('details').innerText.includes('the card was eaten')");
    println!("a failure was on the page after {} ms", took.as_millis());
    browser.until("document.querySelector('.headline').innerText.includes('Watch it') || document.querySelector('.headline').innerText.includes('Somebody is needed')");
    for held in [
        "window.held === document.querySelector('details') && window.held.open",
        "document.activeElement === document.querySelector('.features a')",
        "Math.abs(held.getBoundingClientRect().top - top_) < 1.5",
        "getSelection().toString().includes('live shop')",
    ] {
        assert_eq!(browser.value(held), true, "{held}");
    }
    assert_eq!(browser.complaints(), Vec::<serde_json::Value>::new());
}

#[test]
fn a_paused_page_stands_still_and_a_stopped_service_is_said_to_be_gone() {
    let mut shop = Shop::open("still");
    let mut browser = Browser::start();
    browser.open(&shop.url());
    browser.until("document.getElementById('link').textContent === 'Live'");
    browser.value("document.getElementById('pause').click()");
    assert_eq!(browser.value("document.getElementById('pause').getAttribute('aria-pressed')"), "true");
    assert_eq!(browser.value("document.getElementById('link').textContent"), "Paused");
    let before = browser.text("document.querySelector('main').innerText");
    shop.checkout.record(Outcome::Bad, QUICK);
    // two renderings go by
    std::thread::sleep(Duration::from_millis(2_500));
    assert_eq!(browser.text("document.querySelector('main').innerText"), before);
    browser.value("document.getElementById('pause').click()");
    browser.until("document.querySelector('main').innerText.includes('1 bad')");
    shop.running.take().expect("it runs").stop();
    browser.until("document.getElementById('link').textContent === 'Connection lost'");
}
