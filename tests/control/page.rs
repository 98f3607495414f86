//! The page's buttons in a real Chromium: seen with a token alone, which the page keeps in its memory and nowhere else.

use std::time::Duration;

use reliability_core::SetBy;
use reliability_core::compensate::{Policy, Step, Trigger};
use reliability_core::hook::{Command, Hook};
use reliability_core::status::{ControlToken, Page};
use reliability_core::{Flag, Reliability};
use serde_json::Value;

use crate::browser::Browser;
use crate::{KIM, Service, until};

fn open(browser: &mut Browser, service: &Service) {
    browser.open(&format!("http://{}/reliability", service.address()));
    browser.until("document.getElementById('link').textContent === 'Live'");
}

fn type_token(browser: &mut Browser, token: &str) {
    browser.value(&format!("document.getElementById('token').value = '{token}'"));
    browser.value("document.getElementById('show').click()");
}

/// How many buttons a reader sees.
fn seen(browser: &mut Browser) -> u64 {
    let seen = "[...document.querySelectorAll('.hand')].filter((it) => it.checkVisibility()).length";
    browser.value(seen).as_u64().unwrap()
}

fn press(browser: &mut Browser, label: &str) {
    browser.until(&format!("document.querySelector('button[aria-label=\"{label}\"]') !== null"));
    browser.value(&format!("document.querySelector('button[aria-label=\"{label}\"]').click()"));
}

#[test]
fn buttons_act_for_whoever_has_shown_a_token_and_nothing_is_kept() {
    let service = Service::new("hand-page");
    let mut browser = Browser::start();
    open(&mut browser, &service);
    assert_eq!(seen(&mut browser), 0);
    press(&mut browser, "off flag/hand-page-flag");
    type_token(&mut browser, "wrong-0123456789abcdef");
    browser.until("document.getElementById('said').textContent.includes('needs a token that is known')");
    assert_eq!(seen(&mut browser), 0);
    assert!(service.flag.enabled());

    let complaints = browser.complaints().len();
    type_token(&mut browser, KIM);
    browser.until("document.getElementById('said').textContent === 'You act as kim'");
    assert!(seen(&mut browser) >= 4);
    press(&mut browser, "off flag/hand-page-flag");
    until("the flag is off", || !service.flag.enabled());
    assert_eq!(service.flag.set_by(), SetBy::Manual);
    browser.until("document.querySelector('.switches').textContent.includes('manual kim')");
    press(&mut browser, "hand off flag/hand-page-flag");
    until("the flag is on", || service.flag.enabled());
    press(&mut browser, "Engage hand-page");
    until("the policy is engaged", || service.flag.set_by() == SetBy::Policy);
    browser.until("document.querySelector('.policies li').textContent.includes('engaged by hand')");
    press(&mut browser, "Release hand-page");
    until("it is released", || service.flag.set_by() == SetBy::Declared);
    press(&mut browser, "Stop all policies");
    until("all are stopped", || service.running.report().response.kill_switch);
    browser.until("document.querySelector('.kill').textContent.includes('No policy may act')");

    for place in [
        "JSON.stringify(localStorage)",
        "JSON.stringify(sessionStorage)",
        "document.cookie",
        "location.href",
        "document.documentElement.outerHTML",
        "document.getElementById('token').value",
        "JSON.stringify(history.state)",
    ] {
        let held = browser.text(place);
        assert!(!held.contains("0123456789abcdef"), "{place}: {held}");
    }
    assert!(browser.requested().iter().all(|url| !url.contains("0123456789abcdef")));
    assert_eq!(browser.complaints().len(), complaints, "{:?}", browser.complaints());

    // gone with the page, and on a word
    open(&mut browser, &service);
    assert_eq!(seen(&mut browser), 0);
    type_token(&mut browser, KIM);
    browser.until("document.body.dataset.hand === 'on'");
    browser.value("document.getElementById('show').click()");
    assert_eq!(seen(&mut browser), 0);
}

#[test]
fn a_hostile_plan_and_hostile_words_stay_texts() {
    const NASTY: &str = "<img src=x onerror=hacked=1>\"'><script>hacked=2</script>";
    let name = "hostile-hand";
    let flag = Flag::named("hostile-hand-flag", true).unwrap();
    let hook =
        Hook::command(NASTY, Command::new("/bin/echo").arg(NASTY)).cost(NASTY).approval(Duration::from_secs(600));
    let policy = Policy::named(name).unwrap().on(Trigger::by_hand()).step(Step::run(hook)).step(Step::off(flag));
    let running = Reliability::builder().only(name).policy(policy.verify(name, Duration::from_secs(600)).act()).start();
    let running = running.unwrap();
    let token = ControlToken::new(NASTY, KIM).unwrap();
    let page = Page::new(running.handle()).control([token]).listen("127.0.0.1:0").unwrap();
    running.handle().engage(name, Some(NASTY)).unwrap();
    running.handle().set_switch("hostile-hand-flag", Some("off"), Some(NASTY)).unwrap();
    let mut browser = Browser::start();
    browser.open(&format!("http://{}/reliability", page.address()));
    browser
        .until("document.querySelector('pre') !== null && document.querySelector('pre').textContent.includes('<img')");
    browser.until("document.querySelector('.switches').textContent.includes('<script>')");
    type_token(&mut browser, KIM);
    browser.until("document.getElementById('said').textContent.includes('You act as <img')");
    press(&mut browser, "Decline hostile-hand-1");
    until("it is declined", || {
        running
            .report()
            .response
            .approvals
            .iter()
            .all(|approval| approval.state != reliability_core::ApprovalState::Pending)
    });
    assert_eq!(browser.text("typeof hacked"), "undefined");
    assert_eq!(browser.value("document.querySelectorAll('img').length"), 0);
    assert_eq!(browser.value("document.querySelectorAll('script').length"), 1);
    assert_eq!(browser.complaints(), Vec::<Value>::new());
}
