//! An answer of the query interface, read into plain series.
//!
//! The form is that of Prometheus's HTTP interface, version 1: `{"status", "data": {"resultType", "result"}, "errorType", "error",
//! "warnings"}`, values as texts. Fields that are not known are passed over. A value that nobody can know (`NaN`) and one that is
//! no figure (`+Inf`) are kept as they are; who reads decides, and [`Series::last`] gives only what is finite. Native histograms
//! are passed over: nothing here asks for them. Instants that are none, or not in order, are no answer.

use std::collections::BTreeMap;
use std::fmt;
use std::ops::Range;

use serde::Deserialize;
use serde::de::{Deserializer, Visitor};

use super::query::QueryError;

/// How much of what an engine says about an error is kept, in characters.
const SAID: usize = 200;
/// What can be the instant of a value, in seconds since the epoch: nanoseconds since then fit into 64 bits.
const INSTANTS: Range<f64> = 0.0..9e9;

/// What a query is worth.
///
/// ```
/// use reliability_core::fleet::Answer;
/// let answer = Answer::parse(
///     br#"{"status": "success", "data": {"resultType": "vector", "result": [
///         {"metric": {"slo": "checkout-availability"}, "value": [1772323200.5, "0.25"]}]}}"#,
/// )?;
/// assert_eq!((answer.series[0].label("slo"), answer.series[0].last()), ("checkout-availability", Some(0.25)));
/// # Ok::<(), reliability_core::fleet::QueryError>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct Answer {
    /// The series, in the engine's order. A scalar is one without labels.
    pub series: Vec<Series>,
    /// What the engine has to remark.
    pub warnings: Vec<String>,
}

impl Answer {
    /// Reads the body of an answer.
    ///
    /// # Errors
    /// If it is not of that form, or says that the query was refused or answered in part.
    pub fn parse(body: &[u8]) -> Result<Self, QueryError> {
        parse(body)
    }
}

/// One series.
///
/// ```
/// use reliability_core::fleet::Series;
/// let series = Series::default();
/// assert_eq!((series.label("slo"), series.last()), ("", None));
/// ```
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct Series {
    /// Its labels, `__name__` among them where it has a name.
    pub labels: BTreeMap<String, String>,
    /// When, in seconds since the epoch, and what: one for an instant, the oldest first for a range.
    pub points: Vec<(f64, f64)>,
}

impl Series {
    /// The value of a label; empty where there is none, as `PromQL` has it.
    pub fn label(&self, name: &str) -> &str {
        self.labels.get(name).map_or("", String::as_str)
    }

    /// Its latest value; `None` where that is no finite number.
    pub fn last(&self) -> Option<f64> {
        self.points.last().map(|(_, value)| *value).filter(|value| value.is_finite())
    }
}

#[derive(Deserialize)]
struct Body {
    status: String,
    data: Option<Data>,
    #[serde(rename = "errorType")]
    kind: Option<String>,
    error: Option<String>,
    #[serde(default)]
    warnings: Vec<String>,
    #[serde(rename = "isPartial", default)]
    partial: bool,
}

#[derive(Deserialize)]
#[serde(tag = "resultType", content = "result", rename_all = "lowercase")]
enum Data {
    Vector(Vec<One>),
    Matrix(Vec<One>),
    Scalar(Point),
    String(serde::de::IgnoredAny),
}

#[derive(Deserialize)]
struct One {
    #[serde(default)]
    metric: BTreeMap<String, String>,
    value: Option<Point>,
    #[serde(default)]
    values: Vec<Point>,
}

#[derive(Clone, Copy, Deserialize)]
struct Point(f64, Value);

/// A number in a text, as Go prints it.
#[derive(Clone, Copy)]
struct Value(f64);

impl<'de> Deserialize<'de> for Value {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Text;
        impl Visitor<'_> for Text {
            type Value = Value;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a number as a text, such as \"0.5\", \"NaN\" or \"+Inf\"")
            }
            fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<Value, E> {
                text.parse().map(Value).map_err(|_| E::invalid_value(serde::de::Unexpected::Str(text), &self))
            }
        }
        deserializer.deserialize_str(Text)
    }
}

