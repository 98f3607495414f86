//! The page of a known report, word for word, and the policy that lets its own style and script run.

use std::path::Path;
use std::time::Duration;

use base64::Engine as _;
use reliability_core::status::Page;
use reliability_core::testkit::Lab;
use reliability_core::{Feature, FeatureSpec, Journey, Latency, Objective, Outcome, PartSpec, Reading, Sli, SliSpec};
use sha2::{Digest, Sha256};

use crate::streams::fetch;

/// Compares with what is kept, or keeps it.
fn golden(path: &str, found: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(path);
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        std::fs::write(&path, found).expect("it can be written");
    }
    let kept = std::fs::read_to_string(&path).unwrap_or_default();
    assert_eq!(found, kept, "{} has changed: if on purpose, run again with UPDATE_GOLDEN=1", path.display());
}

#[test]
fn the_policy_names_the_style_and_the_script_by_their_hashes() {
    let status = Path::new(env!("CARGO_MANIFEST_DIR")).join("../reliability-core/src/status");
    let hash = |file: &str| {
        let text = std::fs::read(status.join(file)).expect("it is there");
        format!("'sha256-{}'", base64::prelude::BASE64_STANDARD.encode(Sha256::digest(text)))
    };
    let policy = format!(
        "default-src 'none'; style-src {}; script-src {}; connect-src 'self'; base-uri 'none'; form-action 'none'; \
         frame-ancestors 'none'\n",
        hash("page.css"),
        hash("page.js"),
    );
    golden("../reliability-core/src/status/policy.txt", &policy);
}

#[test]
fn a_known_report_gives_the_known_page() {
    let spec = |name| SliSpec::new(name).objective(Objective::parse("99.9%").expect("a share"));
    let checkout = Sli::from_spec(
        spec("checkout")
            .latency(Latency::parse("99% < 250ms").expect("a latency"))
            .features(&["purchase"])
            .owner("payments"),
    );
    let search = Sli::from_spec(spec("search").features(&["discovery"]).tier(2));
    let mut lab = Lab::judging([&checkout, &search]);
    let buy = Feature::new("buy-of-golden");
    let spec = FeatureSpec::new(buy.name(), Reading::Journey)
        .title("Buy something")
        .objective(Objective::parse("99%").expect("a share"))
        .part(PartSpec::slo("checkout-availability"))
        .part(PartSpec::slo("search-availability").optional());
    let both = FeatureSpec::new("find-and-buy", Reading::Series)
        .objective(Objective::parse("98%").expect("a share"))
        .part(PartSpec::feature("buy-of-golden"))
        .part(PartSpec::slo("checkout-latency-250ms"));
    lab.set_features(vec![spec, both]).expect("they are sound");
    let buying = |outcome| {
        let mut journey = Journey::begin(&buy);
        journey.enter(|| checkout.record(outcome, Duration::from_millis(30)));
        journey.end();
    };
    // well for ten minutes, a gap of five, and then every tenth fails
    for second in 0..600 {
        (0..10).for_each(|_| checkout.record(Outcome::Good, Duration::from_millis(20)));
        lab.advance(Duration::from_secs(1));
        if second == 300 {
            lab.advance_by(Duration::from_secs(300), Duration::from_secs(300));
        }
    }
    for _ in 0..60 {
        (0..9).for_each(|_| checkout.record(Outcome::Good, Duration::from_millis(20)));
        buying(Outcome::Bad);
        (0..40).for_each(|_| buying(Outcome::Good));
        checkout.record(Outcome::Good, Duration::from_millis(300));
        lab.advance(Duration::from_secs(1));
    }
    let page = Page::new(lab.handle()).listen("127.0.0.1:0").expect("a free port");
    let (_, html) = fetch(page.address(), "/reliability");
    let body = html.split_once("<body").expect("a body").1.split_once("<script").expect("a script").0;
    golden("pages/page.html", &without_wall_clock(body));
}

/// Without what differs from run to run: the times of the last failures, which are the wall clock's, and the skeleton.
fn without_wall_clock(body: &str) -> String {
    let (_, body) = body.split_once('>').expect("the tag of the body");
    let lines = body.split_inclusive('>').map(|line| {
        let is_wall = line.contains("20") && !line.contains("2026-03-01");
        match line {
            line if is_wall && line.starts_with("<time datetime") => "<time>",
            line if is_wall && line.ends_with("</time>") => "(wall clock)</time>",
            line => line,
        }
    });
    lines.flat_map(|line| [line, "\n"]).collect()
}
