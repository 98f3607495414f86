//! The signature of Standard Webhooks: HMAC-SHA256 over `id.timestamp.body`, in base64, with its version before it.
//!
//! <https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md>, the symmetric scheme `v1`.
//! The key is what stands behind `whsec_`, in base64; the specification asks for 24 to 64 bytes, and so do we.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

const PREFIX: &str = "whsec_";
/// How many bytes a key may have.
const BYTES: std::ops::RangeInclusive<usize> = 24..=64;

/// A key, ready to sign.
pub(super) struct Key(Hmac<Sha256>);

impl Key {
    /// Reads `whsec_` with base64 behind it. The error says what was expected and nothing of what was found.
    pub(super) fn parse(secret: &str) -> Result<Self, &'static str> {
        let bare = secret.strip_prefix(PREFIX).ok_or("a signing secret begins with whsec_")?;
        let bytes = STANDARD.decode(bare).map_err(|_| "a signing secret is base64 behind whsec_")?;
        if !BYTES.contains(&bytes.len()) {
            return Err("a signing secret has 24 to 64 bytes behind whsec_");
        }
        Hmac::new_from_slice(&bytes).map(Self).map_err(|_| "a signing secret has 24 to 64 bytes behind whsec_")
    }

    /// The value of the header `webhook-signature`.
    pub(super) fn sign(&self, id: &str, seconds: i64, body: &[u8]) -> String {
        let mut mac = self.0.clone();
        mac.update(id.as_bytes());
        mac.update(format!(".{seconds}.").as_bytes());
        mac.update(body);
        format!("v1,{}", STANDARD.encode(mac.finalize().into_bytes()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The vector that the reference libraries of Standard Webhooks are tested with.
    #[test]
    fn the_published_vector_is_signed_as_published() {
        let key = Key::parse("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw").unwrap();
        let signature = key.sign("msg_p5jXN8AQM9LWM0D4loKWxJek", 1_614_265_330, br#"{"test": 2432232314}"#);
        assert_eq!(signature, "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
    }

    #[test]
    fn a_secret_that_is_none_is_refused_without_being_told() {
        let long = format!("whsec_{}", STANDARD.encode([7; 65]));
        for secret in ["", "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "whsec_", "whsec_%%%", "whsec_c2hvcnQ=", long.as_str()] {
            let error = Key::parse(secret).err().unwrap();
            assert!(error.starts_with("a signing secret ") && !error.contains("c2hvcnQ"), "{error}");
        }
    }
}
