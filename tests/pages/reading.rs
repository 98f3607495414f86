//! Who reads it how: on a phone, in the dark, by keyboard, by ear.

use std::time::Duration;

use reliability_core::Outcome;
use serde_json::{Value, json};

use crate::Shop;
use crate::browser::Browser;

/// The smallest contrast of any text with what lies behind it, after WCAG 2.2, and the text.
const CONTRAST: &str = r"(() => {
  const parse = (color) => color.match(/[\d.]+/g).map(Number);
  const light = ([r, g, b]) => [r, g, b]
    .map((c) => c / 255).map((c) => (c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4))
    .reduce((sum, c, i) => sum + c * [0.2126, 0.7152, 0.0722][i], 0);
  const behind = (element) => {
    for (let e = element; e; e = e.parentElement) {
      const color = parse(getComputedStyle(e).backgroundColor);
      if (color.length === 3 || color[3] === 1) return color;
    }
    return [255, 255, 255];
  };
  let least = [99, ''];
  const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (texts.nextNode()) {
    const element = texts.currentNode.parentElement;
    if (!texts.currentNode.data.trim() || !element.checkVisibility() || /SCRIPT|STYLE/.test(element.tagName)) continue;
    const [a, b] = [light(parse(getComputedStyle(element).color)), light(behind(element))].sort((x, y) => y - x);
    const contrast = (a + 0.05) / (b + 0.05);
    if (contrast < least[0]) least = [contrast, texts.currentNode.data];
  }
  return least;
})()";

fn failing(name: &str) -> Shop {
    let shop = Shop::open(name);
    for outcome in [Outcome::Good, Outcome::Good, Outcome::Bad] {
        shop.checkout.record(outcome, Duration::from_millis(20));
        shop.search.record(Outcome::Good, Duration::from_millis(20));
    }
    shop
}

#[test]
fn nothing_reaches_over_the_side_of_a_phone_and_text_is_legible_in_light_and_dark() {
    let shop = failing("sizes");
    let mut browser = Browser::start();
    for scheme in ["light", "dark"] {
        browser.prefers(scheme);
        for (wide, high) in [(360, 740), (390, 844), (768, 1024), (1280, 900)] {
            browser.size(wide, high);
            browser.open(&shop.url());
            browser.until("document.getElementById('link').textContent === 'Live'");
            browser.value("document.querySelectorAll('details').forEach((one) => (one.open = true))");
            let over = browser.value(
                "[...document.querySelectorAll('body *')].filter((e) => e.checkVisibility() && !e.closest('.skip') && !e.closest('svg')
                    && e.getBoundingClientRect().right > document.documentElement.clientWidth + 0.5).map((e) => e.outerHTML.slice(0, 200))",
            );
            assert_eq!(over, json!([]), "{scheme}, {wide} wide");
            let (full, seen) = ("document.documentElement.scrollWidth", "document.documentElement.clientWidth");
            assert_eq!(browser.value(full), browser.value(seen), "{scheme}, {wide} wide");
            let least = browser.value(CONTRAST);
            assert!(least[0].as_f64().expect("a number") >= 4.5, "{scheme}: {least}");
        }
        let back = browser.text("getComputedStyle(document.body).backgroundColor");
        let dark = browser.value("getComputedStyle(document.body).backgroundColor.match(/\\d+/g).every((c) => c < 60)");
        assert_eq!(dark, scheme == "dark", "{back}");
    }
    assert_eq!(browser.complaints(), Vec::<Value>::new());
}

#[test]
fn everything_is_reached_by_keyboard_and_in_order() {
    let shop = failing("keys");
    let mut browser = Browser::start();
    browser.open(&shop.url());
    browser.until("document.getElementById('link').textContent === 'Live'");
    browser.press("Tab");
    assert_eq!(browser.text("document.activeElement.textContent"), "To the objectives");
    assert_eq!(
        browser.value("document.activeElement.getBoundingClientRect().left >= 0"),
        true,
        "seen when it has the focus"
    );
    browser.press("Enter");
    browser.until("location.hash === '#objectives' && document.activeElement.id === 'objectives'");
    browser.press("Tab");
    assert_eq!(browser.text("document.activeElement.tagName"), "SUMMARY");
    browser.press("Enter");
    browser.until("document.activeElement.parentElement.open");
    // a link at the top leads to its objective and takes the reader there
    browser.value("document.querySelector('.needy a').focus()");
    browser.press("Enter");
    browser.until(
        "document.activeElement.tagName === 'ARTICLE' && document.activeElement.innerText.includes('keys-checkout')",
    );
    let outlined = "(() => { document.getElementById('pause').focus(); return getComputedStyle(document.activeElement).outlineStyle })()";
    assert_ne!(browser.text(outlined), "");
    assert_eq!(browser.complaints(), Vec::<Value>::new());
}

#[test]
fn a_screen_reader_finds_landmarks_headings_and_a_name_for_everything() {
    let shop = failing("ears");
    let mut browser = Browser::start();
    browser.open(&shop.url());
    browser.until("document.getElementById('link').textContent === 'Live'");
    let tree = browser.call("Accessibility.getFullAXTree", json!({}));
    let nodes: Vec<&Value> =
        tree["nodes"].as_array().expect("nodes").iter().filter(|node| node["ignored"] != true).collect();
    let named = |role: &str| -> Vec<&str> {
        let of = nodes.iter().filter(|node| node["role"]["value"] == role);
        of.map(|node| node["name"]["value"].as_str().unwrap_or_default()).collect()
    };
    assert_eq!(browser.value("document.documentElement.lang"), "en");
    for landmark in ["banner", "main", "contentinfo"] {
        assert_eq!(named(landmark).len(), 1, "{landmark}");
    }
    assert_eq!(named("region"), ["Verdict", "Features", "Objectives", "What happened"]);
    let headings = named("heading");
    assert_eq!(headings[..2], ["ears shop", "Features"]);
    for role in ["link", "button", "heading", "article", "table", "image", "DisclosureTriangle"] {
        assert!(named(role).iter().all(|name| !name.is_empty()), "{role}: {:?}", named(role));
    }
    assert!(named("article").contains(&"ears-checkout"), "{:?}", named("article"));
    assert!(named("table").iter().all(|name| name.contains("How fast the budget burns")), "{:?}", named("table"));
    let levels = browser.value("[...document.querySelectorAll('h1,h2,h3,h4')].map((h) => +h.tagName[1])");
    let levels: Vec<u64> = levels.as_array().expect("levels").iter().filter_map(Value::as_u64).collect();
    assert!(levels.windows(2).all(|pair| pair[1] <= pair[0] + 1), "no level is left out: {levels:?}");
    let said = browser.text("[...document.querySelectorAll('[role=status]')].map((e) => e.innerText).join('|')");
    assert!(said.contains("Somebody is needed") || said.contains("Watch it"), "{said}");
}
