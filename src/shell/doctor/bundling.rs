//! A bundle on its way out: previewed, asked about, written for its owner's eyes only.

use std::fs::{self, OpenOptions};
use std::io::{self, BufRead, IsTerminal, Read, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use crate::config::state::StateFolder;
use crate::doctor::Subject;
use crate::doctor::bundle::Bundle;
use crate::error::Fault;
use crate::foreign::Text;
use crate::shell::words;

/// The most files of a journal that go along, the latest first.
const JOURNALS: usize = 5;
/// The most of one of them, in bytes.
const LONGEST: u64 = 256 * 1024;
/// The most names that are tried for a bundle made on the screen.
const NAMES: usize = 20;

fn failed(path: &Path, why: impl Into<Text>) -> Fault {
    Fault::BadInput { what: Text::from(format!("The bundle {}", path.display())), why: why.into() }
}

/// Shows what a bundle holds, and asks. Its bytes, once there is a yes.
pub fn agreed(bundle: &Bundle, subject: &Subject, path: &Path, yes: bool) -> Result<Vec<u8>, Fault> {
    let bytes = bundle.pack(subject).map_err(|why| failed(path, why))?;
    let mut err = io::stderr();
    for line in &bundle.preview {
        // Nobody can be told when it is closed; then nobody can be asked either.
        let _ = writeln!(err, "{line}");
    }
    if !yes {
        if !io::stdin().is_terminal() {
            return Err(Fault::NeedsPerson { question: "may this be written?".into(), flag: "--yes" });
        }
        let _ = write!(err, "{}", words::WRITE_THIS);
        let _ = err.flush();
        let mut answer = String::new();
        let read = io::stdin().lock().take(64).read_line(&mut answer);
        if read.is_err() || !matches!(answer.trim(), "y" | "Y" | "yes") {
            return Err(failed(path, "it was not written: nobody said yes"));
        }
    }
    Ok(bytes)
}

/// Writes them to a new file, and says so.
pub fn put(path: &Path, bytes: &[u8]) -> Result<(), Fault> {
    create(path, bytes).map_err(|error| match error.kind() {
        io::ErrorKind::AlreadyExists => failed(path, "there is such a file already; name another one"),
        _ => failed(path, error.to_string()),
    })?;
    let _ = writeln!(io::stderr(), "{}", words::written_to(path, bytes.len()));
    Ok(())
}

/// A new file that only its owner can read, whole or not at all.
fn create(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)?;
    let written = file.write_all(bytes).and_then(|()| file.sync_all());
    if written.is_err() {
        // Half a bundle helps nobody.
        let _ = fs::remove_file(path);
    }
    written
}

/// Writes a bundle under the first free name in the present folder.
pub fn create_here(bundle: &Bundle, subject: &Subject) -> Result<Text, Text> {
    let bytes = bundle.pack(subject)?;
    for nth in 1..=NAMES {
        let more = if nth == 1 { String::new() } else { format!("-{nth}") };
        let path = PathBuf::from(format!("landfall-doctor{more}.tar.gz"));
        match create(&path, &bytes) {
            Ok(()) => {
                let whole = fs::canonicalize(&path).unwrap_or(path);
                return Ok(words::written_to(&whole, bytes.len()));
            }
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            Err(error) => return Err(words::not_written_here(&error)),
        }
    }
    Err(Text::from(words::MANY_BUNDLES))
}

/// The latest journals of earlier runs, by name.
pub fn journal(state: Option<&StateFolder>) -> Vec<(String, String)> {
    let Some(state) = state else { return Vec::new() };
    let log = state.0.join("landfall.log");
    let folder = state.0.join("journal");
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    let mut paths: Vec<PathBuf> = entries
        // A link could lead anywhere.
        .filter(|entry| entry.file_type().is_ok_and(|kind| kind.is_file()))
        .map(|entry| entry.path())
        .collect();
    // Their names begin with the time.
    paths.sort();
    paths
        .into_iter()
        .rev()
        .take(JOURNALS)
        .chain(log.symlink_metadata().is_ok_and(|found| found.is_file()).then_some(log))
        .filter_map(|path| {
            let mut text = String::new();
            fs::File::open(&path).ok()?.take(LONGEST).read_to_string(&mut text).ok()?;
            Some((path.file_name()?.to_string_lossy().into_owned(), text))
        })
        .collect()
}
