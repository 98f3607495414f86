//! A journey goes on in other services, and what happened there comes back.
//!
//! *There*, in W3C's header `baggage` (a list of `key=value`, values percent-encoded): the features whose journeys the request is on,
//! `reliability-journey=purchase.search`. *Back*, in a header of the answer: how each part ended that the other
//! service has, `purchase;bad=payments-availability;good=stock-availability`. Both sides know the parts by the names of
//! their SLOs, so both read the same documents; what one side does not know is passed over.
//!
//! **Only from peers.** A stranger who names features adds nothing to anybody's counts (a journey is counted where it begins), but
//! an answer decides a verdict, so both are read from trusted peers alone: that is the caller's business
//! (`JourneyLayer::trust` in the `tower` room, and whom you call yourself).
//!
//! **Bounds.** Both texts are read up to 8 KiB (the specification's limit for `baggage`), at most four features and as many parts as
//! a journey has. Nothing is allocated but by a value that holds percent-encoding, which ours never do. What does not
//! fit when an answer is written is left out from the good end: then a part looks unreached, never good.

use std::fmt;

use super::current::{Marks, NESTED, mark, rules};
use super::rule::Rule;

/// The header in which parts of a journey come back.
pub const JOURNEY_HEADER: &str = "reliability-journey";
/// The key in `baggage`.
const KEY: &str = "reliability-journey";
/// The longest text that is read, and the most members of `baggage` that are looked at.
const MOST_BYTES: usize = 8_192;
const MOST_MEMBERS: usize = 180;
/// The longest name of a feature.
const NAME: usize = 63;

/// The journeys that a request is on, as they travel.
///
/// ```
/// use reliability_core::journey::Baggage;
/// let there = Baggage::parse("session=17,reliability-journey=purchase;from=shop").unwrap();
/// assert_eq!(there.features().collect::<Vec<_>>(), ["purchase"]);
/// assert_eq!(there.to_string(), "reliability-journey=purchase");
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Baggage {
    names: [Name; NESTED],
}

/// A name in place.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Name {
    bytes: [u8; NAME],
    length: u8,
}

impl Default for Name {
    fn default() -> Self {
        Self { bytes: [0; NAME], length: 0 }
    }
}

impl fmt::Debug for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.as_str().fmt(f)
    }
}

impl Name {
    fn of(text: &str) -> Option<Self> {
        crate::name::check(text).ok()?;
        let mut name = Self { length: text.len() as u8, ..Self::default() };
        name.bytes.get_mut(..text.len())?.copy_from_slice(text.as_bytes());
        Some(name)
    }

    fn as_str(&self) -> &str {
        std::str::from_utf8(self.bytes.get(..usize::from(self.length)).unwrap_or_default()).unwrap_or_default()
    }
}

/// A text that is no header of this kind.
///
/// ```
/// use reliability_core::journey::Baggage;
/// assert!(Baggage::parse("no list of pairs").is_err());
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct BaggageError;

impl fmt::Display for BaggageError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("no baggage: a list of `key=value` of at most 8192 bytes is accepted")
    }
}

impl std::error::Error for BaggageError {}

impl Baggage {
    /// The journeys that this task is on: what a call to another service sends with it.
    pub fn current() -> Self {
        let mut baggage = Self::default();
        let names = rules().map(|rule| rule.and_then(|rule| Name::of(rule.name())));
        for (to, name) in baggage.names.iter_mut().zip(names.into_iter().flatten()) {
            *to = name;
        }
        baggage
    }

    /// Reads a header `baggage`, of which everything else is left to others.
    ///
    /// # Errors
    /// If it is no list of members, or too long.
    pub fn parse(header: &str) -> Result<Self, BaggageError> {
        if header.len() > MOST_BYTES {
            return Err(BaggageError);
        }
        let mut baggage = Self::default();
        for member in header.split(',').map(str::trim).filter(|member| !member.is_empty()).take(MOST_MEMBERS) {
            // properties behind a semicolon say nothing to us
            let pair = member.split(';').next().unwrap_or_default();
            let (key, value) = pair.split_once('=').ok_or(BaggageError)?;
            if key.trim() == KEY {
                let value = value.trim();
                if value.contains('%') { baggage.take(&decoded(value)) } else { baggage.take(value) }
            }
        }
        Ok(baggage)
    }

