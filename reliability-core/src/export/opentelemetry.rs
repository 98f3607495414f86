//! Trace and span ids from OpenTelemetry's current context.

use opentelemetry::trace::TraceContextExt;

use crate::sli::{TraceRef, set_trace_source};

/// Lets failures remember the trace and the span that they happened in.
pub(super) fn install() {
    set_trace_source(0, || {
        opentelemetry::Context::map_current(|context| {
            let span = context.span();
            let span = span.span_context();
            span.is_valid().then(|| {
                let (trace, span) = (span.trace_id().to_bytes(), span.span_id().to_bytes());
                TraceRef::SpanOf(u128::from_be_bytes(trace), u64::from_be_bytes(span))
            })
        })
    });
}
