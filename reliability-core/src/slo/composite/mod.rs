//! Features: what many objectives are together.
//!
//! Seven readings are in use for "the reliability of a feature", and on the same counts they differ by tens of percent, so a
//! figure is never shown without the name of its reading:
//!
//! | reading | figure | a shared part |
//! |---|---|---|
//! | journey | good journeys / journeys, each judged whole (see [`Journey`](crate::Journey)) | once: exact |
//! | series | Π sᵢ, if parts fail independently | once |
//! | parallel | 1 − Π (1 − sᵢ), likewise | once |
//! | weighted | Σ wᵢ sᵢ / Σ wᵢ | by the sum of its weights |
//! | weighted burns | left = 1 − Σ wᵢ · spentᵢ, each of its own budget | once, by its largest weight |
//! | worst of | left = 1 − max wᵢ · spentᵢ | once |
//! | any bad slice | a slice of time is bad if it is for any part | once |
//! | ratio slices | 1 − Σ wᵢ · (1 − mean ratio of its slices) | once, by its largest weight |
//!
//! **Bounds.** Parts rarely fail independently. Beside the figure of series and parallel stand the bounds under *any* dependence
//! (Fréchet): max(0, Σ sᵢ − (k − 1)) to min sᵢ, and max sᵢ to min(1, Σ sᵢ). They hold for whole graphs, and what
//! journeys would really see lies within them as long as each calls each part.
//!
//! **A graph, not a tree.** A feature inside a feature of the same reading is taken apart, and what is reached twice is merged: of
//! two words on missing data the stricter one stays. Where series and parallel alternate and share a part, the figure is taken
//! once for each way in which the shared parts may stand. With more than ten of those only bounds are told. What a
//! feature names twice itself is a mistake, and refused.
//!
//! **Missing data.** A part is missing when its window holds no event, or, with a delay declared, when its last event is older
//! than that. It then counts as declared: left out, good, bad, or unknown, which leaves the feature without a figure but
//! not without bounds. Until the delay is over a part that never had an event is unknown. A part that is a
//! feature is missing when it has no figure.
//!
//! **Other periods.** A feature's figures are counted anew from its parts' events over the feature's own window; budgets left
//! are never averaged. Slices cannot be cut anew, so readings of slices want parts with the feature's window.
//!
//! Layer 2: imports calendar, spec, clock, name.

mod check;
mod error;
mod evaluate;
mod figures;
mod fits;
mod plan;
mod portion;
mod slices;

pub use error::{FeatureError, FeatureFault};
pub use evaluate::{Evidence, Fact, SliceFact};
pub use figures::{CompositeFigures, PartFigures};
pub use plan::{Composite, Composites, Known, Leaf, LeafOf, Part};
pub use portion::{Portion, Spent};

/// To how many levels features may be parts of features.
pub const MAX_DEPTH: usize = 8;
/// How many parts a feature may have, those of its parts included, each counted once.
pub const MAX_COMPONENTS: usize = 1_000;
/// How many parts journeys of one feature may have.
pub const MAX_JOURNEY_PARTS: usize = 64;
