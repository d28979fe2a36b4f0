//! Every sentence stands in a home for words (`assets/words.md` lists them), so that it can be found, compared and
//! translated without touching what acts or draws.

use std::fs;
use std::path::{Path, PathBuf};

/// Files of faces and shell that are homes for words.
const HOMES: &[&str] = &[
    "face/clients.rs",
    "face/doctor.rs",
    "face/profiles.rs",
    "face/session.rs",
    "face/set.rs",
    "face/status.rs",
    "face/tui/words.rs",
    "face/tui/words",
    "shell/capabilities.rs",
    "shell/words.rs",
];

/// Where a few still stand beside what says them, each with why.
const BESIDE: &[(&str, &str)] =
    &[("shell/commands/workstation.rs", "what is asked before something goes depends on what is there")];

fn sources(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() && !path.ends_with("tests") {
            sources(&path, found);
        } else if path.extension().is_some_and(|ending| ending == "rs") && !path.ends_with("tests.rs") {
            found.push(path);
        }
    }
}

/// The texts in quotes of a source, outside comments, attributes and tests.
fn quoted(source: &str) -> Vec<String> {
    let code = source.split("#[cfg(test)]").next().unwrap();
    let mut texts = Vec::new();
    let mut attribute = false;
    let mut text: Option<String> = None;
    for line in code.lines() {
        let begins = line.trim_start();
        if text.is_none() {
            attribute |= begins.starts_with("#[") || begins.starts_with("#![");
            if begins.starts_with("//") {
                continue;
            }
        }
        let mut chars = line.chars().peekable();
        while let Some(c) = chars.next() {
            match (&mut text, c) {
                (None, '"') => text = Some(String::new()),
                (None, '\'') if chars.peek() == Some(&'"') => {
                    chars.next();
                }
                (Some(_), '"') => texts.extend(text.take().filter(|_| !attribute)),
                (Some(inside), '\\') => match chars.next() {
                    Some('n') | None => inside.push(' '),
                    Some(c) => inside.push(c),
                },
                (Some(inside), c) => inside.push(c),
                (None, _) => {}
            }
        }
        attribute &= !line.trim_end().ends_with(']');
    }
    texts
}

/// Words of letters, without what is filled in.
fn words(text: &str) -> usize {
    let plain: String =
        text.split('{').map(|part| part.split_once('}').map_or(part, |(_, rest)| rest)).collect();
    plain.split_whitespace().filter(|word| word.chars().filter(|c| c.is_alphabetic()).count() > 1).count()
}

/// Whether it is a whole sentence, as a person reads it.
fn is_sentence(text: &str) -> bool {
    let begins = text.starts_with(|c: char| c.is_uppercase() || c == '{');
    begins && text.trim_end().ends_with(['.', '?']) && words(text) > 2
}

fn strays(folder: &str, strays: impl Fn(&str) -> bool) -> Vec<String> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut files = Vec::new();
    sources(&root.join(folder), &mut files);
    assert!(files.len() > 10, "only {} files were found: the reading is wrong", files.len());
    let mut found = Vec::new();
    for path in files {
        let name = path.strip_prefix(&root).unwrap().to_str().unwrap();
        let beside = BESIDE.iter().any(|(file, why)| *file == name && !why.is_empty());
        if beside || HOMES.iter().any(|home| Path::new(name).starts_with(home)) {
            continue;
        }
        let texts = quoted(&fs::read_to_string(&path).unwrap());
        found.extend(texts.iter().filter(|text| strays(text)).map(|text| format!("{name}: {text}")));
    }
    found
}

#[test]
fn the_full_screen_draws_no_words_of_its_own() {
    let label = |text: &str| words(text) > 2;
    assert_eq!(strays("face", label), Vec::<String>::new(), "put it into face/tui/words");
}

#[test]
fn the_shell_says_no_sentence_of_its_own() {
    assert_eq!(strays("shell", is_sentence), Vec::<String>::new(), "put it into shell/words.rs");
}

#[test]
fn the_homes_exist_and_hold_words() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    for home in HOMES {
        assert!(root.join(home).exists(), "{home}");
    }
    for (file, _) in BESIDE {
        let texts = quoted(&fs::read_to_string(root.join(file)).unwrap());
        assert!(texts.iter().any(|text| is_sentence(text)), "{file} holds none any more");
    }
    let failures = quoted(&fs::read_to_string(root.join("error/words.rs")).unwrap());
    assert!(failures.iter().filter(|text| is_sentence(text)).count() > 20, "the reading is wrong");
}
