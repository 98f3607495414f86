//! The front door's part about features: declared to the builder, replaced at the handle.

use super::{Builder, Handle};
use crate::slo::composite::FeatureError;
use crate::spec::FeatureSpec;

impl Builder<'_> {
    /// Judges a feature: what many objectives are together. See [`FeatureSpec`], and [`Journey`](crate::Journey) for the reading that is
    /// exact. SLIs that name a feature which is not declared are read as series under its name, without an objective.
    ///
    /// ```
    /// use reliability_core::{Feature, FeatureSpec, Journey, Objective, PartSpec, Reading, Reliability, sli};
    /// static PURCHASE: Feature = Feature::new("purchase-in-front");
    ///
    /// #[sli(name = "pay-in-front", objective = "99.9%")]
    /// fn pay() -> Result<(), String> { Ok(()) }
    ///
    /// let purchase = FeatureSpec::new("purchase-in-front", Reading::Journey)
    ///     .objective(Objective::parse("99.5%")?)
    ///     .part(PartSpec::slo("pay-in-front-availability"));
    /// let reliability = Reliability::builder().feature(purchase).start()?;
    ///
    /// let mut journey = Journey::begin(&PURCHASE); // where the user's request comes in
    /// journey.enter(pay)?;
    /// journey.end();
    ///
    /// let report = reliability.stop();
    /// assert_eq!(report.feature("purchase-in-front").unwrap().journeys, Some((1, 0)));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn feature(mut self, feature: FeatureSpec) -> Self {
        self.features.push(feature);
        self
    }
}

impl Handle {
    /// Judges these features from now on, instead of those of before: all at once, or none. What was counted for a part that stays is
    /// kept.
    ///
    /// # Errors
    /// With all that is wrong; then those of before stay.
    pub fn set_features(&self, features: Vec<FeatureSpec>) -> Result<(), FeatureError> {
        self.shared.set_features(features)
    }

    /// The features as they were declared last.
    pub fn features(&self) -> Vec<FeatureSpec> {
        self.shared.features()
    }
}
