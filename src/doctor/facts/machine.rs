//! This machine.

use crate::foreign::Text;
use crate::shell::capabilities::Why;

/// What was seen of this machine.
#[derive(Clone, Debug, PartialEq)]
pub struct Machine {
    /// Its name.
    pub host: Text,
    /// Its time zone, by what it calls itself.
    pub time_zone: Option<Text>,
    /// The file systems that matter.
    pub disks: Vec<Disk>,
    /// Memory in all and available, in bytes.
    pub memory: Option<(u64, u64)>,
    /// How many processors.
    pub cpus: u64,
    /// How many programs wanted one, over the last five minutes, in hundredths.
    pub load: Option<u64>,
    /// The kernel's version.
    pub kernel: Option<Text>,
    /// How processes are grouped.
    pub cgroup: Cgroup,
    /// The terminal.
    pub terminal: Terminal,
    /// Our own files and folders that are there.
    pub files: Vec<OurFile>,
    /// Files that a broken write left.
    pub broken_writes: Vec<Text>,
    /// The user this runs as.
    pub user: Text,
    /// The number of that user.
    pub uid: u32,
    /// The home folder and the number of its owner.
    pub home: Option<(Text, u32)>,
    /// Who called sudo, if somebody did.
    pub sudo_from: Option<Text>,
    /// Whether the system's random numbers are ready.
    pub random: Option<bool>,
    /// The proxy variables that are set.
    pub proxies: Vec<ProxyVariable>,
    /// What `NO_PROXY` names.
    pub no_proxy: Vec<Text>,
    /// How many CA certificates the system trusts.
    pub authorities: Option<usize>,
    /// Whether the temporary folder can be written to.
    pub temporary: Result<(), Text>,
}

/// A file system.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Disk {
    /// The folder by which it was asked.
    pub path: Text,
    /// Bytes in all.
    pub total: u64,
    /// Bytes left to us.
    pub free: u64,
    /// File entries in all; 0 where the file system has no such number.
    pub inodes: u64,
    /// File entries left.
    pub free_inodes: u64,
    /// Whether it takes no writes.
    pub read_only: bool,
}

/// How the kernel groups processes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Cgroup {
    /// Version 2, with these controllers.
    Two(Vec<Text>),
    /// Version 1.
    One,
    /// It cannot be told.
    Unknown,
}

/// The terminal, and what was chosen for it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Terminal {
    /// `$TERM`.
    pub term: Text,
    /// The locale.
    pub locale: Text,
    /// Whether standard input and output are terminals.
    pub tty: bool,
    /// What would be chosen without any flag, and why.
    pub why: Why,
}

/// A file or folder of ours.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OurFile {
    /// Where.
    pub path: Text,
    /// Its permission bits.
    pub mode: u32,
    /// Its owner's number.
    pub owner: u32,
    /// Whether it is a symbolic link.
    pub is_link: bool,
    /// Whether it may hold something secret.
    pub private: bool,
}

/// A proxy variable.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProxyVariable {
    /// Its name.
    pub name: &'static str,
    /// Scheme, host and port, without any login.
    pub shown: Text,
    /// What is wrong with it.
    pub problem: Option<ProxyProblem>,
}

/// What can be wrong with a proxy variable.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ProxyProblem {
    /// It is no address.
    Malformed,
    /// Its login holds characters that must be percent-encoded.
    NotEncoded,
    /// Its scheme is not one that is spoken here.
    Scheme,
}
