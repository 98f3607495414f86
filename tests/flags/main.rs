//! Flags from a provider outside: its last word stays whatever becomes of it, and a stronger word wins.
//!
//! A scripted provider here; with the feature `flagd` also flagd's own, over a file that changes while it is read.

#[cfg(feature = "flagd")]
mod flagd;

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use open_feature::provider::{FeatureProvider, ProviderMetadata, ProviderStatus, ResolutionDetails};
use open_feature::{EvaluationContext, EvaluationError, EvaluationErrorCode, EvaluationResult, StructValue};
use reliability_core::openfeature::{FlagFeed, FlagSource};
use reliability_core::{EventKind, Flag, Handle, Reliability, SetBy, Share};

/// What the scripted provider says.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Word {
    Bool(bool),
    Number(f64),
    Text,
    NotFound,
    Broken,
    Panics,
    Hangs,
}

/// Says about one flag what it is told to, and knows no other.
struct Scripted {
    flag: &'static str,
    word: Arc<Mutex<Word>>,
    stale: Arc<Mutex<bool>>,
    asked: Arc<AtomicUsize>,
    metadata: ProviderMetadata,
}

fn failed<T>(code: EvaluationErrorCode) -> EvaluationResult<T> {
    Err(EvaluationError { code, message: None })
}

#[async_trait::async_trait]
impl FeatureProvider for Scripted {
    fn status(&self) -> ProviderStatus {
        if *self.stale.lock().unwrap() { ProviderStatus::STALE } else { ProviderStatus::Ready }
    }

    fn metadata(&self) -> &ProviderMetadata {
        &self.metadata
    }

    async fn resolve_bool_value(
        &self,
        key: &str,
        context: &EvaluationContext,
    ) -> EvaluationResult<ResolutionDetails<bool>> {
        assert!(context.targeting_key.is_none() && context.custom_fields.is_empty());
        if key != self.flag {
            return failed(EvaluationErrorCode::FlagNotFound);
        }
        self.asked.fetch_add(1, Ordering::Relaxed);
        let word = *self.word.lock().unwrap();
        match word {
            Word::Bool(value) => Ok(ResolutionDetails::new(value)),
            Word::Number(_) | Word::Text => failed(EvaluationErrorCode::TypeMismatch),
            Word::NotFound => failed(EvaluationErrorCode::FlagNotFound),
            Word::Broken => failed(EvaluationErrorCode::ParseError),
            Word::Panics => panic!("the script says so"),
            Word::Hangs => std::future::pending().await,
        }
    }

    async fn resolve_int_value(&self, _: &str, _: &EvaluationContext) -> EvaluationResult<ResolutionDetails<i64>> {
        failed(EvaluationErrorCode::TypeMismatch)
    }

    async fn resolve_float_value(&self, _: &str, _: &EvaluationContext) -> EvaluationResult<ResolutionDetails<f64>> {
        match *self.word.lock().unwrap() {
            Word::Number(value) => Ok(ResolutionDetails::new(value)),
            _ => failed(EvaluationErrorCode::TypeMismatch),
        }
    }

    async fn resolve_string_value(
        &self,
        _: &str,
        _: &EvaluationContext,
    ) -> EvaluationResult<ResolutionDetails<String>> {
        failed(EvaluationErrorCode::TypeMismatch)
    }

    async fn resolve_struct_value(
        &self,
        _: &str,
        _: &EvaluationContext,
    ) -> EvaluationResult<ResolutionDetails<StructValue>> {
        failed(EvaluationErrorCode::TypeMismatch)
    }
}

/// A feed of one flag with a script.
struct Stage {
    flag: &'static Flag,
    word: Arc<Mutex<Word>>,
    stale: Arc<Mutex<bool>>,
    asked: Arc<AtomicUsize>,
    feed: FlagFeed,
    reliability: Reliability,
}

impl Stage {
    fn new(flag: &'static Flag, word: Word) -> Self {
        let reliability = Reliability::builder().only("no-such-").start().unwrap();
        let (word, stale, asked) = (Arc::new(Mutex::new(word)), Arc::default(), Arc::default());
        let provider = Scripted {
            flag: flag.name(),
            word: Arc::clone(&word),
            stale: Arc::clone(&stale),
            asked: Arc::clone(&asked),
            metadata: ProviderMetadata::new("scripted"),
        };
        let source = FlagSource::new(provider).flag(flag).every(Duration::from_millis(10));
        let feed = source.timeout(Duration::from_millis(100)).start(&reliability.handle()).unwrap();
        Self { flag, word, stale, asked, feed, reliability }
    }

    fn says(&self, word: Word) {
        *self.word.lock().unwrap() = word;
    }

    /// Waits until two whole rounds were asked since now.
    fn rounds(&self) {
        let before = self.asked.load(Ordering::Relaxed);
        until(|| self.asked.load(Ordering::Relaxed) >= before + 2);
    }

