//! Which process this is, in words that another one can check: on the same host a dead one is told from a
//! living one without waiting.

use std::fmt;
use std::fs;
use std::path::Path;

/// A process on some host. A process id alone is given anew; with its start it is not.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Process {
    /// The kernel's boot id: this host, since it was started.
    boot: String,
    /// Which view on processes its id belongs to; a container has one of its own.
    view: String,
    id: u32,
    /// Its start, in clock ticks since the boot.
    start: u64,
}

impl Process {
    /// This one.
    pub fn this() -> Self {
        let id = std::process::id();
        let read =
            |path: &str| fs::read_to_string(path).map(|text| text.trim().to_owned()).unwrap_or_default();
        Self {
            boot: read("/proc/sys/kernel/random/boot_id"),
            view: fs::read_link("/proc/self/ns/pid").map(|path| digits(&path)).unwrap_or_default(),
            id,
            start: started(id).unwrap_or_default(),
        }
    }

    /// A process of a test: on this host, alive or not as `id` and `start` have it.
    #[doc(hidden)]
    #[must_use]
    pub fn beside(&self, id: u32, start: u64) -> Self {
        Self { id, start, ..self.clone() }
    }

    /// Reads what [`fmt::Display`] wrote.
    pub fn parse(text: &str) -> Option<Self> {
        let mut parts = text.split('/');
        let (boot, view) = (parts.next()?.to_owned(), parts.next()?.to_owned());
        let (id, start) = (parts.next()?.parse().ok()?, parts.next()?.parse().ok()?);
        parts.next().is_none().then_some(Self { boot, view, id, start })
    }

    /// Whether it is known to have ended: it ran on this host, since its last start, among the same processes,
    /// and is not there any more. Of another host nothing is known.
    pub fn has_ended(&self, this: &Self) -> bool {
        !self.boot.is_empty()
            && !self.view.is_empty()
            && self.boot == this.boot
            && self.view == this.view
            && started(self.id) != Some(self.start)
    }
}

impl fmt::Display for Process {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}/{}/{}", self.boot, self.view, self.id, self.start)
    }
}

fn digits(path: &Path) -> String {
    path.to_string_lossy().chars().filter(char::is_ascii_digit).collect()
}

/// When the process of that id was started; `None` if there is none, or only its remains (proc(5): state `Z`).
fn started(id: u32) -> Option<u64> {
    let stat = fs::read_to_string(format!("/proc/{id}/stat")).ok()?;
    // The name in brackets may hold anything, so what counts begins behind the last bracket: field 3.
    let (_, rest) = stat.rsplit_once(')')?;
    let mut fields = rest.split_whitespace();
    let state = fields.next()?;
    if matches!(state, "Z" | "X") { None } else { fields.nth(18)?.parse().ok() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_dead_process_of_this_host_is_told_from_a_living_one() {
        let this = Process::this();
        assert_eq!(Process::parse(&this.to_string()), Some(this.clone()));
        assert!(!this.has_ended(&this));
        let gone = this.beside(this.id, this.start.wrapping_add(1));
        assert!(gone.has_ended(&this), "its id was given to another");
        let elsewhere = Process { boot: "another".into(), ..gone.clone() };
        assert!(!elsewhere.has_ended(&this), "of another host nothing is known");
        let contained = Process { view: "1".into(), ..gone };
        assert!(!contained.has_ended(&this), "of another container nothing is known");
        for bad in ["", "a/b/c/d", "a/b/1", "a/b/1/2/3"] {
            assert_eq!(Process::parse(bad), None, "{bad}");
        }
    }
}
