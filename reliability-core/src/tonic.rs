//! Outcomes of gRPC: the codes that blame the server are bad. [`Outcome::of_grpc`] says which those are, here and for the
//! layer that reads a status off the trailers. A gate's refusal becomes a status that says so in its metadata.
//!
//! Layer 6: imports admission, sli.

use tonic::metadata::{MetadataMap, MetadataValue};
use tonic::{Code, Status};

use crate::admission::Shed;
use crate::sli::{Classify, Outcome};

/// Says why a request was refused.
const SHED: &str = "reliability-shed";

impl Classify for Code {
    fn classify(&self) -> Outcome {
        Outcome::of_grpc(i32::from(*self))
    }
}

/// What bears a gate's refusal is shed, whatever its code.
impl Classify for Status {
    fn classify(&self) -> Outcome {
        if self.metadata().contains_key(SHED) { Outcome::Shed } else { self.code().classify() }
    }
}

/// `RESOURCE_EXHAUSTED`, which clients do not try again by themselves, with `grpc-retry-pushback-ms: -1`, which tells those that
/// would. When to ask anew by itself stands in `retry-after`, in whole seconds as HTTP's header ([`Shed::retry_after`]): a pushback would
/// be an invitation to repeat this very request.
///
/// ```
/// use reliability_core::{Classify, Outcome, Priority, Shed, ShedReason};
/// let status = tonic::Status::from(Shed::new("front-door", ShedReason::Overload, Priority::Low));
/// assert_eq!(status.code(), tonic::Code::ResourceExhausted);
/// assert_eq!(status.metadata().get("grpc-retry-pushback-ms").unwrap(), "-1");
/// assert_eq!(status.metadata().get("retry-after").unwrap(), "1");
/// assert_eq!(status.classify(), Outcome::Shed);
/// ```
impl From<Shed> for Status {
    fn from(shed: Shed) -> Self {
        let mut metadata = MetadataMap::new();
        metadata.insert("grpc-retry-pushback-ms", MetadataValue::from_static("-1"));
        metadata.insert("retry-after", MetadataValue::from(shed.retry_after().as_secs().max(1)));
        metadata.insert(SHED, MetadataValue::from_static(shed.reason().name()));
        Self::with_metadata(Code::ResourceExhausted, shed.to_string(), metadata)
    }
}
