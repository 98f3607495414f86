//! Which of the shop's switches is turned when, how one sees that it helped, and what it costs the visitors.
//!
//! Each policy names a trigger, its steps from the cheapest to the dearest, and whose calls must be better afterwards. All are
//! undone by themselves: a share at a time where there are shares, and later each time that it was too early. For an overload
//! there is none: the gate at the front door decides by itself, request by request.
//!
//! The times are those of a show of a minute; a real shop holds for minutes.

use std::time::Duration;

use reliability_core::NameError;
use reliability_core::compensate::{Draft, Policy, Step, Trigger};

use crate::shop::switches::{CHECKOUT, HOME, NEW_HOME, RECOMMENDATIONS};
use crate::shop::{PAYMENTS, RECOMMENDER};

/// Within this time a step must have helped.
const HELPS_WITHIN: Duration = Duration::from_secs(3);

/// The shop's policies.
///
/// # Errors
/// If a name is none.
pub(crate) fn all() -> Result<[Policy; 3], NameError> {
    Ok([
        // Orders that wait go on asking the payment service, so it is known to be ill as long as it is, and known to be well
        // again before a customer is asked to pay at once.
        paced(
            Policy::named("pay-later")?.on(Trigger::dependency(PAYMENTS)).step(
                Step::rung(&CHECKOUT, "charge-later").costs("the order is accepted, and the card is charged later"),
            ),
        )
        .verify("checkout", HELPS_WITHIN)
        .act(),
        // Pages of goods wait a tenth of a second for their recommendations, and so notice first. That the service itself is in
        // trouble keeps an overload from being taken for this; that the pages are is what ends when it is switched off, while
        // nobody calls the service any more.
        paced(
            Policy::named("without-recommendations")?
                .on(Trigger::detected("browse").and(Trigger::dependency(RECOMMENDER)))
                .step(Step::off(&RECOMMENDATIONS).costs("pages come without their recommendations"))
                .step(Step::rung(&HOME, "cached").costs("a home page that was made for somebody else")),
        )
        .verify("home", HELPS_WITHIN)
        .act(),
        // Half of the visitors have the new page. If both pages fail alike it is innocent, and left alone.
        paced(
            Policy::named("known-good-home")?
                .on(Trigger::detected("home"))
                .step(Step::off(&NEW_HOME).costs("everybody has the home page of before"))
                .step(Step::rung(&HOME, "cached").costs("a home page that was made for somebody else"))
                .step(Step::rung(&HOME, "static").costs("a home page without any goods")),
        )
        .verify("home", HELPS_WITHIN)
        .act(),
    ])
}

fn paced(policy: Draft) -> Draft {
    policy
        .hold(Duration::from_secs(5))
        .calm(Duration::from_secs(2))
        .probe_for(Duration::from_secs(2))
        .cool_down(Duration::from_secs(3))
        .at_most(20, Duration::from_secs(3_600))
}
