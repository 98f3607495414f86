//! A period is read or refused, and what was read prints as a text that reads the same.
#![no_main]

use libfuzzer_sys::fuzz_target;
use reliability_core::Window;

fuzz_target!(|text: &str| {
    if let Ok(window) = Window::parse(text) {
        assert_eq!(Window::parse(&window.to_string()), Ok(window));
    }
});
