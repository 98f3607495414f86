//! What the code declares, as documents of `OpenSLO`.

use super::generate::Export;
use crate::document;

impl Export {
    /// A Service and an SLO for each promise, as documents of `OpenSLO` v1: so that the document can begin from the code, and other
    /// engines read what is promised here. Reading it again gives the same promises.
    ///
    /// ```
    /// use reliability_core::{Objective, Reliability, Sli};
    /// let checkout = Sli::named("checkout-out")?.declare(|spec| spec.objective(Objective::parse("99.9%").unwrap()));
    /// let reliability = Reliability::builder().service("shop").sli(&checkout).start()?;
    /// assert!(reliability.export().openslo().contains("target: 0.999"));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn openslo(&self) -> String {
        document::openslo(&self.service.service, self.promises())
    }
}
