//! Names and texts that would rather be markup.

use std::time::Duration;

use reliability_core::status::Page;
use reliability_core::{Objective, Outcome, Reliability, Sli, SliSpec};
use serde_json::Value;

use crate::browser::Browser;

const NASTY: &str = "<img src=x onerror=hacked=1>\"'><script>hacked=2</script></title></style>{body}\u{202e}&lt;";

fn shop(name: &'static str) -> (Reliability, &'static Sli) {
    let spec = SliSpec::new(name).objective(Objective::parse("99%").expect("a share")).features(&[NASTY]).owner(NASTY);
    let sli: &'static Sli = Box::leak(Box::new(Sli::from_spec(spec.label(NASTY))));
    let running = Reliability::builder()
        .service(NASTY)
        .version(NASTY)
        .environment(NASTY)
        .instance(NASTY)
        .only(name)
        .sli(sli)
        .error_texts(str::to_owned)
        .start()
        .expect("it starts");
    sli.begin_labelled(NASTY).end_with(Outcome::Bad, |to| {
        let _ = to.write_str(NASTY);
    });
    sli.record(Outcome::Good, Duration::from_millis(1));
    (running, sli)
}

#[test]
fn a_hostile_name_stays_a_name_when_loaded_and_when_it_comes_by_stream() {
    let (running, sli) = shop("hostile");
    let page = Page::new(running.handle()).listen("127.0.0.1:0").expect("a free port");
    let mut browser = Browser::start();
    browser.open(&format!("http://{}/reliability", page.address()));
    browser.until("document.getElementById('link').textContent === 'Live'");
    sli.begin_labelled(NASTY).end_with(Outcome::Bad, |to| {
        let _ = to.write_str(&NASTY.replace("hacked", "hacked=3;x"));
    });
    browser.until("document.querySelector('details').textContent.includes('hacked=3')");
    assert_eq!(browser.text("typeof hacked"), "undefined");
    assert_eq!(browser.value("document.querySelectorAll('img, body script:not(:last-of-type)').length"), 0);
    assert_eq!(browser.value("document.querySelectorAll('script').length"), 1);
    let title = browser.text("document.title");
    assert!(title.contains("<img src=x onerror=hacked=1>") && !title.contains('\u{202e}'), "{title}");
    let heading = browser.text("document.querySelector('h1').textContent");
    assert!(heading.contains("<script>hacked=2</script>") && heading.contains("{body}"), "{heading}");
    assert_eq!(browser.complaints(), Vec::<Value>::new());
}

#[test]
fn what_got_in_all_the_same_would_not_run() {
    let (running, _) = shop("policed");
    let page = Page::new(running.handle()).listen("127.0.0.1:0").expect("a free port");
    let mut browser = Browser::start();
    browser.open(&format!("http://{}/reliability", page.address()));
    browser.value("document.body.insertAdjacentHTML('beforeend', '<img src=\"x\" onerror=\"window.ran = 1\"><b style=\"color: red\">b</b>')");
    browser.value("document.body.appendChild(document.createElement('script')).textContent = 'window.ran = 2'");
    let refused = |event: &Value| event.to_string().contains("Content Security Policy");
    browser.until("document.querySelector('body > b') !== null");
    assert_eq!(browser.text("typeof window.ran"), "undefined");
    assert!(browser.complaints().iter().any(refused), "the browser says that it refused");
}

#[test]
fn error_texts_are_hidden_by_one_setting() {
    let (running, _) = shop("hidden");
    let page = Page::new(running.handle()).hide_error_texts().listen("127.0.0.1:0").expect("a free port");
    let shown = Page::new(running.handle()).listen("127.0.0.1:0").expect("a free port");
    let mut browser = Browser::start();
    browser.open(&format!("http://{}/reliability", shown.address()));
    browser.until("document.querySelectorAll('q').length === 1");
    browser.open(&format!("http://{}/reliability", page.address()));
    browser.until("document.querySelector('details').textContent.includes('failed')");
    assert_eq!(browser.value("document.querySelectorAll('q').length"), 0);
}
