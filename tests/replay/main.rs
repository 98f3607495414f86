//! The example `replay`, run as the program that it is: what it reads, what it says, and how it ends.
#![allow(clippy::format_collect, clippy::format_push_string)]

mod figures;
mod logs;
mod months;
mod refusals;
mod tables;

use std::io::Write;
use std::process::{Child, Command, Stdio};

use serde_json::Value;

/// 2026-03-10T00:00:00Z.
const MIDNIGHT: i64 = 1_773_100_800;

struct Ran {
    code: Option<i32>,
    out: String,
    err: String,
}

/// Starts it.
fn spawn(arguments: &str) -> Child {
    Command::new(env!("CARGO_BIN_EXE_replay"))
        .args(arguments.split_whitespace())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("cargo has built it")
}

/// Runs it with `input` on its standard input.
fn replay(arguments: &str, input: impl AsRef<[u8]>) -> Ran {
    let mut child = spawn(arguments);
    // a program that refuses its arguments reads nothing
    let mut stdin = child.stdin.take().unwrap();
    let input = input.as_ref().to_vec();
    let writer = std::thread::spawn(move || drop(stdin.write_all(&input)));
    let output = child.wait_with_output().unwrap();
    writer.join().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("it writes UTF-8");
    Ran { code: output.status.code(), out: text(output.stdout), err: text(output.stderr) }
}

/// The verdict on `input`, which can be judged.
#[track_caller]
fn verdict(arguments: &str, input: impl AsRef<[u8]>) -> Value {
    let ran = replay(&format!("- --output json {arguments}"), input);
    assert_eq!(ran.code, Some(0), "{}", ran.err);
    serde_json::from_str(&ran.out).unwrap_or_else(|error| panic!("{error}: {}", ran.out))
}

/// A table of one row a minute from `MIDNIGHT` on; `None` leaves one out.
fn table(rows: impl IntoIterator<Item = Option<(u64, u64)>>) -> String {
    let mut text = "time,good,bad\n".to_owned();
    for (minute, row) in (0_i64..).zip(rows) {
        if let Some((good, bad)) = row {
            text += &format!("{},{good},{bad}\n", MIDNIGHT + minute * 60);
        }
    }
    text
}

/// The instant `minutes` after `MIDNIGHT`, as it is written.
fn at(minutes: i64) -> String {
    reliability_core::Timestamp::from_unix_seconds(MIDNIGHT + minutes * 60).to_string()
}

#[track_caller]
fn close(found: &Value, expected: f64) {
    let figure = found.as_f64().unwrap_or_else(|| panic!("{found} where {expected} was expected"));
    assert!((figure - expected).abs() <= 1e-9 * expected.abs().max(1.0), "{figure} where {expected} was expected");
}