pub(super) fn parse(body: &[u8]) -> Result<Answer, QueryError> {
    let body: Body = serde_json::from_slice(body).map_err(|error| QueryError::Malformed(cut(&error.to_string())))?;
    if body.status != "success" {
        let (kind, error) = (body.kind.unwrap_or_default(), body.error.unwrap_or_default());
        return Err(QueryError::Refused(cut(&kind), cut(&error)));
    }
    if body.partial {
        return Err(QueryError::Partial);
    }
    let series = match body.data {
        None => return Err(QueryError::Malformed("it says success and holds no data".into())),
        Some(Data::Vector(all) | Data::Matrix(all)) => all.into_iter().map(One::series).collect::<Result<_, _>>()?,
        Some(Data::Scalar(point)) => vec![Series { labels: BTreeMap::new(), points: vec![point.into()] }],
        Some(Data::String(_)) => return Err(QueryError::Malformed("its result is a text".into())),
    };
    Ok(Answer { series, warnings: body.warnings.iter().take(10).map(|warning| cut(warning)).collect() })
}

impl From<Point> for (f64, f64) {
    fn from(Point(at, Value(value)): Point) -> Self {
        (at, value)
    }
}

impl One {
    /// The series, if its instants are some and each is later than the one before.
    fn series(self) -> Result<Series, QueryError> {
        let points: Vec<(f64, f64)> = self.values.into_iter().chain(self.value).map(Into::into).collect();
        if let Some((at, _)) = points.iter().find(|(at, _)| !INSTANTS.contains(at)) {
            return Err(QueryError::Malformed(format!("{at} is no time")));
        }
        if !points.is_sorted_by(|a, b| a.0 < b.0) {
            return Err(QueryError::Malformed("its values are not in the order of time".into()));
        }
        Ok(Series { labels: self.metric, points })
    }
}

/// The beginning of what is no answer, for an error's text.
pub(super) fn beginning(body: &[u8]) -> String {
    cut(&String::from_utf8_lossy(&body[..body.len().min(4 * SAID)]))
}

fn cut(text: &str) -> String {
    let clean = text.trim().chars().map(|c| if c.is_control() { ' ' } else { c });
    clean.take(SAID).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(body: &str) -> QueryError {
        parse(body.as_bytes()).unwrap_err()
    }

    #[test]
    fn each_kind_of_result_is_read() {
        let scalar = parse(br#"{"status":"success","data":{"resultType":"scalar","result":[1.5,"7"]}}"#).unwrap();
        assert_eq!(scalar.series[0].points, [(1.5, 7.0)]);
        let matrix = parse(
            br#"{"status":"success","data":{"resultType":"matrix","result":[{"metric":{"a":"b"},"values":[[1,"2"],[3,"4e2"]]}]},"warnings":["w"],"infos":["i"]}"#,
        )
        .unwrap();
        assert_eq!(matrix.series[0].points, [(1.0, 2.0), (3.0, 400.0)]);
        assert_eq!((matrix.series[0].label("a"), matrix.warnings.len()), ("b", 1));
    }

    #[test]
    fn the_result_may_stand_before_its_kind() {
        let answer =
            parse(br#"{"data":{"result":[{"metric":{},"value":[1,"2"]}],"resultType":"vector"},"status":"success"}"#);
        assert_eq!(answer.unwrap().series.len(), 1);
    }

    #[test]
    fn what_is_no_figure_is_none() {
        for text in ["NaN", "+Inf", "-Inf", "Inf"] {
            let body = format!(
                r#"{{"status":"success","data":{{"resultType":"vector","result":[{{"metric":{{}},"value":[1,"{text}"]}}]}}}}"#
            );
            let answer = parse(body.as_bytes()).unwrap();
            assert_eq!((answer.series[0].points.len(), answer.series[0].last()), (1, None), "{text}");
        }
    }

    #[test]
    fn what_is_no_answer_is_refused_in_words() {
        for body in ["", "<html>", "[]", "{}", r#"{"status":"success"}"#] {
            assert!(matches!(refused(body), QueryError::Malformed(_)), "{body}");
        }
        let number = r#"{"status":"success","data":{"resultType":"vector","result":[{"metric":{},"value":[1,2]}]}}"#;
        assert!(matches!(refused(number), QueryError::Malformed(_)));
        for values in [r#"[1e300,"1"]"#, r#"[-1,"1"]"#, r#"[2,"1"],[1,"1"]"#, r#"[1,"1"],[1,"1"]"#, r#"[1,"x"]"#] {
            let body = format!(
                r#"{{"status":"success","data":{{"resultType":"matrix","result":[{{"metric":{{}},"values":[{values}]}}]}}}}"#
            );
            assert!(matches!(refused(&body), QueryError::Malformed(_)), "{values}");
        }
        let told = refused(r#"{"status":"error","errorType":"bad_data","error":"parse\nerror"}"#);
        assert_eq!(told, QueryError::Refused("bad_data".into(), "parse error".into()));
        let part = r#"{"status":"success","isPartial":true,"data":{"resultType":"vector","result":[]}}"#;
        assert_eq!(refused(part), QueryError::Partial);
    }
}
