//! A web server's log is read line by line or refused; every request counts once, in one of ascending minutes, or is named as
//! wrong.
#![no_main]
#![allow(dead_code, reason = "the reader is an example's, which uses more of it")]

#[path = "../../../examples/replay/clf.rs"]
mod clf;
#[path = "../../../examples/replay/lines.rs"]
mod lines;
#[path = "../../../examples/replay/minutes.rs"]
mod minutes;
#[path = "../../../examples/replay/reorder.rs"]
mod reorder;
#[path = "../../../examples/replay/time.rs"]
mod time;

use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let (mut lines, mut times) = (lines::Lines::new(bytes), time::LogTimes::default());
    let (mut reorder, mut rejected) = (reorder::Reorder::default(), lines::Rejected::default());
    let (mut requests, mut counted, mut before) = (0, 0, None);
    let mut hand_on = |minute: minutes::Minute| {
        assert!(before.is_none_or(|before| before + 1 == minute.at));
        before = Some(minute.at);
        counted += minute.tally.valid();
    };
    while let Ok(Some((line, text))) = lines.next() {
        let Ok(request) = clf::request(text, &mut times) else { continue };
        requests += 1;
        // centuries of empty minutes would be handed on one by one
        let minute = request.minute % (4 * reorder::REACH);
        let good = request.is_good(None).unwrap_or_default();
        reorder.count(reorder::Seen { line, minute, good }, &mut rejected, &mut hand_on);
    }
    reorder.finish(&mut hand_on);
    assert_eq!(counted + rejected.lines, requests);
});
