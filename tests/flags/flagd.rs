//! flagd's own provider over its file format: what is written into the file arrives without a restart.

use std::path::PathBuf;
use std::time::Duration;

use open_feature_flagd::{FlagdOptions, FlagdProvider, ResolverType};
use reliability_core::openfeature::FlagSource;
use reliability_core::{Flag, Reliability, SetBy};

use crate::until;

/// A folder of its own, for the provider watches the folder of its file.
struct Folder(PathBuf);

impl Folder {
    fn new() -> Self {
        let path = std::env::temp_dir().join(format!("reliability-flagd-{}", std::process::id()));
        std::fs::create_dir_all(&path).unwrap();
        Self(path)
    }

    fn file(&self) -> String {
        self.0.join("flags.json").to_str().unwrap().to_owned()
    }

    /// Writes until it has arrived: the provider's watch may miss a file that comes while it reads the one before.
    fn write_until(&self, text: &str, mut arrived: impl FnMut() -> bool) {
        let mut tries = 0;
        until(|| {
            if tries % 200 == 0 {
                self.write(text);
            }
            tries += 1;
            arrived()
        });
    }

    /// As an editor or a mounted secret does it: beside, then over.
    fn write(&self, text: &str) {
        let beside = self.0.join("flags.tmp");
        std::fs::write(&beside, text).unwrap();
        std::fs::rename(beside, self.file()).unwrap();
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

fn flags(default: &str, share: f64) -> String {
    format!(
        r#"{{"flags": {{
            "flagd-checkout": {{"state": "ENABLED", "variants": {{"on": true, "off": false}}, "defaultVariant": "{default}"}},
            "flagd-trial": {{"state": "ENABLED", "variants": {{"some": {share}, "none": 0.0}}, "defaultVariant": "some"}}
        }}}}"#
    )
}

#[test]
fn a_file_of_flagd_is_read_live_and_a_broken_one_takes_nothing_back() {
    static CHECKOUT: Flag = Flag::on("flagd-checkout");
    static TRIAL: Flag = Flag::off("flagd-trial");
    static UNKNOWN: Flag = Flag::on("flagd-unknown");
    let folder = Folder::new();
    folder.write(&flags("on", 0.1));
    let reliability = Reliability::builder().only("no-such-").start().unwrap();
    let file = folder.file();
    let source = FlagSource::made_by(move || {
        let options = FlagdOptions {
            resolver_type: ResolverType::File,
            source_configuration: Some(file.clone()),
            cache_settings: None,
            ..FlagdOptions::default()
        };
        FlagdProvider::new(options)
    });
    let source = source.flag(&CHECKOUT).flag(&TRIAL).flag(&UNKNOWN).every(Duration::from_millis(20));
    let feed = source.start(&reliability.handle()).unwrap();

    until(|| CHECKOUT.set_by() == SetBy::Provider && (TRIAL.share().as_f64() - 0.1).abs() < 1e-9);
    assert!(CHECKOUT.enabled());
    assert_eq!((UNKNOWN.set_by(), UNKNOWN.enabled()), (SetBy::Declared, true));

    folder.write_until(&flags("off", 0.5), || !CHECKOUT.enabled() && (TRIAL.share().as_f64() - 0.5).abs() < 1e-9);

    // what it makes of a broken or a missing file is its own affair; the switch stays where it was
    for broken in [r#"{"flags": {"#, "", r#"{"flags": {}}"#] {
        let answered = feed.report();
        folder.write_until(broken, || {
            feed.ask();
            let now = feed.report();
            now.trouble.is_some() || now.answered < answered.answered || !now.forgotten.is_empty()
        });
        assert!(!CHECKOUT.enabled(), "{broken}");
    }
    folder.write_until(&flags("on", 0.0), || CHECKOUT.enabled() && !TRIAL.enabled());
    assert_eq!(feed.report().name, "flagd");
}
