//! Whatever an engine answers, the client says what is wrong, in time, and holds no more than it may.

use std::time::Duration;

use reliability_core::fleet::{Api, QueryError};

use crate::server::{Answer, Server};

fn trouble(answer: Answer) -> QueryError {
    let server = Server::start(answer);
    let api = Api::at(&server.url()).unwrap().timeout(Duration::from_millis(400)).limit(100_000);
    api.instant("up", None).unwrap_err()
}

fn body(status: u16, text: &str) -> Answer {
    Answer::Body(status, text.into())
}

#[test]
fn every_bad_answer_is_an_error_that_says_which() {
    assert!(matches!(trouble(body(200, "<html>")), QueryError::Malformed(_)));
    assert!(matches!(trouble(body(200, "")), QueryError::Malformed(_)));
    assert!(matches!(trouble(body(200, &"[".repeat(50_000))), QueryError::Malformed(_)));
    assert!(matches!(
        trouble(body(200, r#"{"status":"success","data":{"resultType":"tensor","result":[]}}"#)),
        QueryError::Malformed(_)
    ));
    assert_eq!(trouble(body(500, "it\nhurts")), QueryError::Status(500, "it hurts".into()));
    assert_eq!(trouble(body(302, "elsewhere")), QueryError::Status(302, "elsewhere".into()));
    let refusal = r#"{"status":"error","errorType":"bad_data","error":"no such function"}"#;
    for status in [200, 400, 503] {
        assert_eq!(trouble(body(status, refusal)), QueryError::Refused("bad_data".into(), "no such function".into()));
    }
    assert_eq!(trouble(Answer::Huge(1 << 22)), QueryError::TooLarge(100_000));
    assert_eq!(trouble(Answer::Silence(Duration::from_secs(3))), QueryError::Timeout(Duration::from_millis(400)));
    assert!(matches!(trouble(Answer::BreaksOff), QueryError::Unreachable(_) | QueryError::Timeout(_)));
}

#[test]
fn nobody_at_the_address_is_an_error() {
    let nobody = crate::tools::free_address();
    let error = Api::at(&format!("http://{nobody}")).unwrap().instant("up", None).unwrap_err();
    assert!(matches!(error, QueryError::Unreachable(_)), "{error}");
}

#[test]
fn headers_and_the_token_go_with_each_query_and_are_never_shown() {
    let server = Server::start(crate::server::vector(&[("up", &[], "1")]));
    // this process has it from cargo: the only kind of variable that a test need not set
    let api = Api::at(&server.url()).unwrap().header("X-Scope-OrgID", "shop").unwrap().bearer_from("CARGO_PKG_NAME");
    assert_eq!(api.instant("up", None).unwrap().series[0].last(), Some(1.0));
    let asked = server.asked.lock().unwrap().join("\n").to_ascii_lowercase();
    assert!(
        asked.contains("x-scope-orgid: shop") && asked.contains("authorization: bearer reliability-tests"),
        "{asked}"
    );
    assert!(asked.contains("post /api/v1/query ") && asked.contains("query=up"), "{asked}");
    assert!(!format!("{api:?}").contains("reliability-tests"));
    let unset = Api::at(&server.url()).unwrap().bearer_from("A_TOKEN_THAT_NOBODY_SET").instant("up", None);
    assert_eq!(unset.unwrap_err(), QueryError::Token("A_TOKEN_THAT_NOBODY_SET".into()));
}