    fn texts(&self) -> Vec<String> {
        texts(&self.reliability.handle())
    }
}

fn texts(handle: &Handle) -> Vec<String> {
    let events = handle.report().events;
    let ours = events.iter().filter(|event| {
        matches!(event.kind, EventKind::Switched { .. } | EventKind::Provider { .. } | EventKind::KillSwitch { .. })
    });
    ours.map(|event| event.kind.to_string()).collect()
}

#[track_caller]
fn until(mut is_so: impl FnMut() -> bool) {
    for _ in 0..2_000 {
        if is_so() {
            return;
        }
        std::thread::sleep(Duration::from_millis(5));
    }
    panic!("it never was so");
}

#[test]
fn a_flag_follows_its_provider() {
    static FLAG: Flag = Flag::on("follows");
    let stage = Stage::new(&FLAG, Word::Bool(true));
    stage.rounds();
    // its first word repeats what is declared: nothing happened
    assert_eq!(stage.texts(), Vec::<String>::new());
    assert_eq!(FLAG.set_by(), SetBy::Provider);
    stage.says(Word::Bool(false));
    until(|| !FLAG.enabled());
    until(|| stage.texts() == ["flag follows is 0%, set by provider (scripted)"]);
    stage.says(Word::Number(0.25));
    until(|| FLAG.share() == Share::ratio(1, 4));
    let inside = (0..1_000).filter(|key: &u32| FLAG.enabled_for(key.to_string())).count();
    assert!((200..300).contains(&inside), "{inside}");
    let report = stage.feed.report();
    assert_eq!((report.name.as_str(), report.flags, report.trouble), ("scripted", 1, None));
    assert!(report.answered.unwrap() < Duration::from_secs(5));
    assert_eq!(stage.reliability.report().response.providers[0].name, "scripted");
}

#[test]
fn whatever_becomes_of_the_provider_a_kill_switch_stays_killed() {
    static FLAG: Flag = Flag::on("stays");
    let stage = Stage::new(&FLAG, Word::Bool(false));
    until(|| !FLAG.enabled());
    for (word, trouble) in [
        (Word::Broken, "PARSE_ERROR"),
        (Word::Panics, "it panicked"),
        (Word::Text, "stays is neither a boolean nor a number"),
        (Word::Number(1.5), "stays is 1.5: a boolean or a share from 0 to 1 is accepted"),
        (Word::Number(f64::NAN), "stays is NaN: a boolean or a share from 0 to 1 is accepted"),
        (Word::Hangs, "it did not answer within 100ms"),
    ] {
        stage.says(word);
        until(|| stage.feed.report().trouble.as_deref() == Some(trouble));
        assert!(!stage.flag.enabled(), "{word:?}");
    }
    *stage.stale.lock().unwrap() = true;
    until(|| stage.feed.report().trouble.as_deref() == Some("it is stale"));
    let age = stage.feed.report().answered.unwrap();
    until(|| stage.feed.report().answered.unwrap() > age);
    *stage.stale.lock().unwrap() = false;
    stage.says(Word::NotFound);
    until(|| stage.feed.report().forgotten == ["stays"]);
    assert!(!FLAG.enabled());
    let texts = stage.texts();
    assert!(
        texts.contains(&"the provider of flags scripted: it no longer knows stays; its last word stays: 0%".into()),
        "{texts:?}"
    );
    drop(stage);
    assert!(!FLAG.enabled());
}

#[test]
fn a_provider_that_cannot_be_made_is_tried_again() {
    static FLAG: Flag = Flag::on("made-later");
    let reliability = Reliability::builder().only("no-such-").start().unwrap();
    let mut attempts = 0;
    let source = FlagSource::made_by(move || {
        attempts += 1;
        let made = if attempts < 3 {
            Err("the file is not there yet")
        } else {
            Ok(Scripted {
                flag: "made-later",
                word: Arc::new(Mutex::new(Word::Bool(false))),
                stale: Arc::default(),
                asked: Arc::default(),
                metadata: ProviderMetadata::new("late"),
            })
        };
        async move { made }
    });
    let feed = source.flag(&FLAG).every(Duration::from_millis(10)).start(&reliability.handle()).unwrap();
    until(|| !FLAG.enabled());
    until(|| feed.report().trouble.is_none());
    until(|| {
        texts(&reliability.handle())
            == [
                "the provider of flags : the file is not there yet",
                "flag made-later is 0%, set by provider (late)",
                "the provider of flags late answers",
            ]
    });
}

#[test]
fn a_stopped_service_asks_no_more() {
    static FLAG: Flag = Flag::on("stopped");
    let stage = Stage::new(&FLAG, Word::Bool(true));
    stage.rounds();
    stage.reliability.handle().begin_stop();
    let mut seen = usize::MAX;
    // two looks a while apart that see the same
    until(|| {
        std::thread::sleep(Duration::from_millis(50));
        std::mem::replace(&mut seen, stage.asked.load(Ordering::Relaxed)) == seen
    });
}
