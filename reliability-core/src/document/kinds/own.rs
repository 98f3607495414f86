//! The kinds of this library, `apiVersion: reliability/v1`: what `OpenSLO` has no words for.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::openslo::parts;
use super::text::{Instant, Label, Part, Period, Span, Target};

parts! {
    /// A user journey and the objectives that it stands on.
    FeatureKind {
        /// What users do with it.
        #[serde(skip_serializing_if = "Option::is_none")]
        #[schemars(length(max = 1050))]
        description: Option<String>,
        /// How the parts become one figure.
        reading: ReadingName,
        /// The share of journeys that must be good.
        #[serde(skip_serializing_if = "Option::is_none")]
        objective: Option<Target>,
        /// The period; 30 days unless said.
        #[serde(skip_serializing_if = "Option::is_none")]
        window: Option<Period>,
        /// What it stands on.
        #[schemars(length(min = 1, max = 1000))]
        parts: Vec<PartKind>,
    }

    /// A part of a feature: an SLO, an SLI's SLO by its full name, or another feature.
    PartKind {
        /// The name of an SLO: of a document, or as the service reports it, such as `checkout-availability`.
        #[serde(skip_serializing_if = "Option::is_none")]
        slo: Option<Label>,
        /// The name of another feature.
        #[serde(skip_serializing_if = "Option::is_none")]
        feature: Option<Label>,
        /// How much it weighs where the reading weighs; 1 unless said.
        #[serde(skip_serializing_if = "Option::is_none")]
        #[schemars(range(min = 1, max = 1_000_000))]
        weight: Option<u32>,
        /// Whether a journey needs it; it does unless said.
        #[serde(skip_serializing_if = "Option::is_none")]
        required: Option<bool>,
        /// What it counts as without data; `unknown` unless said.
        #[serde(skip_serializing_if = "Option::is_none")]
        missing: Option<MissingName>,
        /// After how long without data; at once unless said.
        #[serde(skip_serializing_if = "Option::is_none")]
        missing_after: Option<Span>,
    }

    /// What is done when something goes wrong, how one sees that it helped, and how it is given back.
    PolicyKind {
        /// What it is for.
        #[serde(skip_serializing_if = "Option::is_none")]
        #[schemars(length(max = 1050))]
        description: Option<String>,
        /// Whether it acts, or only says what it would have done.
        mode: ModeName,
        /// When it acts.
        trigger: TriggerKind,
        /// It acts only while this holds too.
        #[serde(skip_serializing_if = "Option::is_none")]
        only_while: Option<TriggerKind>,
        /// What it does, the cheapest for the users first.
        #[schemars(length(min = 1, max = 32))]
        steps: Vec<StepKind>,
        /// How one sees that a step helped.
        #[serde(skip_serializing_if = "Option::is_none")]
        verify: Option<VerifyKind>,
        /// How it is given back, and how often it may act.
        #[serde(skip_serializing_if = "Option::is_none")]
        release: Option<ReleaseKind>,
    }

    /// When a policy acts: exactly one of these.
    TriggerKind {
        /// The fast detector sees failures of this SLI.
        #[serde(skip_serializing_if = "Option::is_none")]
        detected: Option<Label>,
        /// A pair of windows of this SLO fires.
        #[serde(skip_serializing_if = "Option::is_none")]
        burn: Option<BurnKind>,
        /// Less than a share of a budget is left.
        #[serde(skip_serializing_if = "Option::is_none")]
        budget_below: Option<BudgetKind>,
        /// More than a share of calls are slow.
        #[serde(skip_serializing_if = "Option::is_none")]
        slower_than: Option<SlowKind>,
        /// More calls than this have begun and not ended.
        #[serde(skip_serializing_if = "Option::is_none")]
        in_flight: Option<InFlightKind>,
        /// Calls of this SLI start and none ends.
        #[serde(skip_serializing_if = "Option::is_none")]
        stalled: Option<Label>,
        /// An SLI that others need is in trouble.
        #[serde(skip_serializing_if = "Option::is_none")]
        dependency: Option<Label>,
        /// This gate is saturated.
        #[serde(skip_serializing_if = "Option::is_none")]
        saturated: Option<Label>,
        /// Only a person engages it.
        #[serde(skip_serializing_if = "Option::is_none")]
        by_hand: Option<bool>,
        /// One of these is enough.
        #[serde(skip_serializing_if = "Option::is_none")]
        #[schemars(length(min = 1))]
        any: Option<Vec<TriggerKind>>,
        /// All of these at once.
        #[serde(skip_serializing_if = "Option::is_none")]
        #[schemars(length(min = 1))]
        all: Option<Vec<TriggerKind>>,
    }

    /// A pair of windows that fires.
    BurnKind {
        /// The SLO.
        slo: Label,
        /// Whether a page pair or a ticket pair.
        severity: SeverityName,
    }

    /// What is left of a budget.
    BudgetKind {
        /// The SLO.
        slo: Label,
        /// Less than this share is left.
        left: Part,
    }

    /// Slow calls.
    SlowKind {
        /// The SLI.
        sli: Label,
        /// Slower than this.
        threshold: Span,
        /// More than this share.
        share: Part,
    }

    /// Calls that have begun and not ended.
    InFlightKind {
        /// The SLI.
        sli: Label,
        /// More than this many.
        over: u64,
    }

    /// One step: exactly one switch and what becomes of it.
    StepKind {
        /// A flag that is switched off, or left on for the share in `to`.
        #[serde(skip_serializing_if = "Option::is_none")]
        flag: Option<Label>,
        /// A ladder that is taken to the rung in `to`.
        #[serde(skip_serializing_if = "Option::is_none")]
        ladder: Option<Label>,
        /// A dimmer that serves at most the share in `to`, or is steered by the latency of the SLI in `steer`.
        #[serde(skip_serializing_if = "Option::is_none")]
        dimmer: Option<Label>,
        /// A gate that refuses the share in `to`, or `enforce`.
        #[serde(skip_serializing_if = "Option::is_none")]
        gate: Option<Label>,
        /// The value: `off` or a percentage of a flag, the rung of a ladder, the percentage of a dimmer or gate, `enforce` of a gate.
        #[serde(skip_serializing_if = "Option::is_none")]
        to: Option<String>,
        /// The SLI whose latency steers a dimmer.
        #[serde(skip_serializing_if = "Option::is_none")]
        steer: Option<Label>,
        /// What that costs the users.
        #[serde(skip_serializing_if = "Option::is_none")]
        costs: Option<String>,
    }

    /// How one sees that a step helped.
    VerifyKind {
        /// The SLI whose calls must fail less.
        sli: Label,
        /// So soon.
        within: Span,
    }

    /// How a policy is given back.
    ReleaseKind {
        /// A step that helped stays for so long at least.
        #[serde(skip_serializing_if = "Option::is_none")]
        hold: Option<Span>,
        /// The trigger must have been quiet for so long.
        #[serde(skip_serializing_if = "Option::is_none")]
        calm: Option<Span>,
        /// It acts again so much later at the earliest.
        #[serde(skip_serializing_if = "Option::is_none")]
        cool_down: Option<Span>,
        /// Each share that is given back is watched for so long.
        #[serde(skip_serializing_if = "Option::is_none")]
        probe_for: Option<Span>,
        /// After a probe that failed the hold doubles up to this.
        #[serde(skip_serializing_if = "Option::is_none")]
        back_off_to: Option<Span>,
        /// Nothing stays engaged for longer.
        #[serde(skip_serializing_if = "Option::is_none")]
        longest: Option<Span>,
        /// It acts so often.
        #[serde(skip_serializing_if = "Option::is_none")]
        at_most: Option<AtMostKind>,
        /// It acts only on so many calls a minute.
        #[serde(skip_serializing_if = "Option::is_none")]
        #[schemars(range(min = 1))]
        minimum_calls: Option<u64>,
    }

    /// How often a policy acts at the most.
    AtMostKind {
        /// So often.
        times: u32,
        /// In such a window.
        within: Span,
    }

    /// Planned time.
    MaintenanceKind {
        /// What is done.
        #[serde(skip_serializing_if = "Option::is_none")]
        #[schemars(length(max = 1050))]
        description: Option<String>,
        /// Its first instant.
        from: Instant,
        /// The first instant after it.
        to: Instant,
        /// The SLIs concerned; all unless said.
        #[serde(skip_serializing_if = "Option::is_none")]
        slis: Option<Vec<Label>>,
        /// Whether failures in it spend the budget; they do unless said.
        #[serde(skip_serializing_if = "Option::is_none")]
        charged: Option<bool>,
    }

    /// What a customer was promised: less than what is aimed at.
    AgreementKind {
        /// What it is about.
        #[serde(skip_serializing_if = "Option::is_none")]
        #[schemars(length(max = 1050))]
        description: Option<String>,
        /// Whom.
        #[schemars(length(min = 1))]
        customer: String,
        /// The SLO that keeps it.
        slo: Label,
        /// The share that was promised.
        target: Target,
        /// Over which period.
        window: Period,
        /// What does not count by its words.
        #[serde(skip_serializing_if = "Option::is_none")]
        exclusions: Option<Vec<String>>,
        /// What is due when it is broken.
        #[serde(skip_serializing_if = "Option::is_none")]
        remedy: Option<String>,
    }

    /// Which SLI of the code an indicator of `OpenSLO` is.
    BindingKind {
        /// The name of the indicator.
        indicator: Label,
        /// The SLI of the code.
        sli: Label,
        /// The latency threshold of the code that is meant; without it what is meant is whether calls succeed.
        #[serde(skip_serializing_if = "Option::is_none")]
        latency: Option<Span>,
        /// What a threshold metric's `value` is in; seconds unless said.
        #[serde(skip_serializing_if = "Option::is_none")]
        unit: Option<UnitName>,
    }
}

macro_rules! words {
    ($($(#[doc = $doc:literal])+ $name:ident: $case:literal { $($(#[$default:meta])? $variant:ident,)+ })+) => {$(
        $(#[doc = $doc])+
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
        #[serde(rename_all = $case)]
        pub(crate) enum $name {
            $($(#[$default])? $variant,)+
        }
    )+};
}

words! {
    /// How parts become one figure.
    ReadingName: "kebab-case" {
        #[default]
        Journey,
        Series,
        Parallel,
        Weighted,
        WeightedBurns,
        WorstOf,
        AnyBadSlice,
        RatioSlices,
    }
    /// What a part without data counts as.
    MissingName: "kebab-case" {
        Ignored,
        Good,
        Bad,
        #[default]
        Unknown,
    }
    /// Whether a policy acts.
    ModeName: "kebab-case" {
        Act,
        #[default]
        Shadow,
    }
    /// Whether a pair pages or files a ticket.
    SeverityName: "kebab-case" {
        #[default]
        Page,
        Ticket,
    }
    /// A unit of time.
    UnitName: "kebab-case" {
        #[default]
        S,
        Ms,
        Us,
    }
}
