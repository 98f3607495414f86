//! The part of a report that is about features.

use super::words::{failing_share, good_share, stretch, times};
use crate::spec::{Missing, Objective, Reading, Window};

/// What is known about one feature, over its window. Every figure is by its reading.
///
/// ```
/// use reliability_core::{FeatureSpec, Objective, Outcome, PartSpec, Reading, Reliability, Sli};
///
/// let (cart, pay) = (Sli::named("cart-of-feature")?, Sli::named("pay-of-feature")?);
/// let promise = |sli: Sli| sli.declare(|spec| spec.objective(Objective::parse("99%").unwrap()));
/// let (cart, pay) = (promise(cart), promise(pay));
/// let buy = FeatureSpec::new("buy-of-feature", Reading::Series)
///     .objective(Objective::parse("98%")?)
///     .part(PartSpec::slo("cart-of-feature-availability"))
///     .part(PartSpec::slo("pay-of-feature-availability"));
/// let reliability = Reliability::builder().sli(&cart).sli(&pay).feature(buy).start()?;
/// cart.record_many(Outcome::Good, 1_000);
/// pay.record_many(Outcome::Good, 990);
/// pay.record_many(Outcome::Bad, 10);
///
/// let report = reliability.stop();
/// let buy = report.feature("buy-of-feature").unwrap();
/// assert!((buy.ratio.unwrap() - 0.99).abs() < 1e-9);
/// assert!((buy.budget_remaining.unwrap() - 0.5).abs() < 1e-9); // 1 % failed, 2 % may
/// assert_eq!(buy.fixes[0].part, "pay-of-feature-availability");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct FeatureReport {
    /// Its name.
    pub name: String,
    /// What people call it.
    pub title: Option<String>,
    /// False if nobody declared it: SLIs name it, and are read as series.
    pub declared: bool,
    /// How parts become one figure.
    pub reading: Reading,
    /// The share that must be good.
    pub objective: Option<Objective>,
    /// The period of all its figures.
    pub window: Window,
    /// The share that was good; `None` where it is not known, or budgets are read and not shares.
    pub ratio: Option<f64>,
    /// The least and the most that it can be, however its parts fail together; for journeys what their parts alone would tell.
    pub bounds: Option<(f64, f64)>,
    /// For journeys, what the share would be if parts failed independently of each other.
    pub independent: Option<f64>,
    /// Good and failed journeys, if it is read by journey.
    pub journeys: Option<(u64, u64)>,
    /// Journeys without a verdict since the engine began: a part that decides was never reached, or the user left.
    pub unjudged: Option<u64>,
    /// The SLO by which its journeys are judged: pairs, forecast and incident are found there.
    pub slo: Option<String>,
    /// The share of the budget that is left: 1 is all of it, negative is overspent; `None` without one, or if it is not known.
    pub budget_remaining: Option<f64>,
    /// How many more journeys may fail; negative when too many have.
    pub failures_left: Option<f64>,
    /// How many parts it has, those of its parts included, each counted once.
    pub components: usize,
    /// Its parts, in the order in which they are declared.
    pub parts: Vec<PartReport>,
    /// What each fix would give back of the budget, the most first.
    pub fixes: Vec<FixReport>,
}

/// One part of a feature.
///
/// ```
/// let reliability = reliability_core::Reliability::start()?;
/// for feature in reliability.report().features {
///     for part in feature.parts {
///         println!("{} spent {:?} of the budget of {}", part.name, part.budget_spent, feature.name);
///     }
/// }
/// # Ok::<(), reliability_core::StartError>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct PartReport {
    /// The name of the SLO or of the feature.
    pub name: String,
    /// Whether it is a feature.
    pub is_feature: bool,
    /// How much it weighs, where the reading weighs.
    pub weight: u32,
    /// Whether it decides.
    pub required: bool,
    /// Good events over the feature's window; `None` of a feature, and of what another process counts.
    pub good: Option<u64>,
    /// Bad ones.
    pub bad: Option<u64>,
    /// Its share of good.
    pub ratio: Option<f64>,
    /// What it counts as for want of data, if it is missing.
    pub missing: Option<Missing>,
    /// Failed journeys in which it failed, and those in which it alone did.
    pub failed_journeys: Option<(u64, u64)>,
    /// The share of the feature's budget that it has spent. Parts fail together, so these may add up to more than is spent.
    pub budget_spent: Option<f64>,
    /// The share of the feature's budget that would be unspent if it had not failed.
    pub gives_back: Option<f64>,
}

