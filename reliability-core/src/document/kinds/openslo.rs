//! The kinds of `OpenSLO` v1, as its specification has them. Older and newer versions are brought into these.
//!
//! What must be together or must not is no matter of types: see `rules`.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::text::{Label, Shorthand, Start, ZoneName};

macro_rules! parts {
    ($($(#[doc = $doc:literal])+ $name:ident { $($(#[doc = $field_doc:literal])+ $(#[serde($($serde:tt)+)])? $(#[schemars($($schema:tt)+)])? $field:ident: $type:ty,)+ })+) => {$(
        $(#[doc = $doc])+
        #[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
        #[serde(rename_all = "camelCase", deny_unknown_fields)]
        #[allow(clippy::struct_field_names)] // as the specification has them
        pub(crate) struct $name {
            $(
                $(#[doc = $field_doc])+
                $(#[serde($($serde)+)])?
                $(#[schemars($($schema)+)])?
                pub(crate) $field: $type,
            )+
        }
    )+};
}
pub(super) use parts;

parts! {
    /// What a document is called.
    Metadata {
        /// Its name, one of its kind.
        name: Label,
        /// What people call it.
        #[serde(skip_serializing_if = "Option::is_none")]
        display_name: Option<String>,
        /// For searching and grouping.
        #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
        labels: BTreeMap<String, OneOrMore>,
        /// What else is known about it. This library reads `reliability/owner`, `reliability/product-owner`,
        /// `reliability/review`, `reliability/impact`, `reliability/first-action`, `reliability/runbook`, `reliability/events` (what
        /// its events are called, such as `checkouts`), `reliability/sli` and `reliability/latency`.
        #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
        annotations: BTreeMap<String, String>,
    }

    /// A service that SLOs belong to.
    ServiceSpec {
        /// What it does.
        #[serde(skip_serializing_if = "Option::is_none")]
        #[schemars(length(max = 1050))]
        description: Option<String>,
    }

    /// An objective for an indicator over a time window.
    SloSpec {
        /// What it is about.
        #[serde(skip_serializing_if = "Option::is_none")]
        #[schemars(length(max = 1050))]
        description: Option<String>,
        /// The service.
        #[schemars(length(min = 1))]
        service: String,
        /// The indicator itself.
        #[serde(skip_serializing_if = "Option::is_none")]
        indicator: Option<Indicator>,
        /// The name of the indicator.
        #[serde(skip_serializing_if = "Option::is_none")]
        indicator_ref: Option<Label>,
        /// The one window.
        #[serde(skip_serializing_if = "Option::is_none")]
        #[schemars(length(min = 1, max = 1))]
        time_window: Option<Vec<TimeWindow>>,
        /// What a budget counts.
        budgeting_method: Budgeting,
        /// What is promised.
        #[schemars(length(min = 1))]
        objectives: Vec<Goal>,
        /// When whom to call.
        #[serde(skip_serializing_if = "Option::is_none")]
        alert_policies: Option<Vec<AlertPolicyItem>>,
    }

    /// An indicator inside an SLO.
    Indicator {
        /// What it is called.
        metadata: Metadata,
        /// How it is measured.
        spec: SliSpec,
    }

    /// The window of a budget: rolling or by the calendar.
    TimeWindow {
        /// Its length.
        duration: Shorthand,
        /// Whether it rolls.
        #[serde(skip_serializing_if = "Option::is_none")]
        is_rolling: Option<bool>,
        /// Where a calendar window begins.
        #[serde(skip_serializing_if = "Option::is_none")]
        calendar: Option<Calendar>,
    }

    /// Where a calendar window begins.
    Calendar {
        /// The beginning of one of the windows.
        start_time: Start,
        /// Where that is.
        time_zone: ZoneName,
    }

    /// One objective of an SLO.
    Goal {
        /// What people call it.
        #[serde(skip_serializing_if = "Option::is_none")]
        display_name: Option<String>,
        /// How a threshold metric is compared.
        #[serde(skip_serializing_if = "Option::is_none")]
        op: Option<Operator>,
        /// What a threshold metric is compared with.
        #[serde(skip_serializing_if = "Option::is_none")]
        value: Option<f64>,
        /// The share that must be good.
        #[serde(skip_serializing_if = "Option::is_none")]
        #[schemars(range(min = 0.0), extend("exclusiveMaximum" = 1.0))]
        target: Option<f64>,
        /// The same in percent.
        #[serde(skip_serializing_if = "Option::is_none")]
        #[schemars(range(min = 0.0), extend("exclusiveMaximum" = 100.0))]
        target_percent: Option<f64>,
        /// The share of a slice that must be good.
        #[serde(skip_serializing_if = "Option::is_none")]
        #[schemars(range(min = 0.0, max = 1.0))]
        time_slice_target: Option<f64>,
        /// The length of a slice.
        #[serde(skip_serializing_if = "Option::is_none")]
        time_slice_window: Option<SliceLength>,
        /// The indicator of this part of a composite.
        #[serde(skip_serializing_if = "Option::is_none")]
        indicator: Option<Indicator>,
        /// Its name.
        #[serde(skip_serializing_if = "Option::is_none")]
        indicator_ref: Option<Label>,
        /// The weight of this part of a composite.
        #[serde(skip_serializing_if = "Option::is_none")]
        #[schemars(extend("exclusiveMinimum" = 0.0))]
        composite_weight: Option<f64>,
    }

    /// How an indicator is measured.
    SliSpec {
        /// What it is about.
        #[serde(skip_serializing_if = "Option::is_none")]
        #[schemars(length(max = 1050))]
        description: Option<String>,
        /// A value that is compared with a threshold.
        #[serde(skip_serializing_if = "Option::is_none")]
        threshold_metric: Option<Metric>,
        /// Good or bad events by all.
        #[serde(skip_serializing_if = "Option::is_none")]
        ratio_metric: Option<RatioMetric>,
    }

    /// A metric.
    Metric {
        /// Where it comes from.
        metric_source: MetricSource,
    }

    /// Where a metric comes from.
    MetricSource {
        /// The name of a data source.
        #[serde(skip_serializing_if = "Option::is_none")]
        metric_source_ref: Option<Label>,
        /// What kind of source it is.
        #[serde(rename = "type", skip_serializing_if = "Option::is_none")]
        kind: Option<String>,
        /// What the source is asked.
        #[schemars(extend("minProperties" = 1))]
        spec: Map<String, Value>,
    }

    /// Good or bad events by all events.
    RatioMetric {
        /// Whether the metrics only ever grow.
        #[serde(skip_serializing_if = "Option::is_none")]
        counter: Option<bool>,
        /// The good events.
        #[serde(skip_serializing_if = "Option::is_none")]
        good: Option<Metric>,
        /// The bad events.
        #[serde(skip_serializing_if = "Option::is_none")]
        bad: Option<Metric>,
        /// All events.
        #[serde(skip_serializing_if = "Option::is_none")]
        total: Option<Metric>,
        /// What the ratio in `raw` is of.
        #[serde(skip_serializing_if = "Option::is_none")]
        raw_type: Option<RawType>,
        /// A ratio that is stored as a metric.
        #[serde(skip_serializing_if = "Option::is_none")]
        raw: Option<Metric>,
    }

    /// Where metrics are kept.
    DataSourceSpec {
        /// What it is.
        #[serde(skip_serializing_if = "Option::is_none")]
        #[schemars(length(max = 1050))]
        description: Option<String>,
        /// What kind of source.
        #[serde(rename = "type")]
        #[schemars(length(min = 1))]
        kind: String,
        /// How it is reached.
        connection_details: Value,
    }

    /// When whom to call.
    AlertPolicySpec {
        /// What it is for.
        #[serde(skip_serializing_if = "Option::is_none")]
        #[schemars(length(max = 1050))]
        description: Option<String>,
        /// Whether to call when there are no data.
        #[serde(skip_serializing_if = "Option::is_none")]
        alert_when_no_data: Option<bool>,
        /// Whether to call when it is over.
        #[serde(skip_serializing_if = "Option::is_none")]
        alert_when_resolved: Option<bool>,
        /// Whether to call when it begins.
        #[serde(skip_serializing_if = "Option::is_none")]
        alert_when_breaching: Option<bool>,
        /// The one condition.
        #[schemars(length(min = 1, max = 1))]
        conditions: Vec<AlertConditionItem>,
        /// Whom to call.
        #[schemars(length(min = 1))]
        notification_targets: Vec<TargetItem>,
    }

    /// An alert policy of an SLO: itself or its name.
    AlertPolicyItem {
        /// Its name.
        #[serde(skip_serializing_if = "Option::is_none")]
        alert_policy_ref: Option<Label>,
        /// `AlertPolicy`.
        #[serde(skip_serializing_if = "Option::is_none")]
        kind: Option<String>,
        /// What it is called.
        #[serde(skip_serializing_if = "Option::is_none")]
        metadata: Option<Metadata>,
        /// What it says.
        #[serde(skip_serializing_if = "Option::is_none")]
        spec: Option<AlertPolicySpec>,
    }

    /// A condition of an alert policy: itself or its name.
    AlertConditionItem {
        /// Its name.
        #[serde(skip_serializing_if = "Option::is_none")]
        condition_ref: Option<Label>,
        /// `AlertCondition`.
        #[serde(skip_serializing_if = "Option::is_none")]
        kind: Option<String>,
        /// What it is called.
        #[serde(skip_serializing_if = "Option::is_none")]
        metadata: Option<Metadata>,
        /// What it says.
        #[serde(skip_serializing_if = "Option::is_none")]
        spec: Option<AlertConditionSpec>,
    }

    /// Whom to call: itself or its name.
    TargetItem {
        /// Its name.
        #[serde(skip_serializing_if = "Option::is_none")]
        target_ref: Option<Label>,
        /// `AlertNotificationTarget`.
        #[serde(skip_serializing_if = "Option::is_none")]
        kind: Option<String>,
        /// What it is called.
        #[serde(skip_serializing_if = "Option::is_none")]
        metadata: Option<Metadata>,
        /// What it says.
        #[serde(skip_serializing_if = "Option::is_none")]
        spec: Option<TargetSpec>,
    }

    /// When an alert begins.
    AlertConditionSpec {
        /// What it is for.
        #[serde(skip_serializing_if = "Option::is_none")]
        #[schemars(length(max = 1050))]
        description: Option<String>,
        /// How bad it is.
        #[schemars(length(min = 1))]
        severity: String,
        /// When it begins.
        condition: Condition,
    }

    /// A burn rate over one window.
    Condition {
        /// `burnrate`.
        #[serde(skip_serializing_if = "Option::is_none")]
        kind: Option<ConditionKind>,
        /// How the burn rate is compared.
        #[serde(skip_serializing_if = "Option::is_none")]
        op: Option<Operator>,
        /// What it is compared with.
        threshold: f64,
        /// The window.
        lookback_window: Shorthand,
        /// How long it must hold.
        #[serde(skip_serializing_if = "Option::is_none")]
        alert_after: Option<Shorthand>,
    }

    /// Whom to call.
    TargetSpec {
        /// What it is.
        #[serde(skip_serializing_if = "Option::is_none")]
        #[schemars(length(max = 1050))]
        description: Option<String>,
        /// By which way.
        #[schemars(length(min = 1))]
        target: String,
    }
}

/// What a budget counts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub(crate) enum Budgeting {
    #[default]
    Occurrences,
    Timeslices,
    RatioTimeslices,
}

/// How two values are compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Operator {
    Lte,
    Gte,
    Lt,
    Gt,
}

/// What a stored ratio is of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub(crate) enum RawType {
    Success,
    Failure,
}

/// What a condition is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub(crate) enum ConditionKind {
    Burnrate,
}

/// One text or several.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
pub(crate) enum OneOrMore {
    One(String),
    More(Vec<String>),
}

/// The length of a slice: a duration, or minutes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
pub(crate) enum SliceLength {
    Minutes(u32),
    Shorthand(Shorthand),
}
