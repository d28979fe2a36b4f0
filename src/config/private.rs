//! Files for one pair of eyes: the folder 0700, each file 0600, written whole or not at all.
//!
//! Everything goes through the opened folder, so that a path which is swapped meanwhile leads nowhere else.
//! A symbolic link, another owner, or anything but a plain file is refused; a loose mode is mended and told.

use std::fs::{DirBuilder, File, TryLockError};
use std::io::{self, Read, Write};
use std::os::fd::OwnedFd;
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use rustix::fs::{self, AtFlags, FileType, Mode, OFlags, Stat};
use rustix::io::Errno;
use zeroize::Zeroizing;

use crate::foreign::Text;

/// How often a lock that somebody else holds is tried.
const TRY_EVERY: Duration = Duration::from_millis(50);
/// Tries before a lock is given up: ten seconds. A holder may wait for a keyring, two seconds a call.
const TRIES: u32 = 200;

/// A folder that only its owner can look into.
#[derive(Debug)]
pub struct Private {
    path: PathBuf,
    folder: OwnedFd,
    notes: Vec<Text>,
}

/// A lock on a folder, given back when it is dropped, or by the system when this process ends.
#[derive(Debug)]
pub struct Lock {
    _file: File,
}

impl Private {
    /// Opens the folder; none if it is not there.
    pub fn open(path: &Path) -> Result<Option<Self>, Text> {
        let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        let folder = match fs::open(path, flags, Mode::empty()) {
            Ok(folder) => folder,
            Err(Errno::NOENT) => return Ok(None),
            Err(Errno::LOOP | Errno::NOTDIR) => {
                return Err(format!("{} is a symbolic link or no folder", path.display()).into());
            }
            Err(error) => return Err(told(path, error)),
        };
        let mut private = Self { path: path.to_owned(), folder, notes: Vec::new() };
        let stat = fs::fstat(&private.folder).map_err(|error| told(path, error))?;
        owned(path, &stat)?;
        if loose(&stat) {
            fs::fchmod(&private.folder, Mode::RWXU).map_err(|error| told(path, error))?;
            private.note(format!("The folder {} was open to others; it is closed now.", path.display()));
        }
        Ok(Some(private))
    }

