//! Flags from outside: any provider of OpenFeature sets what flags stand by, as long as no policy and no person overrules it.
//!
//! A [`FlagSource`] asks its provider on a thread of its own, every second unless told otherwise, for every flag that the
//! process knows, by the flag's name and without a user: so a request never waits for a provider, and asking for a flag stays one
//! load. Targeting of single users stays with the provider: whoever needs it asks the provider itself. `enabled_for` is ours, by
//! flagd's second bucketing. A boolean is all or none, a number from 0 to 1 a share.
//!
//! - **The last word stays.** A provider that is stale, gone, slow, panics or forgets a flag takes nothing back: a kill switch
//!   stays killed. How old its word is and what it no longer knows stands in the report. A restart begins with what is declared.
//! - **A policy wins.** The provider's word is kept beside it, and comes into force when the policy lets go. Where the two
//!   differ an event and the report say so.
//!
//! Limit: what is asked for is the value of a flag, once a period; hooks and events of OpenFeature are not used.
//!
//! Layer 6: imports admission (the switches), engine (events and reports), clock, reliability (the handle).

mod ask;
mod standing;
mod worker;

use std::fmt;
use std::future::Future;
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use open_feature::EvaluationContext;
use open_feature::provider::FeatureProvider;

use crate::Handle;
use standing::Standing;
use worker::Worker;

const EVERY: Duration = Duration::from_secs(1);
const TIMEOUT: Duration = Duration::from_secs(5);

/// A provider that answers.
type Provider = Arc<dyn FeatureProvider>;
/// What makes one, until it succeeds.
type Making = Pin<Box<dyn Future<Output = Result<Provider, String>> + Send>>;
type Make = Box<dyn FnMut() -> Making + Send>;

/// Where flags come from. Started, it is a [`FlagFeed`].
///
/// ```
/// use open_feature::provider::NoOpProvider;
/// use reliability_core::{Flag, Reliability, openfeature::FlagSource};
/// use std::time::Duration;
///
/// static NEW_CHECKOUT: Flag = Flag::on("new-checkout");
///
/// let reliability = Reliability::start()?;
/// let feed = FlagSource::new(NoOpProvider::default())
///     .flag(&NEW_CHECKOUT)
///     .every(Duration::from_secs(10))
///     .start(&reliability.handle())?;
/// assert!(NEW_CHECKOUT.enabled()); // one load, whatever the provider does
/// drop(feed); // ends the asking; what the provider said last stays
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct FlagSource {
    make: Make,
    every: Duration,
    timeout: Duration,
}

impl fmt::Debug for FlagSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FlagSource").field("every", &self.every).finish_non_exhaustive()
    }
}

impl FlagSource {
    /// From this provider. It is initialized first, without a context.
    ///
    /// A provider that was made on a runtime of yours goes on using that one.
    pub fn new(provider: impl FeatureProvider) -> Self {
        let mut provider = Some(provider);
        Self::of(Box::new(move || {
            let provider = provider.take();
            Box::pin(async move {
                match provider {
                    Some(provider) => Ok(initialized(provider).await),
                    None => Err("it failed when it was initialized".into()),
                }
            })
        }))
    }

    /// From a provider that is made on the thread that asks it, in a runtime there: for a service without one. It is tried
    /// again each period until it succeeds.
    ///
    /// ```
    /// use open_feature::provider::NoOpProvider;
    /// use reliability_core::openfeature::FlagSource;
    /// // with flagd's file format: FlagdProvider::new(FlagdOptions { source_configuration: …, .. }).await
    /// let source = FlagSource::made_by(|| async { Ok::<_, std::io::Error>(NoOpProvider::default()) });
    /// # drop(source);
    /// ```
    pub fn made_by<P, E, F>(mut make: impl FnMut() -> F + Send + 'static) -> Self
    where
        P: FeatureProvider,
        E: fmt::Display,
        F: Future<Output = Result<P, E>> + Send + 'static,
    {
        Self::of(Box::new(move || {
            let future = make();
            Box::pin(async move {
                let provider = future.await.map_err(|error| error.to_string())?;
                Ok(initialized(provider).await)
            })
        }))
    }

    fn of(make: Make) -> Self {
        Self { make, every: EVERY, timeout: TIMEOUT }
    }

    /// Makes sure that this flag is among those asked for: one that no attribute names is known only when somebody hands it
    /// over.
    #[must_use]
    pub fn flag(self, flag: &'static crate::Flag) -> Self {
        ask::know(flag);
        self
    }

    /// How often it is asked, once a second if nothing is said; 10 ms at the least.
    #[must_use]
    pub fn every(mut self, every: Duration) -> Self {
        self.every = every.max(Duration::from_millis(10));
        self
    }

    /// How long it may take to answer for all flags, 5 s if nothing is said; then its last word stays.
    #[must_use]
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }

    /// Begins to ask, on a thread of its own, until the feed is dropped or the service [is about to
    /// stop](Handle::begin_stop).
    ///
    /// # Errors
    /// If the system gives no thread, or no runtime can be made.
    pub fn start(self, handle: &Handle) -> io::Result<FlagFeed> {
        let standing = Arc::new(Standing::default());
        let worker = Worker::start(self, handle, Arc::clone(&standing))?;
        let word = Arc::clone(&standing);
        handle.shared().ask_provider(Box::new(move || word.report()));
        Ok(FlagFeed { worker, standing })
    }
}

async fn initialized(mut provider: impl FeatureProvider) -> Provider {
    provider.initialize(&EvaluationContext::default()).await;
    Arc::new(provider)
}

/// A provider that is being asked.
///
/// ```
/// use open_feature::provider::NoOpProvider;
/// use reliability_core::{Reliability, openfeature::FlagSource};
/// let reliability = Reliability::start()?;
/// let feed = FlagSource::new(NoOpProvider::default()).start(&reliability.handle())?;
/// assert!(feed.report().overruled.is_empty());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// Dropped, it is asked no more, and its last word stays.
#[must_use = "dropping it ends the asking: keep it until the service ends"]
pub struct FlagFeed {
    worker: Worker,
    standing: Arc<Standing>,
}

impl fmt::Debug for FlagFeed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FlagFeed").field("standing", &self.standing.report()).finish_non_exhaustive()
    }
}

impl FlagFeed {
    /// How the provider stands: how old its word is, what is overruled, what troubles it. The same is in
    /// [`Report::response`](crate::Report).
    pub fn report(&self) -> crate::ProviderReport {
        self.standing.report()
    }

    /// Asks now, and does not wait for the answer.
    pub fn ask(&self) {
        self.worker.ask();
    }
}
