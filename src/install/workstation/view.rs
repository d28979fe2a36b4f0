//! What an SSH client makes of the alias: of each setting the first value that it finds counts (ssh_config(5)), so
//! what stands before our block can win over it.

use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use tokio::process::Command;
use tokio::time::timeout;

use crate::foreign::Text;
use crate::model::Alias;

/// Where an SSH client is looked for.
const CLIENTS: [&str; 3] = ["/usr/bin/ssh", "/bin/ssh", "/usr/local/bin/ssh"];
/// How long it may take to say what it resolves.
const LIMIT: Duration = Duration::from_secs(3);
/// Settings of our block, and those that lead around it.
const OURS: [&str; 8] = [
    "hostname",
    "port",
    "user",
    "identityfile",
    "identitiesonly",
    "userknownhostsfile",
    "proxycommand",
    "proxyjump",
];

/// A line that stands before the block, applies to the alias, and wins over it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Winner {
    /// Its number in the file.
    pub line: usize,
    /// What it says.
    pub says: Text,
    /// The `Host` or `Match` line it stands under; empty if under none.
    pub under: Text,
    /// Whether the block is of no use under it: a key more that is tried first does not hurt.
    pub breaks: bool,
}

impl Winner {
    /// It in a few words.
    pub fn words(&self) -> String {
        let under = if self.under.is_empty() { String::new() } else { format!(" under \"{}\"", self.under) };
        format!("line {}: {}{under}", self.line, self.says)
    }
}

/// The lines of the configuration that win over the block of that alias.
pub fn winners(text: &str, alias: &Alias, block: &str) -> Vec<Winner> {
    let begin = block.lines().next().unwrap_or_default();
    let ours: Vec<(String, String)> = block.lines().filter_map(setting).collect();
    let (mut applies, mut under, mut found) = (true, Text::default(), Vec::new());
    for (at, line) in text.lines().enumerate() {
        if line.trim_end() == begin {
            break;
        }
        let Some((key, value)) = setting(line) else { continue };
        match key.as_str() {
            "host" => (applies, under) = (matches(&value, alias.as_str()), Text::within(line.trim(), 60)),
            "match" => (applies, under) = (matched(&value, alias.as_str()), Text::within(line.trim(), 60)),
            key if applies && OURS.contains(&key) && !ours.iter().any(|(k, v)| k == key && *v == value) => {
                let breaks = key != "identityfile";
                found.push(Winner {
                    line: at + 1,
                    says: Text::within(line.trim(), 80),
                    under: under.clone(),
                    breaks,
                });
            }
            _ => {}
        }
    }
    found
}

/// Keyword and arguments of a line: parted by spaces, or by one equals sign.
fn setting(line: &str) -> Option<(String, String)> {
    let line = line.trim();
    if line.is_empty() || line.starts_with('#') {
        return None;
    }
    let end = line.find(|c: char| c.is_whitespace() || c == '=')?;
    let (key, rest) = line.split_at(end);
    let value = rest.trim_start().trim_start_matches('=').trim().trim_matches('"');
    Some((key.to_ascii_lowercase(), value.to_owned()))
}

/// Whether a `Host` line means the alias: one pattern that does, and none that excludes it.
fn matches(patterns: &str, alias: &str) -> bool {
    let mut any = false;
    for pattern in patterns.split_whitespace().map(|pattern| pattern.trim_matches('"')) {
        match pattern.strip_prefix('!') {
            Some(not) if glob(not.as_bytes(), alias.as_bytes()) => return false,
            Some(_) => {}
            None => any |= glob(pattern.as_bytes(), alias.as_bytes()),
        }
    }
    any
}

/// Of `Match` only what can be told without running anything: everybody, or a host by its name.
fn matched(criteria: &str, alias: &str) -> bool {
    let words: Vec<&str> = criteria.split_whitespace().collect();
    match words.as_slice() {
        [all] => all.eq_ignore_ascii_case("all"),
        [host, patterns] if ["host", "originalhost"].iter().any(|key| host.eq_ignore_ascii_case(key)) => {
            matches(&patterns.replace(',', " "), alias)
        }
        _ => false,
    }
}

