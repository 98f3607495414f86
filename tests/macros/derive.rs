//! `#[derive(Outcome)]`.

use reliability_core::{Classify, Outcome};

#[derive(Outcome)]
#[allow(dead_code)]
enum Fault {
    #[outcome(good)]
    NotFound,
    #[outcome(ignored)]
    Probe {
        who: u32,
    },
    #[outcome(shed)]
    Busy(u32, u32),
    #[outcome(bad)]
    Told,
    Silent,
    #[outcome(inner)]
    Tuple(Box<Fault>),
    #[outcome(inner)]
    Named {
        source: Outcome,
    },
}

#[derive(Outcome)]
enum Generic<T, U: Clone>
where
    T: Send,
{
    #[outcome(inner)]
    One(Option2<T>),
    #[outcome(inner)]
    Two(T),
    #[allow(dead_code)]
    Three(U),
}

#[derive(Outcome)]
#[outcome(inner)]
struct Option2<T>(T);

#[derive(Outcome)]
#[outcome(shed, crate = ::reliability_core)]
struct Refused;

#[derive(Outcome)]
#[allow(dead_code)]
struct Broken {
    why: u32,
    what: u32,
}

#[derive(Outcome)]
#[outcome(inner)]
struct Inner<'a> {
    fault: &'a Fault,
}

#[derive(Outcome)]
enum Never {}

#[test]
fn each_variant_is_what_it_says_and_bad_if_it_says_nothing() {
    let all = [
        (Fault::NotFound, Outcome::Good),
        (Fault::Probe { who: 1 }, Outcome::Ignored),
        (Fault::Busy(1, 2), Outcome::Shed),
        (Fault::Told, Outcome::Bad),
        (Fault::Silent, Outcome::Bad),
        (Fault::Tuple(Box::new(Fault::NotFound)), Outcome::Good),
        (Fault::Named { source: Outcome::Shed }, Outcome::Shed),
    ];
    for (fault, outcome) in all {
        assert_eq!(fault.classify(), outcome);
        assert_eq!(Inner { fault: &fault }.classify(), outcome);
    }
}

#[test]
fn generic_types_and_structs_say_it_too() {
    assert_eq!(Generic::<_, u8>::One(Option2(Outcome::Ignored)).classify(), Outcome::Ignored);
    assert_eq!(Generic::<_, u8>::Two(Outcome::Good).classify(), Outcome::Good);
    assert_eq!(Generic::<Outcome, u8>::Three(1).classify(), Outcome::Bad);
    assert_eq!(Refused.classify(), Outcome::Shed);
    assert_eq!(Broken { why: 1, what: 2 }.classify(), Outcome::Bad);
    assert!(None::<Never>.is_none_or(|never| never.classify() == Outcome::Bad));
}

#[reliability_core::sli(name = "derive-error")]
fn fails(n: u32) -> Result<u32, Fault> {
    match n {
        0 => Err(Fault::NotFound),
        1 => Err(Fault::Silent),
        2 => Err(Fault::Busy(1, 2)),
        n => Ok(n),
    }
}

#[test]
fn an_error_is_counted_as_what_it_says() {
    let _ = [fails(0), fails(1), fails(2), fails(3)].map(|result| result.is_ok());
    let counts = crate::common::counts("derive-error");
    assert_eq!((counts.good, counts.bad, counts.shed), (2, 1, 1));
}
