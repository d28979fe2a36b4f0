//! What tells an approver that this is the machine of last time, and tells nobody which machine it is.

use ring::hmac;

use crate::foreign::Text;

/// Made for this purpose alone: another program that hashes the machine id comes to another value.
const PURPOSE: &str = "landfall device context 1";

/// A keyed hash of the machine id for one server, 64 bits in four groups; nothing without a machine id. The id is
/// the key and is never sent (machine-id(5) asks for that); two servers are told different values.
pub fn fingerprint(machine_id: &str, origin: &str) -> Text {
    let id = machine_id.trim();
    if id.len() < 32 || !id.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return Text::default();
    }
    let key = hmac::Key::new(hmac::HMAC_SHA256, id.to_ascii_lowercase().as_bytes());
    let tag = hmac::sign(&key, format!("{PURPOSE}\n{origin}").as_bytes());
    let groups: Vec<String> = tag
        .as_ref()
        .chunks_exact(2)
        .take(4)
        .map(|two| format!("{:04x}", two.iter().fold(0, |word, byte| word << 8 | u32::from(*byte))))
        .collect();
    Text::new(&groups.join("-"))
}

#[cfg(test)]
mod tests {
    use super::*;

    const ID: &str = "0123456789abcdef0123456789abcdef\n";

    #[test]
    fn it_is_the_same_for_a_server_and_another_for_the_next() {
        let one = fingerprint(ID, "https://a.example");
        assert_eq!(one, fingerprint(&ID.to_ascii_uppercase(), "https://a.example"));
        assert_ne!(one, fingerprint(ID, "https://b.example"));
        assert_eq!(one.len(), 19);
        assert!(!one.contains("0123"), "{one}");
    }

    #[test]
    fn no_id_no_fingerprint() {
        for id in ["", "uninitialized\n", "0123", "zz23456789abcdef0123456789abcdef"] {
            assert_eq!(fingerprint(id, "https://a.example"), Text::default(), "{id}");
        }
    }
}
