//! What may stand on a ladder of degradation.

use crate::name;

/// The most rungs.
pub(crate) const MAX_RUNGS: usize = 8;

/// Checks a ladder's rungs, in the compiler where they stand in a static.
pub(crate) const fn check_rungs(rungs: &[&str]) {
    assert!(rungs.len() >= 2, "a ladder has at least two rungs, the best first, such as [\"full\", \"cached\"]");
    assert!(rungs.len() <= MAX_RUNGS, "a ladder has at most eight rungs");
    let mut i = 0;
    while i < rungs.len() {
        assert!(name::check(rungs[i]).is_ok(), "a rung's name is 1 to 63 of a-z, 0-9 and -");
        let mut other = 0;
        while other < i {
            assert!(!same(rungs[i].as_bytes(), rungs[other].as_bytes()), "two rungs of a ladder have one name");
            other += 1;
        }
        i += 1;
    }
}

const fn same(a: &[u8], b: &[u8]) -> bool {
    if a.len() != b.len() {
        return false;
    }
    let mut i = 0;
    while i < a.len() {
        if a[i] != b[i] {
            return false;
        }
        i += 1;
    }
    true
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;

    #[test]
    fn a_ladder_of_two_to_eight_different_names_is_one() {
        check_rungs(&["full", "cached"]);
        check_rungs(&["a", "b", "c", "d", "e", "f", "g", "h"]);
        for wrong in [&["full"][..], &["full", "full"], &["full", "Cached"], &["a"; 9]] {
            assert!(std::panic::catch_unwind(|| check_rungs(wrong)).is_err(), "{wrong:?}");
        }
    }
}
