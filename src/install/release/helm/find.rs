//! Finding helm. It is handed a machine's password, so it must be one that nobody else can have replaced.

use std::fs::Metadata;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};

use crate::error::Fault;
use crate::foreign::Text;

const WHAT: &str = "The program helm";

/// The helm that was given, or the first on the path that only root or we can have put there.
pub fn find(given: Option<&Path>, path: &[PathBuf]) -> Result<PathBuf, Fault> {
    let me = rustix::process::geteuid().as_raw();
    if let Some(given) = given {
        return safe(given, me).map_err(|why| bad(&why));
    }
    let mut passed_over = None;
    for folder in path.iter().filter(|folder| folder.is_absolute()) {
        let candidate = folder.join("helm");
        if !candidate.is_file() {
            continue;
        }
        match safe(&candidate, me) {
            Ok(program) => return Ok(program),
            Err(why) => passed_over = passed_over.or(Some(why)),
        }
    }
    Err(passed_over.map_or(Fault::ToolMissing { tool: "helm".into() }, |why| bad(&why)))
}

fn bad(why: &str) -> Fault {
    Fault::BadInput { what: WHAT.into(), why: Text::new(why) }
}

/// The program with links resolved, if it and every folder above it belong to root or us and nobody else may
/// write there.
fn safe(program: &Path, me: u32) -> Result<PathBuf, String> {
    if !program.is_absolute() {
        return Err(format!("is given as {}, which is no whole path", program.display()));
    }
    let found = program.canonicalize().map_err(|error| format!("{}: {}", program.display(), error.kind()))?;
    for (at, part) in found.ancestors().enumerate() {
        let facts = part.metadata().map_err(|error| format!("{}: {}", part.display(), error.kind()))?;
        if at == 0 && (!facts.is_file() || facts.permissions().mode() & 0o111 == 0) {
            return Err(format!("is not to be run: {} is no program", part.display()));
        }
        if !is_ours(&facts, me) {
            return Err(format!(
                "is not run from {}: others than root and you can write to {}",
                found.display(),
                part.display()
            ));
        }
    }
    Ok(found)
}

/// Of these folders, the ones that only root or we can write to.
pub fn safe_folders(path: &[PathBuf]) -> Vec<PathBuf> {
    let me = rustix::process::geteuid().as_raw();
    let is_safe = |folder: &&PathBuf| {
        folder.is_absolute()
            && folder.canonicalize().is_ok_and(|whole| {
                whole.ancestors().all(|part| part.metadata().is_ok_and(|facts| is_ours(&facts, me)))
            })
    };
    path.iter().filter(is_safe).cloned().collect()
}

fn is_ours(facts: &Metadata, me: u32) -> bool {
    let (owner, mode) = (facts.uid(), facts.permissions().mode());
    // Root's own group is root.
    let group = mode & 0o020 != 0 && facts.gid() != 0;
    // In a sticky folder nobody can replace what is another's.
    let sticky = facts.is_dir() && mode & 0o1000 != 0;
    (owner == 0 || owner == me) && (sticky || !group && mode & 0o002 == 0)
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    fn program(folder: &Path, mode: u32) -> PathBuf {
        let path = folder.join("helm");
        fs::write(&path, "#!/bin/sh\n").unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
        path
    }

    #[test]
    fn only_what_nobody_else_can_replace_is_run() {
        let home = tempfile::tempdir().unwrap();
        let folder = home.path().join("bin");
        fs::create_dir(&folder).unwrap();
        let path = program(&folder, 0o755);
        let real = path.canonicalize().unwrap();
        assert_eq!(find(Some(&path), &[]).unwrap(), real);
        assert_eq!(
            find(None, &[PathBuf::from("bin"), home.path().join("no"), folder.clone()]).unwrap(),
            real
        );
        for (folder_mode, mode) in [(0o755, 0o757), (0o777, 0o755), (0o755, 0o644)] {
            fs::set_permissions(&folder, fs::Permissions::from_mode(folder_mode)).unwrap();
            program(&folder, mode);
            let refused = find(None, std::slice::from_ref(&folder));
            assert!(matches!(refused, Err(Fault::BadInput { .. })), "{folder_mode:o} {mode:o}");
        }
        let open = home.path().join("open");
        fs::create_dir(&open).unwrap();
        fs::set_permissions(&open, fs::Permissions::from_mode(0o777)).unwrap();
        fs::set_permissions(&folder, fs::Permissions::from_mode(0o755)).unwrap();
        assert_eq!(safe_folders(&[open, PathBuf::from("bin"), folder.clone()]), [folder]);
        assert!(matches!(find(Some(Path::new("helm")), &[]), Err(Fault::BadInput { .. })));
        assert_eq!(find(None, &[]), Err(Fault::ToolMissing { tool: "helm".into() }));
    }
}
