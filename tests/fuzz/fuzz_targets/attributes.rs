//! The attributes of a resource, whatever an environment holds: nothing in them ends the process.
#![no_main]

use libfuzzer_sys::fuzz_target;
use reliability_core::testkit::identity_from;

fuzz_target!(|text: &str| {
    let identity = identity_from(|name| (name == "OTEL_RESOURCE_ATTRIBUTES").then(|| text.to_owned()));
    assert!(!identity.instance.is_empty() && !identity.service.is_empty());
});
