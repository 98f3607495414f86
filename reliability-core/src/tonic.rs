//! Outcomes of gRPC: the codes that blame the server are bad.
//!
//! The same codes that OpenTelemetry's conventions for RPC call errors on the server's side: unknown, deadline exceeded,
//! unimplemented, internal, unavailable, data loss. A cancelled call is ignored; what blames the caller (not found, invalid
//! argument, …) is a good answer; resource exhausted is a refusal: shed.
//!
//! Layer 6: imports sli.

use tonic::{Code, Status};

use crate::sli::{Classify, Outcome};

impl Classify for Code {
    fn classify(&self) -> Outcome {
        match self {
            Self::Unknown
            | Self::DeadlineExceeded
            | Self::Unimplemented
            | Self::Internal
            | Self::Unavailable
            | Self::DataLoss => Outcome::Bad,
            Self::Cancelled => Outcome::Ignored,
            Self::ResourceExhausted => Outcome::Shed,
            _ => Outcome::Good,
        }
    }
}

impl Classify for Status {
    fn classify(&self) -> Outcome {
        self.code().classify()
    }
}