    fn take(&mut self, value: &str) {
        let names = value.split('.').filter_map(Name::of);
        for (to, name) in self.names.iter_mut().filter(|name| name.length == 0).zip(names) {
            *to = name;
        }
    }

    /// The features, the outermost first.
    pub fn features(&self) -> impl Iterator<Item = &str> {
        self.names.iter().map(Name::as_str).filter(|name| !name.is_empty())
    }

    /// Whether the request is on no journey.
    pub fn is_empty(&self) -> bool {
        self.features().next().is_none()
    }

    pub(super) fn rules(&self) -> impl Iterator<Item = &'static Rule> {
        // a stranger's names are not kept: only features that somebody here has begun or declared are known
        self.features().filter_map(Rule::known)
    }
}

/// As a member of a list `baggage`; empty without a journey.
impl fmt::Display for Baggage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, name) in self.features().enumerate() {
            if i == 0 {
                write!(f, "{KEY}={name}")?;
            } else {
                write!(f, ".{name}")?;
            }
        }
        Ok(())
    }
}

fn decoded(value: &str) -> String {
    let (mut text, mut rest) = (Vec::with_capacity(value.len()), value.as_bytes());
    while let [first, tail @ ..] = rest {
        let digit = |at: usize| tail.get(at).and_then(|byte| char::from(*byte).to_digit(16));
        if let (b'%', Some(high), Some(low)) = (first, digit(0), digit(1)) {
            text.push((high * 16 + low) as u8);
            rest = tail.get(2..).unwrap_or_default();
        } else {
            text.push(*first);
            rest = tail;
        }
    }
    String::from_utf8_lossy(&text).into_owned()
}

