//! Other flags, each as its own documentation shows.

use std::future::Future;
use std::hint::black_box;
use std::pin::pin;
use std::sync::LazyLock;
use std::task::{Context as Waking, Poll, Waker};

use async_trait::async_trait;
use open_feature::provider::{FeatureProvider, ProviderMetadata, ResolutionDetails};
use open_feature::{Client, EvaluationContext, EvaluationResult, OpenFeature, StructValue};
use unleash_yggdrasil::{Context, EngineState};

use crate::harness::Candidate;

/// Polls until it is ready; nothing here waits for anything.
fn drive<T>(future: impl Future<Output = T>) -> T {
    let mut future = pin!(future);
    let mut context = Waking::from_waker(Waker::noop());
    loop {
        if let Poll::Ready(value) = future.as_mut().poll(&mut context) {
            return value;
        }
    }
}

/// Every flag is on: what is measured is the client around it.
struct On(ProviderMetadata);

#[async_trait]
impl FeatureProvider for On {
    fn metadata(&self) -> &ProviderMetadata {
        &self.0
    }
    async fn resolve_bool_value(&self, _: &str, _: &EvaluationContext) -> EvaluationResult<ResolutionDetails<bool>> {
        Ok(ResolutionDetails::new(true))
    }
    async fn resolve_int_value(&self, _: &str, _: &EvaluationContext) -> EvaluationResult<ResolutionDetails<i64>> {
        Ok(ResolutionDetails::new(1))
    }
    async fn resolve_float_value(&self, _: &str, _: &EvaluationContext) -> EvaluationResult<ResolutionDetails<f64>> {
        Ok(ResolutionDetails::new(1.0))
    }
    async fn resolve_string_value(
        &self,
        _: &str,
        _: &EvaluationContext,
    ) -> EvaluationResult<ResolutionDetails<String>> {
        Ok(ResolutionDetails::new("on"))
    }
    async fn resolve_struct_value(
        &self,
        _: &str,
        _: &EvaluationContext,
    ) -> EvaluationResult<ResolutionDetails<StructValue>> {
        Ok(ResolutionDetails::new(StructValue::default()))
    }
}

static CLIENT: LazyLock<Client> = LazyLock::new(|| {
    drive(async {
        let mut api = OpenFeature::singleton_mut().await;
        api.set_provider(On(ProviderMetadata::new("on"))).await;
        api.create_client()
    })
});

/// One flag that is on, and one that is on for a tenth of the users.
static UNLEASH: LazyLock<EngineState> = LazyLock::new(|| {
    let features = r#"{ "version": 2, "features": [
        { "name": "plain", "enabled": true, "strategies": [{ "name": "default", "parameters": {} }] },
        { "name": "partly", "enabled": true, "strategies": [{ "name": "flexibleRollout",
            "parameters": { "rollout": "10", "stickiness": "userId", "groupId": "partly" } }] }
    ] }"#;
    let engine = EngineState::default();
    let warnings = engine.take_state(serde_json::from_str(features).expect("the features can be read"));
    assert!(warnings.is_none_or(|warnings| warnings.is_empty()), "the rules compile");
    engine
});

static USER: LazyLock<Context> =
    LazyLock::new(|| Context { user_id: Some("4c8f3b52-8a1d-4e0f-9a44-5b1c2d3e4f50".into()), ..Context::default() });

#[inline(never)]
fn open_feature(x: u64) -> u64 {
    let on = drive(CLIENT.get_bool_value("new-checkout", None, None)).unwrap_or(false);
    if on { black_box(x) } else { 0 }
}

fn unleash(flag: &str, x: u64) -> u64 {
    if UNLEASH.is_enabled(flag, &USER, &None) { black_box(x) } else { 0 }
}

#[inline(never)]
fn unleash_plain(x: u64) -> u64 {
    unleash("plain", x)
}

#[inline(never)]
fn unleash_partly(x: u64) -> u64 {
    unleash("partly", x)
}

pub(crate) fn candidates() -> Vec<Candidate> {
    assert!(open_feature(1) == 1 && unleash_plain(1) == 1, "what is on is on");
    vec![
        Candidate::new("open-feature: a client, a provider that says on", open_feature),
        Candidate::new("unleash-yggdrasil: a flag that is on", unleash_plain),
        Candidate::new("unleash-yggdrasil: on for 10 % of users", unleash_partly),
    ]
}
