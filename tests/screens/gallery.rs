//! The screens at 80x24 that the README links to: made of the accepted snapshots, and kept equal to them.
//! `BLESS=1 cargo test gallery` writes the page anew.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

/// Each pane with the snapshot that shows it, in the order of a run.
const PANES: &[(&str, &str)] = &[
    ("Profile", "profile"),
    ("This machine: which cluster", "machine_contexts"),
    ("This machine: a kubeconfig that asks for more", "machine_consent"),
    ("Sign in", "sign_in_code"),
    ("The code, spelled", "code_spelled"),
    ("Who approved", "sign_in_confirm"),
    ("Client", "client"),
    ("Location", "location"),
    ("Review", "review"),
    ("Rollout", "rollout"),
    ("Rollout: why", "rollout_why"),
    ("Rollout failed", "failure_rollout"),
    ("Online", "online"),
    ("An enrolled machine", "home"),
    ("Retire: what would happen", "retire_asked"),
    ("Retired", "retired"),
    ("Keys", "help"),
    ("Leaving", "leaving"),
];

fn page() -> String {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/screens/snapshots");
    let mut page = "# Screens\n\nEvery pane at 80x24, as the tests accept them.\n".to_owned();
    for (title, name) in PANES {
        let snapshot = fs::read_to_string(folder.join(format!("{name}_80x24.snap"))).unwrap();
        let rows = snapshot.lines().filter_map(|line| line.strip_prefix('"')?.strip_suffix('"'));
        let _ = write!(page, "\n## {title}\n\n```text\n");
        for row in rows {
            let _ = writeln!(page, "{}", row.trim_end());
        }
        page.push_str("```\n");
    }
    page
}

#[test]
#[expect(clippy::disallowed_methods, reason = "how this test is asked to write the page")]
fn the_page_of_screens_shows_the_accepted_ones() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("assets/screens.md");
    if std::env::var_os("BLESS").is_some() {
        fs::write(&path, page()).unwrap();
    }
    assert_eq!(fs::read_to_string(path).unwrap(), page(), "write it anew with: BLESS=1 cargo test gallery");
}
