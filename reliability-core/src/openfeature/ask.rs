//! One round: every flag that is known is asked for, and what was said is set in the provider's layer.

use open_feature::provider::{FeatureProvider, ProviderStatus};
use open_feature::{EvaluationContext, EvaluationError, EvaluationErrorCode};

use super::Provider;
use crate::admission::switches::{self, Switch};
use crate::{Flag, SetBy, Share};

/// Enters a flag into the table of what is known.
pub(super) fn know(flag: &'static Flag) {
    switches::list(Switch::Flag(flag));
}

/// The flags that are known now: one that came since the last round is asked for in this one.
pub(super) fn flags() -> Vec<&'static Flag> {
    let flags = switches::switches().into_iter().filter_map(|switch| match switch {
        Switch::Flag(flag) => Some(flag),
        _ => None,
    });
    flags.collect()
}

/// What a provider says about a flag.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Said {
    /// This share.
    Share(Share),
    /// It does not know the flag.
    Nothing,
    /// It cannot say, and why.
    Trouble(String),
}

/// Asks for all of these. `None` in place of the answers if the provider says itself that it cannot be asked.
pub(super) async fn ask(provider: Provider, flags: Vec<&'static Flag>) -> Result<Vec<(&'static Flag, Said)>, String> {
    match provider.status() {
        ProviderStatus::NotReady => return Err("it is not ready".into()),
        ProviderStatus::Error => return Err("it is in error".into()),
        // what it remembers is as good as what we do
        ProviderStatus::STALE => return Err("it is stale".into()),
        ProviderStatus::Ready => {}
    }
    let mut said = Vec::with_capacity(flags.len());
    for flag in flags {
        said.push((flag, one(&*provider, flag.name()).await));
    }
    Ok(said)
}

async fn one(provider: &dyn FeatureProvider, name: &str) -> Said {
    let context = EvaluationContext::default();
    match provider.resolve_bool_value(name, &context).await {
        Ok(details) => return Said::Share(if details.value { Share::ALL } else { Share::NONE }),
        Err(EvaluationError { code: EvaluationErrorCode::TypeMismatch, .. }) => {}
        Err(error) => return failed(error),
    }
    match provider.resolve_float_value(name, &context).await {
        Ok(details) if (0.0..=1.0).contains(&details.value) => Said::Share(Share::of(details.value)),
        Ok(details) => {
            Said::Trouble(format!("{name} is {}: a boolean or a share from 0 to 1 is accepted", details.value))
        }
        Err(EvaluationError { code: EvaluationErrorCode::TypeMismatch, .. }) => {
            Said::Trouble(format!("{name} is neither a boolean nor a number"))
        }
        Err(error) => failed(error),
    }
}

fn failed(error: EvaluationError) -> Said {
    match error {
        EvaluationError { code: EvaluationErrorCode::FlagNotFound, .. } => Said::Nothing,
        EvaluationError { code, message: Some(message) } => Said::Trouble(format!("{code}: {message}")),
        EvaluationError { code, message: None } => Said::Trouble(code.to_string()),
    }
}

/// What changed by setting a flag to what was said.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Change {
    None,
    /// The value in force is another one now.
    InForce,
    /// The provider's word is another one now, and somebody else's is in force.
    Overruled(SetBy),
}

/// Sets the provider's layer of a flag.
pub(super) fn set(flag: &'static Flag, share: Share) -> Change {
    if flag.cell.value_of(SetBy::Provider) == Some(share.units()) {
        return Change::None;
    }
    let (before, declared) = (flag.share(), flag.cell.value_of(SetBy::Provider).is_none());
    know(flag);
    flag.cell.set(SetBy::Provider, Some(share.units()));
    match flag.set_by() {
        // its first word often repeats what is declared: nothing happened
        by if by <= SetBy::Provider => {
            if declared && before == share {
                Change::None
            } else {
                Change::InForce
            }
        }
        by if flag.share() == share => {
            let _ = by;
            Change::None
        }
        by => Change::Overruled(by),
    }
}

/// Whether a stronger word than the provider's is in force, and differs from it.
pub(super) fn is_overruled(flag: &Flag) -> bool {
    flag.set_by() > SetBy::Provider
        && flag.cell.value_of(SetBy::Provider).is_some_and(|said| said != flag.share().units())
}
