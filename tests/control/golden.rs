//! The policies' part of the page of a known report, word for word.

use std::path::Path;
use std::time::Duration;

use reliability_core::compensate::{Policy, Step, Trigger};
use reliability_core::status::{ControlToken, Page};
use reliability_core::testkit::Lab;
use reliability_core::{Flag, Objective, Outcome, Sli};

use crate::{KIM, ask};

#[test]
fn known_policies_give_the_known_part_of_the_page() {
    static BANNERS: Flag = Flag::on("known-banners");
    let sli = Sli::named("known").unwrap().declare(|spec| spec.objective(Objective::parse("99.9%").unwrap()));
    let act = Policy::named("known-act")
        .unwrap()
        .on(Trigger::detected("known"))
        .step(Step::off(&BANNERS).costs("no banners"));
    let watch = Policy::named("known-watch").unwrap().on(Trigger::detected("known")).step(Step::off(&BANNERS));
    let hand = Policy::named("known-hand").unwrap().on(Trigger::by_hand()).step(Step::off(&BANNERS));
    let minute = Duration::from_secs(60);
    let policies =
        [hand.verify("known", minute).act(), watch.verify("known", minute).shadow(), act.verify("known", minute).act()];
    let mut lab = Lab::judging([&sli]).with_policies(policies);
    lab.advance(minute);
    sli.record_many(Outcome::Bad, 20);
    lab.advance(Duration::from_secs(1));
    assert!(!BANNERS.enabled());
    let token = ControlToken::new("kim", KIM).unwrap();
    let page = Page::new(lab.handle()).control([token]).listen("127.0.0.1:0").unwrap();
    let (_, _, html) = ask(page.address(), "GET", "/reliability", "", "");
    let part = html.split_once("<p class=\"kill\"").unwrap().1.split_once("<ul class=\"approvals\"").unwrap().0;
    let found: String = part.split_inclusive('>').flat_map(|line| [line, "\n"]).collect();
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("control/policies.html");
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        std::fs::write(&path, &found).unwrap();
    }
    let kept = std::fs::read_to_string(&path).unwrap_or_default();
    assert_eq!(found, kept, "{} has changed: if on purpose, run again with UPDATE_GOLDEN=1", path.display());
}
