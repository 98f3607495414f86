//! What the code declares, written as `OpenSLO` and read again.

use reliability_core::document::{Documents, Source, openslo};
use reliability_core::slo::Promise;
use reliability_core::{CalendarUnit, Latency, Method, Objective, Reliability, Sli, SliSpec, Window, Zone};

#[test]
fn what_is_written_says_the_same_when_it_is_read() {
    let slis = [
        SliSpec::new("checkout")
            .objective(Objective::parse("99.9999999%").unwrap())
            .latency(Latency::parse("99.5% < 250ms").unwrap())
            .owner("payments")
            .window(Window::calendar(CalendarUnit::Quarter, Zone::new("Europe/Paris").unwrap())),
        SliSpec::new("search")
            .objective(Objective::parse("90%").unwrap())
            .method(Method::parse("timeslices 5m 99.5%").unwrap())
            .window(Window::calendar(CalendarUnit::Week, Zone::new("UTC").unwrap())),
        SliSpec::new("home")
            .objective(Objective::parse("99.123%").unwrap())
            .method(Method::parse("ratio-timeslices 2m").unwrap())
            .window(Window::rolling_days(7).unwrap()),
    ];
    let promises: Vec<_> = slis.iter().flat_map(Promise::declared).collect();
    let text = openslo("The Shop", &promises);
    crate::golden::compare("declared.yaml", &text);
    let (documents, findings) = Documents::read([Source::new("shop.yaml", text)]);
    assert_eq!(findings, []);
    let (bound, findings) = documents.bind(&slis);
    assert_eq!(findings, []);
    assert_eq!(bound.overlays.len(), promises.len());
    for promise in &promises {
        let overlay = bound.overlay(&promise.slo).unwrap();
        assert_eq!(overlay.apply(promise.terms), promise.terms, "{}", promise.slo);
        assert_eq!(overlay.about.owner, promise.about.owner);
    }
}

#[test]
fn a_service_writes_its_document_with_the_words_of_the_documents_it_began_with() {
    let sli = Sli::named("doc-export").unwrap().declare(|spec| spec.objective(Objective::parse("99.9%").unwrap()));
    let path = crate::tools::scratch("documents-export").join("reliability.yaml");
    std::fs::write(
        &path,
        "apiVersion: openslo/v1\nkind: SLO\nmetadata:\n  name: it-works\n  annotations: { reliability/impact: nobody can pay, reliability/sli: doc-export }\nspec:\n  service: shop\n  indicatorRef: anything\n  timeWindow: [{ duration: 7d, isRolling: true }]\n  budgetingMethod: Occurrences\n  objectives: [{ target: 0.98 }]\n",
    )
    .unwrap();
    let reliability =
        Reliability::builder().only("doc-export").service("shop").sli(&sli).documents(path).start().unwrap();
    let text = reliability.export().openslo();
    for said in
        ["target: 0.98\n", "duration: 7d\n", "reliability/impact: nobody can pay\n", "name: doc-export-availability\n"]
    {
        assert!(text.contains(said), "{said} is missing in:\n{text}");
    }
    drop(reliability);
}