/// How the parts that a service has ended on a journey that began elsewhere.
#[derive(Clone, Copy, Debug, Default)]
pub struct Verdicts([Option<(&'static Rule, Marks)>; NESTED]);

impl Verdicts {
    pub(super) fn of(ended: impl Iterator<Item = (&'static Rule, Marks)>) -> Self {
        let mut verdicts = Self::default();
        for (to, ended) in verdicts.0.iter_mut().zip(ended) {
            *to = Some(ended);
        }
        verdicts
    }

    /// Whether there is nothing to tell.
    pub fn is_empty(&self) -> bool {
        self.0.iter().flatten().all(|(_, marks)| *marks == Marks::default())
    }

    /// Adds what another service tells in [`JOURNEY_HEADER`] to the journeys of this task. Features and parts that are not known
    /// here are passed over, and so is a text that is too long.
    pub fn note(header: &str) {
        if header.len() > MOST_BYTES {
            return;
        }
        for feature in header.split(',').take(NESTED) {
            let mut words = feature.split(';').map(str::trim);
            let name = words.next().unwrap_or_default();
            let Some(rule) = rules().into_iter().flatten().find(|rule| rule.name() == name) else { continue };
            let mut marks = Marks::default();
            for word in words {
                if word == "failed" {
                    marks.failed = true;
                }
                let Some((how, parts)) = word.split_once('=') else { continue };
                let bits = parts.split('.').take(super::PARTS).filter_map(|slo| rule.place(slo));
                let bits = bits.fold(0, |bits, place| bits | 1 << place);
                match how {
                    "bad" => marks.bad |= bits,
                    "shed" => marks.shed |= bits,
                    "good" => marks.good |= bits,
                    "ignored" => {}
                    _ => continue,
                }
                marks.reached |= bits;
            }
            mark(rule, marks);
        }
    }
}

/// As it stands in [`JOURNEY_HEADER`]; empty if there is nothing to tell.
impl fmt::Display for Verdicts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut room = MOST_BYTES;
        for (i, (rule, marks)) in self.0.iter().flatten().enumerate() {
            let between = if i == 0 { "" } else { "," };
            write!(f, "{between}{}", rule.name())?;
            room = room.saturating_sub(between.len() + rule.name().len());
            if marks.failed {
                f.write_str(";failed")?;
                room = room.saturating_sub(";failed".len());
            }
            let Marks { reached, good, bad, shed, .. } = *marks;
            for (how, bits) in [
                ("bad", bad),
                ("shed", shed),
                ("good", good & !bad & !shed),
                ("ignored", reached & !good & !bad & !shed),
            ] {
                let mut first = true;
                for (place, slo) in rule.parts().enumerate().filter(|(place, _)| bits >> place & 1 == 1) {
                    let _ = place;
                    let needed = slo.len() + if first { how.len() + 2 } else { 1 };
                    if needed > room {
                        return Ok(());
                    }
                    room -= needed;
                    let before = if first { format_args!(";{how}=") } else { format_args!(".") };
                    write!(f, "{before}{slo}")?;
                    first = false;
                }
            }
        }
        Ok(())
    }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::sli::Outcome;
    use crate::sli::journey::{Feature, Journey, PartRule};
    use crate::spec::Missing;

    fn declared(name: &str, parts: &[&str]) -> &'static Rule {
        let rule = Rule::named(name);
        let part = |slo| PartRule { slo, here: None, required: true, missing: Missing::Unknown };
        rule.declare(&parts.iter().map(|slo| part(*slo)).collect::<Vec<_>>());
        rule
    }

    #[test]
    fn percent_encoding_and_properties_are_read_and_strangers_members_left_alone() {
        let read = |text| Baggage::parse(text).map(|baggage| baggage.to_string());
        assert_eq!(
            read("a=b;c=d, reliability-journey = purchase%2Esearch ;x=y,z="),
            Ok("reliability-journey=purchase.search".into())
        );
        assert_eq!(read(""), Ok(String::new()));
        assert_eq!(read("reliability-journey=UPPER.%zz.ok"), Ok("reliability-journey=ok".into()));
        assert_eq!(read("lonely"), Err(BaggageError));
        let long = "a=b,".repeat(3_000);
        assert_eq!(read(&long), Err(BaggageError));
        assert_eq!(read("reliability-journey=a.b.c.d.e"), Ok("reliability-journey=a.b.c.d".into()));
    }

    #[test]
    fn what_another_service_tells_decides_here() {
        let parts = ["far-availability", "near-availability"];
        let rule = declared("told-by-others", &parts);
        let feature = Feature::new("told-by-others");
        let told = |header: &str| {
            let mut journey = Journey::begin(&feature);
            journey.enter(|| Verdicts::note(header));
            journey.end()
        };
        assert_eq!(told("told-by-others;good=far-availability.near-availability"), Outcome::Good);
        assert_eq!(told("told-by-others;bad=far-availability;good=near-availability"), Outcome::Bad);
        assert_eq!(told("told-by-others;shed=far-availability"), Outcome::Shed);
        assert_eq!(told("told-by-others;good=far-availability"), Outcome::Ignored); // the near one was not reached
        assert_eq!(told("another;bad=far-availability"), Outcome::Ignored);
        assert_eq!(rule.blamed("far-availability"), (2, 0));
    }

    proptest! {
        #[test]
        fn whatever_stands_in_a_header_is_read_or_refused_without_a_panic(text in "[ -~]{0,200}|.{0,60}") {
            if let Ok(baggage) = Baggage::parse(&text) {
                prop_assert_eq!(Baggage::parse(&baggage.to_string()), Ok(baggage));
            }
            let feature = Feature::new("told-anything");
            let mut journey = Journey::begin(&feature);
            journey.enter(|| Verdicts::note(&text));
            journey.end();
        }

        #[test]
        fn what_is_told_reads_the_same(good: u8, bad: u8, shed: u8, reached: u8) {
            let names: Vec<String> = (0..8).map(|i| format!("part-{i}")).collect();
            let rule = declared("told-the-same", &names.iter().map(String::as_str).collect::<Vec<_>>());
            let [good, bad, shed, reached] = [good, bad, shed, reached].map(u64::from);
            let marks = Marks { good: good & !bad & !shed, bad, shed, reached: reached | good | bad | shed, ..Marks::default() };
            let text = Verdicts::of([(rule, marks)].into_iter()).to_string();
            let feature = Feature::new("told-the-same");
            let mut journey = Journey::begin(&feature);
            journey.enter(|| Verdicts::note(&text));
            prop_assert_eq!(journey.marks(), marks);
            journey.end();
        }
    }
}
