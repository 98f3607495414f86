//! Outcomes of gRPC: the codes that blame the server are bad. [`Outcome::of_grpc`] says which those are, here and for the
//! layer that reads a status off the trailers.
//!
//! Layer 6: imports sli.

use tonic::{Code, Status};

use crate::sli::{Classify, Outcome};

impl Classify for Code {
    fn classify(&self) -> Outcome {
        Outcome::of_grpc(i32::from(*self))
    }
}

impl Classify for Status {
    fn classify(&self) -> Outcome {
        self.code().classify()
    }
}
