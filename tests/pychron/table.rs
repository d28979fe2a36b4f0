//! The tick list: every row has a test that is named after it.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

/// The rows of this part.
const ROWS: [u8; 27] =
    [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 31, 32, 33, 34];

fn names(folder: &Path, found: &mut Vec<String>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            names(&path, found);
        } else if path.extension().is_some_and(|ending| ending == "rs") {
            let text = fs::read_to_string(&path).unwrap();
            let lines = text.lines().filter_map(|line| line.trim().split_once("fn p").map(|(_, name)| name));
            found.extend(lines.filter_map(|name| Some(format!("p{}", name.split('(').next()?))));
        }
    }
}

/// The rows in a test's name: `p02_p10_...`.
fn rows(name: &str) -> Vec<u8> {
    name.split('_').map_while(|part| part.strip_prefix('p')?.parse().ok()).collect()
}

#[test]
fn every_row_has_a_test() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut found = Vec::new();
    for folder in
        ["src/backend/pychron", "src/install/workstation", "src/model", "src/wizard", "tests/pychron"]
    {
        names(&root.join(folder), &mut found);
    }
    // What a real keyring and a real SSH client say, a script asks: `tests/peers/pychron`.
    let peers = fs::read_to_string(root.join("tests/peers/pychron")).unwrap();
    assert!(["P12", "P14", "P16", "P20", "P32"].iter().all(|row| peers.contains(&format!("ok \"{row} "))));
    let mut table: BTreeMap<u8, usize> = ROWS.into_iter().map(|row| (row, 0)).collect();
    for name in &found {
        for row in rows(name) {
            *table.get_mut(&row).unwrap_or_else(|| panic!("{name} names row {row}, which is not there")) += 1;
        }
    }
    let untested: Vec<_> = table.iter().filter(|(_, tests)| **tests == 0).collect();
    assert!(untested.is_empty(), "{untested:?}");
}

/// The wizard and the faces never ask which system it is.
#[test]
fn no_branch_on_a_system_s_name() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    for part in ["wizard.rs", "wizard", "face.rs", "face"] {
        let mut files = Vec::new();
        let path = root.join(part);
        if path.is_dir() {
            walk(&path, &mut files);
        } else {
            files.push(path);
        }
        for file in files {
            let text = fs::read_to_string(&file).unwrap().to_lowercase();
            for word in ["pychron", "forgejo", "workstationinstall", "backendkind", "installkind"] {
                assert!(!text.contains(word), "{} names {word}", file.display());
            }
        }
    }
}

fn walk(folder: &Path, files: &mut Vec<std::path::PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            walk(&path, files);
        } else {
            files.push(path);
        }
    }
}
