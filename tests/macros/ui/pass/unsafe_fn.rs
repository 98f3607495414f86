//! An `unsafe fn` keeps its contract, also where its operations need blocks of their own.
use reliability_core::sli;

/// # Safety
/// `at` points at a number.
#[sli]
unsafe fn read(at: *const u32) -> Result<u32, String> {
    Ok(unsafe { *at })
}

#[sli]
extern "C" fn add(a: u32, b: u32) -> u32 {
    a + b
}

#[sli]
fn main() {
    assert_eq!(unsafe { read(&7) }, Ok(7));
    assert_eq!(add(1, 2), 3);
}
