//! The known hosts that the alias alone uses.

use crate::config::private::Private;
use crate::foreign::Text;
use crate::model::KnownHost;

use super::{KNOWN_HOSTS, LONGEST};

/// Adds the line, unless it is there.
pub fn add(root: &mut Private, line: &KnownHost) -> Result<(), Text> {
    let before = root.read(KNOWN_HOSTS, LONGEST)?;
    let before = before.as_ref().map_or("", |text| text.as_str());
    match added(before, line.as_str()) {
        Some(text) => root.write(KNOWN_HOSTS, &text),
        None => Ok(()),
    }
}

fn added(before: &str, line: &str) -> Option<String> {
    if before.lines().any(|there| there.trim() == line.trim()) {
        return None;
    }
    let gap = if before.is_empty() || before.ends_with('\n') { "" } else { "\n" };
    Some(format!("{before}{gap}{}\n", line.trim()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn p11_a_line_is_appended_once() {
        let first = added("", "h ssh-ed25519 k").unwrap();
        assert_eq!(first, "h ssh-ed25519 k\n");
        assert_eq!(added(&first, "h ssh-ed25519 k"), None);
        assert_eq!(added("  h ssh-ed25519 k  ", "h ssh-ed25519 k"), None);
        assert_eq!(added("a", "h ssh-ed25519 k").unwrap(), "a\nh ssh-ed25519 k\n");
    }
}
