//! What a request at a gate may not do: allocate.

use std::hint::black_box;
use std::thread;

use allocation_counter::measure;
use reliability_core::{Ask, Gate, Priority, admission};
use std::time::Duration;

static DOOR: Gate = Gate::new("free-of-charge");
static SMALL: Gate = Gate::new("small-and-full").bounded(1);

#[test]
fn admitting_and_leaving_does_not_allocate_nor_does_looking() {
    drop(DOOR.admit(Priority::Normal));
    // long enough for some hundred looks
    let until = std::time::Instant::now() + Duration::from_millis(50);
    let before = DOOR.report().looks;
    let info = measure(|| {
        while std::time::Instant::now() < until {
            let ask = Ask::new(Priority::High).level(3).deadline(Duration::from_secs(1));
            drop(black_box(DOOR.admit(ask)));
        }
    });
    assert_eq!(info.count_total, 0);
    assert!(DOOR.report().looks > before + 1);
}

#[test]
fn refusing_does_not_allocate() {
    let _inside = SMALL.admit(Priority::Normal).unwrap();
    let refuse = || assert!(black_box(SMALL.admit(Priority::Low)).is_err());
    refuse();
    let info = measure(|| (0..1_000).for_each(|_| refuse()));
    assert_eq!(info.count_total, 0);
}

#[test]
fn the_context_does_not_allocate() {
    let ask = Ask::new(Priority::High).deadline(Duration::from_secs(1));
    let info = measure(|| admission::with(ask, || _ = black_box(Ask::current())));
    assert_eq!(info.count_total, 0);
}

#[test]
fn the_first_request_of_a_gate_on_a_thread_opens_cells_and_a_later_thread_takes_them_over() {
    static REUSED: Gate = Gate::new("handed-down");
    let first =
        || thread::spawn(|| measure(|| drop(black_box(REUSED.admit(Priority::Normal))))).join().unwrap().bytes_total;
    let (opened, taken_over) = (first(), first());
    assert!(opened >= 1_024, "{opened}");
    assert!(taken_over < 512, "{taken_over}");
}
