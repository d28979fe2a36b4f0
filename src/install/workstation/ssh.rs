//! One managed block of the SSH client's configuration; everything else in the file stays as it is.

use std::path::Path;

use crate::foreign::Text;
use crate::model::{Alias, HostName};

/// The file below `~/.ssh`.
pub const CONFIG: &str = "config";

/// The lines of the block, with its two marks.
pub fn lines(
    alias: &Alias,
    host: &HostName,
    port: u16,
    key: &Path,
    known_hosts: &Path,
) -> Result<String, Text> {
    Ok(format!(
        "{}\nHost {alias}\n    HostName {host}\n    Port {port}\n    User git\n    IdentityFile {}\n    \
         IdentitiesOnly yes\n    UserKnownHostsFile {}\n{}\n",
        begin(alias),
        quoted(key)?,
        quoted(known_hosts)?,
        end(alias),
    ))
}

/// The text with the block in it: put at the end, left alone, or put in the place of one that differs. Of
/// several with these marks one is left.
pub fn with(text: &str, alias: &Alias, block: &str) -> String {
    let mut out = String::with_capacity(text.len() + block.len() + 1);
    let mut written = false;
    for part in parts(text, alias) {
        match part {
            Part::Theirs(theirs) => out.push_str(theirs),
            Part::Ours if written => {}
            Part::Ours => {
                out.push_str(block);
                written = true;
            }
        }
    }
    if !written {
        if !out.is_empty() && !out.ends_with('\n') {
            out.push('\n');
        }
        if !out.is_empty() && !out.ends_with("\n\n") {
            out.push('\n');
        }
        out.push_str(block);
    }
    out
}

/// The text without the block, and whether there was one.
pub fn without(text: &str, alias: &Alias) -> (String, bool) {
    let parts = parts(text, alias);
    let there = parts.iter().any(|part| matches!(part, Part::Ours));
    let mut out = String::with_capacity(text.len());
    for part in parts {
        match part {
            Part::Theirs(theirs) => out.push_str(theirs),
            // The blank line that was put before it goes along.
            Part::Ours if out.ends_with("\n\n") => out.truncate(out.len() - 1),
            Part::Ours => {}
        }
    }
    (out, there)
}

enum Part<'a> {
    Theirs(&'a str),
    Ours,
}

/// A begin mark without its end mark is not ours to take away: nobody knows where it ends.
fn parts<'a>(text: &'a str, alias: &Alias) -> Vec<Part<'a>> {
    let (begin, end) = (begin(alias), end(alias));
    let mut out = Vec::new();
    let (mut rest, mut at) = (text, 0);
    while let Some(line) = rest.get(at..).filter(|left| !left.is_empty()) {
        let long = line.find('\n').map_or(line.len(), |newline| newline + 1);
        if line.get(..long).map(str::trim_end) == Some(begin.as_str())
            && let Some(close) = closing(line, &end)
        {
            out.push(Part::Theirs(rest.get(..at).unwrap_or_default()));
            out.push(Part::Ours);
            rest = line.get(close..).unwrap_or_default();
            at = 0;
        } else {
            at += long;
        }
    }
    out.push(Part::Theirs(rest));
    out
}

/// Where the block that begins here ends.
fn closing(text: &str, end: &str) -> Option<usize> {
    let mut at = 0;
    for line in text.split_inclusive('\n') {
        at += line.len();
        if line.trim_end() == end {
            return Some(at);
        }
    }
    None
}

fn begin(alias: &Alias) -> String {
    format!("# BEGIN pychron-cloud:{alias}")
}

fn end(alias: &Alias) -> String {
    format!("# END pychron-cloud:{alias}")
}

/// A path as ssh_config(5) takes it: quoted where it holds a space, percent signs doubled.
fn quoted(path: &Path) -> Result<String, Text> {
    let refused =
        || Text::from("the home folder's name holds characters that an SSH configuration cannot hold");
    let text = path.to_str().ok_or_else(refused)?;
    if text.chars().any(|c| c.is_control() || matches!(c, '"' | '\\' | '$')) {
        return Err(refused());
    }
    let text = text.replace('%', "%%");
    Ok(if text.contains([' ', '\'', '#', '=']) { format!("\"{text}\"") } else { text })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn alias(raw: &str) -> Alias {
        raw.parse().unwrap()
    }

    const BLOCK: &str = "# BEGIN pychron-cloud:pychron-a\nHost pychron-a\n# END pychron-cloud:pychron-a\n";

    #[test]
    fn p12_insert_no_op_replace_remove() {
        let a = alias("pychron-a");
        for theirs in ["", "Host x\n  User y", "Host x\n  User y\n", "\u{feff}# ä\r\nHost x\r\n\r\n"] {
            let inserted = with(theirs, &a, BLOCK);
            assert!(inserted.starts_with(theirs) && inserted.ends_with(BLOCK), "{inserted:?}");
            assert_eq!(with(&inserted, &a, BLOCK), inserted);
            let (removed, there) = without(&inserted, &a);
            assert!(there);
            assert_eq!(removed.trim_end(), theirs.trim_end());
            assert_eq!(without(&removed, &a), (removed, false));
        }
        let drifted =
            format!("before\n{}after\n", BLOCK.replace("Host pychron-a", "Host pychron-a\n  Port 1"));
        assert_eq!(with(&drifted, &a, BLOCK), format!("before\n{BLOCK}after\n"));
        let twice = format!("{BLOCK}mid\n{BLOCK}");
        assert_eq!(with(&twice, &a, BLOCK), format!("{BLOCK}mid\n"));
    }

    #[test]
    fn p12_another_alias_and_an_open_block_are_left_alone() {
        let a = alias("pychron-a");
        let other = BLOCK.replace("pychron-a", "pychron-ab");
        assert_eq!(with(&other, &a, BLOCK), format!("{other}\n{BLOCK}"));
        assert_eq!(without(&other, &a), (other.clone(), false));
        let open = "# BEGIN pychron-cloud:pychron-a\nHost mine\n";
        assert_eq!(without(open, &a), (open.to_owned(), false));
        assert_eq!(with(open, &a, BLOCK), format!("{open}\n{BLOCK}"));
    }

    #[test]
    fn paths_are_quoted_or_refused() {
        for (raw, line) in
            [("/home/a/k", "/home/a/k"), ("/home/a b/k", "\"/home/a b/k\""), ("/h/50%", "/h/50%%")]
        {
            assert_eq!(quoted(Path::new(raw)).unwrap(), line);
        }
        for bad in ["/home/a\nHost *", "/h/\"x", "/h/${X}"] {
            assert!(quoted(Path::new(bad)).is_err());
        }
    }
}
