//! The digits that a person carries back from the approval page to this machine.

use std::fmt;
use std::str::FromStr;

/// How many digits there are.
pub const DIGITS: usize = 6;

/// The reverse code: six digits that the approval page shows only after the approval. They are worth nothing
/// without the device code, which never leaves this machine; still no form of this type writes them.
#[derive(Clone, PartialEq, Eq)]
pub struct ReverseCode(String);

/// It is not six digits; how many were counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NotSixDigits(pub usize);

impl ReverseCode {
    /// The digits, for the server that asked for them.
    pub fn digits(&self) -> &str {
        &self.0
    }
}

impl FromStr for ReverseCode {
    type Err = NotSixDigits;

    /// Takes them with blanks and dashes between them, as people write them.
    fn from_str(typed: &str) -> Result<Self, NotSixDigits> {
        let digits: String = typed.chars().filter(|c| !matches!(c, ' ' | '-')).collect();
        if digits.len() == DIGITS && digits.bytes().all(|byte| byte.is_ascii_digit()) {
            return Ok(Self(digits));
        }
        Err(NotSixDigits(digits.chars().filter(char::is_ascii_digit).count()))
    }
}

impl fmt::Debug for ReverseCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ReverseCode(..)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn six_digits_and_nothing_else() {
        for typed in ["042137", "042 137", "042-137", " 0 4 2 1 3 7 "] {
            assert_eq!(typed.parse().map(|code: ReverseCode| code.0), Ok("042137".to_owned()), "{typed}");
        }
        for (typed, counted) in [("", 0), ("04213", 5), ("0421378", 7), ("04213x", 5), ("٠٤٢١٣٧", 0)] {
            assert_eq!(typed.parse::<ReverseCode>(), Err(NotSixDigits(counted)), "{typed}");
        }
        assert!(!format!("{:?}", "042137".parse::<ReverseCode>()).contains("042"));
    }
}