/// What a fix would give back.
///
/// ```
/// let reliability = reliability_core::Reliability::start()?;
/// let first = reliability.report().features.iter().find_map(|feature| feature.fixes.first().cloned());
/// # let _ = first;
/// # Ok::<(), reliability_core::StartError>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct FixReport {
    /// The part to fix.
    pub part: String,
    /// The share of the feature's budget that would be unspent.
    pub gives_back: f64,
}

impl FeatureReport {
    /// How it stands, in one sentence with numbers: "12 of 4000 journeys failed in the last 30 days; 40 % of the budget left."
    pub fn reason(&self) -> String {
        match self.budget_left() {
            Some(left) => format!("{}; {left}.", self.said()),
            None => format!("{}.", self.said()),
        }
    }

    /// What people call it: its title, else its name.
    pub fn called(&self) -> &str {
        self.title.as_deref().unwrap_or(&self.name)
    }

    /// What is left of its budget, in words; `None` without one, or where it is not known.
    pub fn budget_left(&self) -> Option<String> {
        let left = self.budget_remaining?;
        Some(match left {
            _ if left <= -1.0 => format!("the budget is spent {} over", times(1.0 - left)),
            _ if left < 0.0 => format!("the budget is overspent by {}", failing_share(-left)),
            _ if left == 0.0 => "the budget is spent".into(),
            _ => format!("{} of the budget left", good_share(left)),
        })
    }

    fn said(&self) -> String {
        let within = match self.window.as_calendar() {
            Some((unit, zone)) => format!("this {unit} in {zone}"),
            None => format!("the last {}", stretch(self.window.length())),
        };
        if let Some((good, bad)) = self.journeys {
            return match good + bad {
                0 => format!("No journey with a verdict in {within}"),
                all => format!("{bad} of {all} journeys failed in {within}"),
            };
        }
        if matches!(self.reading, Reading::WeightedBurns | Reading::WorstOf) {
            return match self.budget_remaining {
                None => self.unknown(),
                Some(_) if self.reading == Reading::WorstOf => {
                    format!("Read by the part that has spent most of its own budget in {within}")
                }
                Some(_) => format!("Read by what its parts have spent of their own budgets in {within}, by weight"),
            };
        }
        let Some(ratio) = self.ratio else { return self.unknown() };
        let how = match self.reading {
            Reading::Weighted => "by the weighted mean of its parts",
            Reading::AnyBadSlice => "by the time in which no part was bad",
            Reading::RatioSlices => "by the mean of its parts' slices",
            _ => "if its parts fail independently",
        };
        let said = format!("{} good in {within} {how}", good_share(ratio));
        match self.bounds.filter(|_| matches!(self.reading, Reading::Series | Reading::Parallel)) {
            Some((low, high)) => {
                format!("{said}, {} to {} however they fail", good_share(low), good_share(high))
            }
            None => said,
        }
    }

    fn unknown(&self) -> String {
        let unknown = |part: &&PartReport| part.missing == Some(Missing::Unknown);
        let parts: Vec<_> = self.parts.iter().filter(unknown).map(|part| part.name.as_str()).take(5).collect();
        if parts.is_empty() {
            "Not known".into()
        } else {
            format!("Not known for want of data on {}", parts.join(", "))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_feature_says_in_one_sentence_how_it_stands() {
        let mut buy = FeatureReport {
            name: "purchase".into(),
            title: Some("Buy something".into()),
            declared: true,
            reading: Reading::Journey,
            objective: None,
            window: Window::DEFAULT,
            ratio: Some(0.997),
            bounds: Some((0.99, 0.998)),
            independent: None,
            journeys: Some((3_988, 12)),
            unjudged: Some(3),
            slo: None,
            budget_remaining: Some(0.4),
            failures_left: None,
            components: 2,
            parts: Vec::new(),
            fixes: Vec::new(),
        };
        assert_eq!(buy.reason(), "12 of 4000 journeys failed in the last 30 days; 40 % of the budget left.");
        assert_eq!(buy.called(), "Buy something");
        (buy.journeys, buy.reading, buy.budget_remaining) = (None, Reading::Series, Some(-0.5));
        assert_eq!(
            buy.reason(),
            "99.7 % good in the last 30 days if its parts fail independently, 99 % to 99.8 % however they fail; the \
             budget is overspent by 50 %."
        );
        (buy.ratio, buy.budget_remaining) = (None, None);
        assert_eq!(buy.reason(), "Not known.");
    }
}