fn glob(pattern: &[u8], text: &[u8]) -> bool {
    match (pattern.split_first(), text.split_first()) {
        (None, None) => true,
        (Some((b'*', rest)), _) => {
            glob(rest, text) || text.split_first().is_some_and(|(_, less)| glob(pattern, less))
        }
        (Some((one, rest)), Some((letter, less))) => (one == letter || *one == b'?') && glob(rest, less),
        _ => false,
    }
}

/// What a real SSH client resolves, if there is one and asking it runs nothing: `Match exec` runs programs, and what
/// an `Include` names is not read here.
pub async fn resolved(config: &Path, text: &str, alias: &Alias) -> Option<Result<String, Text>> {
    let runs = |line: &str| {
        setting(line).is_some_and(|(key, value)| {
            key == "include" || key == "match" && value.to_ascii_lowercase().contains("exec")
        })
    };
    if text.lines().any(runs) {
        return None;
    }
    let client = CLIENTS.iter().map(PathBuf::from).find(|path| path.is_file())?;
    let mut command = Command::new(client);
    command.arg("-G").arg("-F").arg(config).arg(alias.as_str());
    command.env_clear().stdin(Stdio::null()).kill_on_drop(true);
    let output = timeout(LIMIT, command.output()).await.ok()?.ok()?;
    if output.status.success() {
        return Some(Ok(String::from_utf8_lossy(&output.stdout).into_owned()));
    }
    let said = String::from_utf8_lossy(&output.stderr);
    Some(Err(Text::within(said.lines().last().unwrap_or("it said nothing"), 200)))
}

/// The settings of our block that the resolved view does not hold.
pub fn missing(view: &str, block: &str) -> Vec<String> {
    let known = |(key, value): &(String, String)| {
        let value = value.replace("%%", "%");
        view.lines().any(|line| line.split_once(' ').is_some_and(|(k, v)| k == key && v == value))
    };
    let ours = block.lines().filter_map(setting).filter(|(key, _)| key != "host");
    ours.filter(|one| !known(one)).map(|(key, value)| format!("{key} {value}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const BLOCK: &str = "# BEGIN pychron-cloud:pychron-a\nHost pychron-a\n    HostName h\n    Port 22\n    User git\n    \
                         IdentityFile /k\n# END pychron-cloud:pychron-a\n";

    fn found(before: &str) -> Vec<(usize, bool)> {
        let text = format!("{before}{BLOCK}Host *\n    User later\n");
        let alias: Alias = "pychron-a".parse().unwrap();
        winners(&text, &alias, BLOCK).iter().map(|winner| (winner.line, winner.breaks)).collect()
    }

    #[test]
    fn p12_what_stands_before_the_block_and_wins_is_found() {
        for (before, wins) in [
            ("", vec![]),
            ("User tea\n", vec![(1, true)]),
            ("Host *\n  User tea\n  IdentityFile ~/.ssh/id\n", vec![(2, true), (3, false)]),
            ("Host pychron-*\n  port = 2222\n", vec![(2, true)]),
            ("Host * !pychron-a\n  User tea\n", vec![]),
            ("Host other\n  User tea\n", vec![]),
            ("Host *\n  User git\n  ForwardAgent no\n# User x\n", vec![]),
            ("Match all\n  ProxyJump x\n", vec![(2, true)]),
            ("Match host pychron-?\n  User tea\n", vec![(2, true)]),
            ("Match exec \"touch /x\"\n  User tea\n", vec![]),
        ] {
            assert_eq!(found(before), wins, "{before:?}");
        }
        let alias: Alias = "pychron-a".parse().unwrap();
        let one = winners("Host *\n  User tea\n", &alias, BLOCK);
        assert_eq!(one[0].words(), "line 2: User tea under \"Host *\"");
    }

    #[test]
    fn p12_the_resolved_view_holds_every_setting() {
        let view = "host pychron-a\nuser git\nhostname h\nport 22\nidentityfile /k\nidentityfile /other\n";
        assert_eq!(missing(view, BLOCK), Vec::<String>::new());
        assert_eq!(missing(&view.replace("user git", "user tea"), BLOCK), ["user git"]);
    }
}
