//! Which bucket a key falls into: `MurmurHash3` of 32 bits (x86 form, seed 0) over the flag's name and the key, as flagd hashes
//! when a rule names no other text.
//!
//! The name comes first and never changes, so its whole words are hashed by the compiler, and a request goes on from there.
//! Up to three bytes of it are carried over into the first word of the key.

const C1: u32 = 0xcc9e_2d51;
const C2: u32 = 0x1b87_3593;

/// The hash of a name, not yet finished.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Begun {
    hash: u32,
    /// Bytes that fill no word, the first lowest.
    carry: u32,
    len: u32,
}

#[inline]
const fn scramble(word: u32) -> u32 {
    word.wrapping_mul(C1).rotate_left(15).wrapping_mul(C2)
}

#[inline]
const fn mix(hash: u32, word: u32) -> u32 {
    (hash ^ scramble(word)).rotate_left(13).wrapping_mul(5).wrapping_add(0xe654_6b64)
}

impl Begun {
    /// Hashes a name as far as it fills words.
    pub(crate) const fn new(name: &str) -> Self {
        let bytes = name.as_bytes();
        let (mut hash, mut carry, mut at) = (0, 0_u32, 0);
        while at < bytes.len() {
            carry |= (bytes[at] as u32) << (8 * (at % 4));
            at += 1;
            if at % 4 == 0 {
                hash = mix(hash, carry);
                carry = 0;
            }
        }
        Self { hash, carry, len: bytes.len() as u32 }
    }

    /// Goes on with a key, and ends.
    #[inline]
    pub(crate) fn with(self, key: &[u8]) -> u32 {
        let shift = 8 * (self.len % 4);
        let Self { mut hash, carry, len } = self;
        let mut carry = u64::from(carry);
        let (words, tail) = key.as_chunks::<4>();
        for word in words {
            let both = carry | u64::from(u32::from_le_bytes(*word)) << shift;
            hash = mix(hash, both as u32);
            carry = both >> 32;
        }
        let mut last = 0_u64;
        for (i, byte) in tail.iter().enumerate() {
            last |= u64::from(*byte) << (8 * i);
        }
        carry |= last << shift;
        if shift as usize / 8 + tail.len() >= 4 {
            hash = mix(hash, carry as u32);
            carry >>= 32;
        }
        // a tail of nothing is 0, which changes nothing
        hash ^= scramble(carry as u32);
        hash ^= len.wrapping_add(key.len() as u32);
        hash = (hash ^ (hash >> 16)).wrapping_mul(0x85eb_ca6b);
        hash = (hash ^ (hash >> 13)).wrapping_mul(0xc2b2_ae35);
        hash ^ (hash >> 16)
    }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn published_vectors_come_out() {
        // seed 0: from the tables that implementations of MurmurHash3_x86_32 share
        for (text, hash) in [
            ("", 0),
            ("test", 0xba6b_d213),
            ("Hello, world!", 0xc036_3e43),
            ("The quick brown fox jumps over the lazy dog", 0x2e4f_f723),
        ] {
            assert_eq!(Begun::new("").with(text.as_bytes()), hash, "{text}");
            assert_eq!(Begun::new(text).with(b""), hash, "{text}");
        }
    }

    proptest! {
        #[test]
        fn it_does_not_matter_where_the_name_ends(text in "\\PC{0,40}", at in 0_usize..40) {
            let at = (0..=at.min(text.len())).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0);
            let whole = Begun::new("").with(text.as_bytes());
            prop_assert_eq!(Begun::new(&text[..at]).with(&text.as_bytes()[at..]), whole);
        }
    }
}
