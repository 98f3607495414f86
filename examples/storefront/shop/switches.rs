//! Everything about the shop that can be turned off, turned down or closed, by a policy or by hand.
//!
//! Each is a static and costs a request one load. Who turns them, and when, stands in `policies.rs`; the page shows them, and
//! with `--token` as buttons.

use std::time::Duration;

use reliability_core::{Flag, Gate, Ladder, Share};

/// The latency that the shop has promised on its pages: what the gate takes for slow.
const PROMISED: Duration = Duration::from_millis(250);

/// Where visitors come in. It finds out by itself how many the shop can serve, and refuses the least important first.
pub(crate) static FRONT_DOOR: Gate = Gate::new("front-door").slo(PROMISED);

/// What is "for you" on the home page and beside the goods.
pub(crate) static RECOMMENDATIONS: Flag = Flag::on("recommendations");

/// A home page that half of the visitors get, so that both can be compared.
pub(crate) static NEW_HOME: Flag = Flag::for_share("new-home", Share::ratio(1, 2));

/// How good a home page may be.
pub(crate) static HOME: Ladder = Ladder::new("home", &["full", "cached", "static", "refuse"]);

/// How a checkout is paid: at once, or later, when the payment service is well again.
pub(crate) static CHECKOUT: Ladder = Ladder::new("checkout", &["full", "charge-later", "refuse"]);
