//! A replica's JSON is read or refused without a panic; what was read can be added up, and comes back from its own JSON as it was.
#![no_main]

use libfuzzer_sys::fuzz_target;
use reliability_core::Replica;
use reliability_core::fleet::FleetView;

fuzz_target!(|body: &[u8]| {
    let Ok(replica) = Replica::from_json(body) else { return };
    let json = serde_json::to_vec(&replica).expect("a replica is JSON");
    assert_eq!(Replica::from_json(&json).as_ref(), Ok(&replica));
    let mut fleet = FleetView::of(replica.service.service.clone(), replica.service.environment.as_deref());
    let at = replica.at;
    if fleet.add(replica).is_ok() {
        for slo in fleet.judge(at).slos {
            assert!(slo.figures.budget.remaining() <= 1.0);
        }
    }
});
