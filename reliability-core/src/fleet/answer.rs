//! Answers of the query API, read without trust.
//!
//! The form is Prometheus' `/api/v1/query_range` and `/api/v1/query`, which the others speak too: `status`, `data` with a
//! `resultType` of `matrix` or `vector`, values as pairs of seconds and a number in quotes. Anything else is told as what it is.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::query::QueryError;
use crate::clock::Timestamp;

/// One series: its labels, and its values in the order of time.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Series {
    pub(crate) labels: BTreeMap<String, String>,
    pub(crate) points: Vec<(Timestamp, f64)>,
}

impl Series {
    /// A label's value; empty where there is none, as the query language has it.
    pub(crate) fn label(&self, name: &str) -> &str {
        self.labels.get(name).map_or("", String::as_str)
    }
}

#[derive(Deserialize)]
struct Answer {
    status: String,
    data: Option<Data>,
    #[serde(default, rename = "errorType")]
    kind: String,
    #[serde(default)]
    error: String,
}

#[derive(Deserialize)]
struct Data {
    result: Vec<One>,
}

#[derive(Deserialize)]
struct One {
    #[serde(default)]
    metric: BTreeMap<String, String>,
    #[serde(default)]
    values: Vec<(f64, String)>,
    value: Option<(f64, String)>,
}

/// The series of an answer.
///
/// # Errors
/// If the engine refused the query, or the answer has another form.
pub(crate) fn series(bytes: &[u8]) -> Result<Vec<Series>, QueryError> {
    let malformed = |what: String| QueryError::Malformed { what };
    let answer: Answer = serde_json::from_slice(bytes).map_err(|error| malformed(error.to_string()))?;
    if answer.status != "success" {
        return Err(QueryError::Refused { kind: answer.kind, message: answer.error });
    }
    let data = answer.data.ok_or_else(|| malformed("there is no data".into()))?;
    let one = |one: One| {
        let values = one.values.into_iter().chain(one.value);
        let point = |(seconds, value): (f64, String)| {
            let value: f64 = value.parse().map_err(|_| malformed(format!("{value:?} is no number")))?;
            if !(0.0..=9e9).contains(&seconds) {
                return Err(malformed(format!("{seconds} is no time")));
            }
            Ok((Timestamp::from_unix_nanos((seconds * 1e3).round() as i64 * 1_000_000), value))
        };
        let points = values.map(point).collect::<Result<Vec<_>, _>>()?;
        if points.is_sorted_by(|a, b| a.0 < b.0) {
            Ok(Series { labels: one.metric, points })
        } else {
            Err(malformed("its values are not in the order of time".into()))
        }
    };
    data.result.into_iter().map(one).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn matrices_and_vectors_are_series() {
        let matrix = br#"{"status":"success","data":{"resultType":"matrix","result":[
            {"metric":{"sli":"checkout"},"values":[[1773100860,"7"],[1773100920.5,"1.5e3"]]}]},"warnings":["x"]}"#;
        let read = series(matrix).unwrap();
        assert_eq!((read[0].label("sli"), read[0].label("none")), ("checkout", ""));
        assert_eq!(read[0].points[1], (Timestamp::from_unix_nanos(1_773_100_920_500_000_000), 1_500.0));
        let vector =
            br#"{"status":"success","data":{"resultType":"vector","result":[{"metric":{},"value":[1,"NaN"]}]}}"#;
        assert!(series(vector).unwrap()[0].points[0].1.is_nan());
    }

    #[test]
    fn what_is_refused_or_has_another_form_is_told_as_that() {
        let refused = br#"{"status":"error","errorType":"bad_data","error":"parse error"}"#;
        assert_eq!(
            series(refused),
            Err(QueryError::Refused { kind: "bad_data".into(), message: "parse error".into() })
        );
        for other in [
            &b"<html>"[..],
            b"{}",
            b"",
            br#"{"status":"success"}"#,
            br#"{"status":"success","data":{"result":[{"values":[[1,2]]}]}}"#,
            br#"{"status":"success","data":{"result":[{"values":[[1,"x"]]}]}}"#,
            br#"{"status":"success","data":{"result":[{"values":[[1e300,"1"]]}]}}"#,
            br#"{"status":"success","data":{"result":[{"values":[[2,"1"],[1,"1"]]}]}}"#,
        ] {
            assert!(matches!(series(other), Err(QueryError::Malformed { .. })), "{}", String::from_utf8_lossy(other));
        }
    }
}