    /// Opens the folder, and makes it if it is not there.
    pub fn make(path: &Path) -> Result<Self, Text> {
        if let Some(private) = Self::open(path)? {
            return Ok(private);
        }
        // Made by root in somebody's home, it would lock that person out.
        if let Some((above, stat)) = path.ancestors().find_map(|above| Some((above, fs::stat(above).ok()?)))
            && stat.st_uid != 0
        {
            owned(above, &stat)?;
        }
        let made = DirBuilder::new().recursive(true).mode(0o700).create(path);
        made.map_err(|error| Text::from(format!("{} cannot be made: {error}", path.display())))?;
        Self::open(path)?.ok_or_else(|| format!("{} vanished", path.display()).into())
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// What was found wrong and mended, once.
    pub fn notes(&mut self) -> Vec<Text> {
        std::mem::take(&mut self.notes)
    }

    /// A file as text, at most `limit` bytes; none if it is not there.
    pub fn read(&mut self, name: &str, limit: usize) -> Result<Option<Zeroizing<String>>, Text> {
        let path = self.path.join(name);
        let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC;
        let file = match fs::openat(&self.folder, name, flags, Mode::empty()) {
            Ok(file) => file,
            Err(Errno::NOENT) => return Ok(None),
            Err(Errno::LOOP) => return Err(format!("{} is a symbolic link", path.display()).into()),
            Err(error) => return Err(told(&path, error)),
        };
        let stat = fs::fstat(&file).map_err(|error| told(&path, error))?;
        if FileType::from_raw_mode(stat.st_mode) != FileType::RegularFile {
            return Err(format!("{} is no plain file", path.display()).into());
        }
        owned(&path, &stat)?;
        if loose(&stat) {
            fs::fchmod(&file, Mode::RUSR | Mode::WUSR).map_err(|error| told(&path, error))?;
            self.note(format!("The file {} was open to others; it is closed now.", path.display()));
        }
        // Room enough from the start: a buffer that grows leaves copies of a secret behind.
        let mut text = Zeroizing::new(String::with_capacity(limit + 1));
        let read = File::from(file).take(limit as u64 + 1).read_to_string(&mut text);
        read.map_err(|error| Text::from(format!("{}: {error}", path.display())))?;
        if text.len() > limit {
            return Err(format!("{} is longer than {limit} bytes", path.display()).into());
        }
        Ok(Some(text))
    }

    /// Replaces a file: whole on the disk under another name first. The lock is held by the caller, so that
    /// name is free; what an earlier run left under it is wiped.
    pub fn write(&self, name: &str, text: &str) -> Result<(), Text> {
        self.lay_aside(name, text, Mode::RUSR | Mode::WUSR)?;
        self.swap_in(name)
    }

    /// Writes a file under another name, whole and on the disk, until [`Private::swap_in`] gives it its own.
    pub fn lay_aside(&self, name: &str, text: &str, mode: Mode) -> Result<(), Text> {
        let path = self.path.join(name);
        let fresh = fresh(name);
        self.unlink(&fresh)?;
        let flags = OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        let file = fs::openat(&self.folder, &*fresh, flags, mode).map_err(|error| told(&path, error))?;
        let mut file = File::from(file);
        // The mode is exact, whatever the umask takes away.
        let moded = fs::fchmod(&file, mode).map_err(io::Error::from);
        let written = moded.and_then(|()| file.write_all(text.as_bytes())).and_then(|()| file.sync_all());
        written.map_err(|error| {
            // Best effort: the error that is told matters more.
            let _ = self.unlink(&fresh);
            Text::from(format!("{} cannot be written: {error}", path.display()))
        })
    }

    /// Gives a file that was laid aside its name; what had the name is gone.
    pub fn swap_in(&self, name: &str) -> Result<(), Text> {
        let path = self.path.join(name);
        let fresh = fresh(name);
        let renamed = fs::renameat(&self.folder, &*fresh, &self.folder, name)
            .and_then(|()| fs::fsync(&self.folder))
            .map_err(io::Error::from);
        renamed.map_err(|error| {
            let _ = self.unlink(&fresh);
            Text::from(format!("{} cannot be written: {error}", path.display()))
        })
    }

    /// A file to add lines to, and how many bytes it may still take. One that is full is put aside under the
    /// name with `.1`, in place of an earlier one.
    pub fn append(&self, name: &str, limit: u64) -> Result<(File, u64), Text> {
        let path = self.path.join(name);
        let flags = OFlags::WRONLY
            | OFlags::APPEND
            | OFlags::CREATE
            | OFlags::NOFOLLOW
            | OFlags::NONBLOCK
            | OFlags::CLOEXEC;
        let open = || {
            let file = fs::openat(&self.folder, name, flags, Mode::RUSR | Mode::WUSR)?;
            let stat = fs::fstat(&file)?;
            Ok((File::from(file), stat))
        };
        let (mut file, mut stat) = open().map_err(|error| told(&path, error))?;
        if u64::try_from(stat.st_size).is_ok_and(|size| size >= limit / 2) {
            let aside = format!("{name}.1");
            fs::renameat(&self.folder, name, &self.folder, &*aside).map_err(|error| told(&path, error))?;
            (file, stat) = open().map_err(|error| told(&path, error))?;
        }
        if FileType::from_raw_mode(stat.st_mode) != FileType::RegularFile {
            return Err(format!("{} is no plain file", path.display()).into());
        }
        owned(&path, &stat)?;
        if loose(&stat) {
            fs::fchmod(&file, Mode::RUSR | Mode::WUSR).map_err(|error| told(&path, error))?;
        }
        Ok((file, limit.saturating_sub(u64::try_from(stat.st_size).unwrap_or(limit))))
    }

    /// The names in it; none where it cannot be read.
    pub fn names(&self) -> Vec<String> {
        let Ok(entries) = fs::Dir::read_from(&self.folder) else { return Vec::new() };
        let names = entries.flatten().map(|entry| entry.file_name().to_string_lossy().into_owned());
        names.filter(|name| name != "." && name != "..").collect()
    }

    /// A new file to be written to from its start; one of that name must not be there.
    pub fn create(&self, name: &str) -> Result<File, Text> {
        let flags = OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        fs::openat(&self.folder, name, flags, Mode::RUSR | Mode::WUSR)
            .map(File::from)
            .map_err(|error| told(&self.path.join(name), error))
    }

    /// Removes a file, and what a broken run may have left of it; whether it was there.
    pub fn remove(&self, name: &str) -> Result<bool, Text> {
        self.unlink(&fresh(name))?;
        let was = self.unlink(name)?;
        fs::fsync(&self.folder).map_err(|error| told(&self.path, error))?;
        Ok(was)
    }

    /// Removes a name at once; whether it was there.
    pub fn unlink(&self, name: &str) -> Result<bool, Text> {
        match fs::unlinkat(&self.folder, name, AtFlags::empty()) {
            Ok(()) => Ok(true),
            Err(Errno::NOENT) => Ok(false),
            Err(error) => Err(told(&self.path.join(name), error)),
        }
    }

    /// Takes the lock, and waits for it within bounds.
    pub async fn lock(&self) -> Result<Lock, Text> {
        let flags = OFlags::RDWR | OFlags::CREATE | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        let path = self.path.join("lock");
        let file = fs::openat(&self.folder, "lock", flags, Mode::RUSR | Mode::WUSR)
            .map_err(|error| told(&path, error))?;
        let file = File::from(file);
        for _ in 0..TRIES {
            match file.try_lock() {
                Ok(()) => return Ok(Lock { _file: file }),
                Err(TryLockError::WouldBlock) => tokio::time::sleep(TRY_EVERY).await,
                Err(TryLockError::Error(error)) => return Err(format!("{}: {error}", path.display()).into()),
            }
        }
        let waited = (TRY_EVERY * TRIES).as_secs();
        Err(format!("another landfall held {} for {waited} s", path.display()).into())
    }

    fn note(&mut self, words: String) {
        self.notes.push(words.into());
    }
}

/// The name under which a file is written before it takes its own.
fn fresh(name: &str) -> String {
    format!(".{name}.new")
}

fn loose(stat: &Stat) -> bool {
    stat.st_mode & 0o077 != 0
}

fn owned(path: &Path, stat: &Stat) -> Result<(), Text> {
    let us = rustix::process::geteuid().as_raw();
    if stat.st_uid == us {
        return Ok(());
    }
    Err(format!(
        "{} belongs to user {}, and this runs as user {us}; under sudo, sudo -H gives root its own home",
        path.display(),
        stat.st_uid
    )
    .into())
}

fn told(path: &Path, error: Errno) -> Text {
    format!("{}: {}", path.display(), io::Error::from(error)).into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs::{Permissions, create_dir, metadata, read_dir, set_permissions, write};
    use std::os::unix::fs::{PermissionsExt, symlink};

    fn mode(path: &Path) -> u32 {
        metadata(path).unwrap().permissions().mode() & 0o777
    }

    #[test]
    fn what_is_written_is_read_and_only_ours() {
        let home = tempfile::tempdir().unwrap();
        let path = home.path().join("a/b");
        assert!(Private::open(&path).unwrap().is_none());
        let mut private = Private::make(&path).unwrap();
        assert_eq!(private.read("x", 10).unwrap(), None);
        private.write("x", "one").unwrap();
        private.write("x", "two").unwrap();
        assert_eq!(private.read("x", 3).unwrap().unwrap().as_str(), "two");
        assert_eq!((mode(&path), mode(&path.join("x"))), (0o700, 0o600));
        assert_eq!(private.notes(), Vec::<Text>::new());
        assert!(private.remove("x").unwrap() && !private.remove("x").unwrap());
    }

    #[test]
    fn a_loose_mode_is_mended_and_told() {
        let home = tempfile::tempdir().unwrap();
        let path = home.path().join("a");
        Private::make(&path).unwrap().write("x", "one").unwrap();
        set_permissions(&path, Permissions::from_mode(0o755)).unwrap();
        set_permissions(path.join("x"), Permissions::from_mode(0o644)).unwrap();
        let mut private = Private::open(&path).unwrap().unwrap();
        private.read("x", 10).unwrap();
        assert_eq!(private.notes().len(), 2);
        assert_eq!((mode(&path), mode(&path.join("x"))), (0o700, 0o600));
    }

    #[test]
    fn links_long_files_and_folders_in_place_of_files_are_refused() {
        let home = tempfile::tempdir().unwrap();
        let path = home.path().join("a");
        let mut private = Private::make(&path).unwrap();
        write(home.path().join("elsewhere"), "theirs").unwrap();
        symlink(home.path().join("elsewhere"), path.join("x")).unwrap();
        create_dir(path.join("y")).unwrap();
        private.write("z", "longer").unwrap();
        assert!(private.read("x", 10).unwrap_err().contains("symbolic link"));
        assert!(private.read("y", 10).unwrap_err().contains("no plain file"));
        assert!(private.read("z", 5).unwrap_err().contains("longer than 5"));
        symlink(&path, home.path().join("b")).unwrap();
        assert!(Private::open(&home.path().join("b")).unwrap_err().contains("symbolic link"));
        // A write replaces the link and leaves what it points at alone.
        private.write("x", "ours").unwrap();
        assert_eq!(std::fs::read_to_string(home.path().join("elsewhere")).unwrap(), "theirs");
    }

    #[test]
    fn what_belongs_to_somebody_else_is_refused() {
        let home = tempfile::tempdir().unwrap();
        let path = home.path().join("a");
        let mut private = Private::make(&path).unwrap();
        let us = rustix::process::geteuid();
        if us.is_root() {
            private.write("x", "one").unwrap();
            std::os::unix::fs::chown(path.join("x"), Some(1), None).unwrap();
            assert!(
                private.read("x", 10).unwrap_err().contains("belongs to user 1, and this runs as user 0")
            );
            std::os::unix::fs::chown(&path, Some(1), None).unwrap();
            assert!(Private::open(&path).unwrap_err().contains("sudo -H"));
            // Nor is anything made in somebody's home.
            assert!(Private::make(&path.join("b/c")).unwrap_err().contains("belongs to user 1"));
            assert!(!path.join("b").exists());
        } else {
            let root = Private::open(Path::new("/")).unwrap_err();
            assert!(
                root.contains(&format!("belongs to user 0, and this runs as user {}", us.as_raw())),
                "{root}"
            );
        }
    }

    #[test]
    fn what_a_broken_write_left_goes_with_the_file() {
        let home = tempfile::tempdir().unwrap();
        let private = Private::make(home.path()).unwrap();
        private.write("x", "one").unwrap();
        write(home.path().join(".x.new"), "half a secr").unwrap();
        private.remove("x").unwrap();
        assert_eq!(read_dir(home.path()).unwrap().count(), 0);
    }

    #[tokio::test(start_paused = true)]
    async fn a_lock_is_waited_for_within_bounds() {
        let home = tempfile::tempdir().unwrap();
        let private = Private::make(home.path()).unwrap();
        let first = private.lock().await.unwrap();
        assert!(private.lock().await.unwrap_err().contains("for 10 s"));
        drop(first);
        private.lock().await.unwrap();
    }
}
