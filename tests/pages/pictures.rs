//! Pictures of the page: by themselves of a small shop, and on demand of any page, which is how README's are made.
//!
//! `PICTURES_OF=http://127.0.0.1:8080/reliability PICTURES_TO=examples/storefront` before the test command takes the three
//! pictures of a running `storefront`.

use std::path::Path;
use std::time::Duration;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use reliability_core::Outcome;

use crate::Shop;
use crate::browser::Browser;

#[test]
fn a_picture_is_taken_in_light_in_dark_and_of_a_phone() {
    let shop = Shop::open("pictured");
    for _ in 0..40 {
        shop.search.record(Outcome::Good, Duration::from_millis(7));
        shop.checkout.record(Outcome::Good, Duration::from_millis(30));
    }
    shop.checkout.record(Outcome::Bad, Duration::from_millis(300));
    let of = std::env::var("PICTURES_OF").unwrap_or_else(|_| shop.url());
    // a folder of the workspace
    let to = std::env::var_os("PICTURES_TO").map(|to| Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(to));
    let mut browser = Browser::start();
    let mut taken = Vec::new();
    let worst =
        "(document.querySelector('article:has(.badge.bad)') || document.querySelector('article:has(.badge.warn)'))";
    for (name, scheme, wide, high, of_what) in [
        ("page", "light", 1200, 800, None),
        ("page-dark", "dark", 1200, 800, None),
        ("page-phone", "light", 390, 844, None),
        ("page-objective", "light", 1200, 900, Some(worst)),
        ("page-objective-dark", "dark", 1200, 900, Some(worst)),
    ] {
        browser.prefers(scheme);
        browser.size(wide, high);
        browser.open(&of);
        browser.until("document.getElementById('link').textContent === 'Live'");
        let picture = BASE64_STANDARD.decode(browser.picture(of_what)).expect("base 64");
        assert!(picture.starts_with(b"\x89PNG") && picture.len() > 10_000, "{} bytes", picture.len());
        if let Some(to) = &to {
            std::fs::write(to.join(name).with_extension("png"), &picture).expect("it can be written");
        }
        taken.push(picture);
    }
    assert!(taken[0] != taken[1] && taken[0] != taken[2]);
}
