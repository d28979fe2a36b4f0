//! The house keeps its shape: arrows between folders run one way, and files are read in one sitting.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

/// What each folder may use, beside itself and the leaves. `a::b` names one module of a folder.
const ARROWS: &[(&str, &[&str])] = &[
    ("foreign", &[]),
    ("secret", &[]),
    ("error", &[]),
    ("model", &[]),
    ("location", &[]),
    ("http", &[]),
    ("cloud", &["http"]),
    ("config", &[]),
    ("store", &["config"]),
    ("backend", &["http"]),
    ("cluster", &[]),
    ("install", &["cluster", "config::private", "store::item"]),
    ("claim", &["backend", "install"]),
    (
        "doctor",
        &[
            "backend",
            "claim::station",
            "cluster",
            "config",
            "http",
            "install",
            "store",
            "shell::capabilities",
        ],
    ),
    ("wizard", &["claim::decide", "claim::names", "cluster::kstatus", "cluster::cause"]),
    ("face", &["wizard", "doctor::report", "doctor::pane", "shell::capabilities"]),
    ("cli", &["sandbox::scenario", "shell::capabilities"]),
    (
        "shell",
        &[
            "backend", "claim", "cli", "cloud", "cluster", "config", "doctor", "face", "http", "install",
            "sandbox", "store", "wizard",
        ],
    ),
    ("sandbox", &[]),
];

/// What everybody but the sandbox may use.
const LEAVES: &[&str] = &["model", "secret", "foreign", "error", "location"];

fn sources() -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut folders = vec![Path::new(env!("CARGO_MANIFEST_DIR")).join("src")];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|ending| ending == "rs") {
                found.push(path);
            }
        }
    }
    found
}

/// The folder that a source file belongs to.
fn folder(path: &Path) -> String {
    let inside = path.strip_prefix(Path::new(env!("CARGO_MANIFEST_DIR")).join("src")).unwrap();
    let first = inside.iter().next().unwrap().to_str().unwrap();
    first.trim_end_matches(".rs").to_owned()
}

/// The paths below `crate::` that a file names outside its tests and comments: `folder::module`.
fn used(text: &str) -> BTreeSet<String> {
    let code = text.split("#[cfg(test)]\nmod tests {").next().unwrap();
    let lines = code.lines().filter(|line| !line.trim_start().starts_with("//"));
    let mut found = BTreeSet::new();
    for line in lines {
        for rest in line.split("crate::").skip(1) {
            let path: String =
                rest.chars().take_while(|c| c.is_alphanumeric() || *c == '_' || *c == ':').collect();
            let parts: Vec<&str> = path.split("::").filter(|part| !part.is_empty()).take(2).collect();
            found.insert(parts.join("::"));
        }
    }
    found
}

#[test]
fn arrows_run_one_way() {
    let arrows: BTreeMap<&str, &[&str]> = ARROWS.iter().copied().collect();
    let mut seen = 0;
    for path in sources() {
        let (name, is_test) = (folder(&path), path.iter().any(|part| part == "tests" || part == "tests.rs"));
        if is_test || name == "lib" || name == "main" {
            continue;
        }
        let may = arrows.get(name.as_str()).unwrap_or_else(|| panic!("{name} stands in no row of the table"));
        for used in used(&fs::read_to_string(&path).unwrap()) {
            let to = used.split("::").next().unwrap();
            let leaf = LEAVES.contains(&to) && name != "sandbox";
            assert!(
                to == name || leaf || may.contains(&to) || may.contains(&used.as_str()),
                "{} uses crate::{used}; the table of arrows has none from {name} to {to}",
                path.display()
            );
            seen += 1;
        }
    }
    assert!(seen > 200, "only {seen} uses were found: the reading is wrong");
}

#[test]
fn no_circle_hides_in_the_table() {
    // Taking away whatever uses only what is gone already must empty the table.
    let mut left: BTreeMap<&str, Vec<&str>> = ARROWS
        .iter()
        .map(|(name, may)| (*name, may.iter().filter(|to| !to.contains("::")).copied().collect()))
        .collect();
    while !left.is_empty() {
        let free: Vec<&str> = left
            .iter()
            .filter(|(_, may)| may.iter().all(|to| !left.contains_key(to)))
            .map(|(name, _)| *name)
            .collect();
        assert!(!free.is_empty(), "a circle among {:?}", left.keys());
        for name in free {
            left.remove(name);
        }
    }
}

#[test]
fn files_are_read_in_one_sitting() {
    for path in sources() {
        let lines = fs::read_to_string(&path).unwrap().lines().count();
        assert!(lines <= 400, "{} has {lines} lines; ask what it is two of", path.display());
    }
}
