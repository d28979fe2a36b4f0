//! Opens an address in a browser of this machine. Only where somebody sits before its display: over SSH a browser
//! would open on a screen that nobody looks at, and root's browser is nobody's.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use crate::foreign::Text;

/// What opens an address by the desktop's own choice (xdg-utils).
const PROGRAM: &str = "xdg-open";
/// How long it may take to hand the address over; some wait until the browser is closed.
const PATIENCE: Duration = Duration::from_secs(5);

/// What opens addresses here.
#[derive(Clone, Debug)]
pub struct Opener {
    program: PathBuf,
    environment: Vec<(OsString, OsString)>,
}

impl Opener {
    /// The one of this desktop, if there is one; with what of the environment a browser needs.
    pub fn find(path: &[PathBuf], desktop: Option<&[(OsString, OsString)]>) -> Option<Self> {
        let environment = desktop?.to_vec();
        let there =
            |folder: &PathBuf| folder.is_absolute().then(|| folder.join(PROGRAM)).filter(|at| at.is_file());
        Some(Self { program: path.iter().find_map(there)?, environment })
    }

    /// Opens an address. What the browser does with it, nobody is told.
    pub async fn open(&self, address: &str) -> Result<(), Text> {
        let mut child = command(&self.program)
            .arg(address)
            .envs(self.environment.iter().map(|(name, value)| (name, value)))
            .spawn()
            .map_err(|error| Text::new(&error.to_string()))?;
        match tokio::time::timeout(PATIENCE, child.wait()).await {
            Ok(Ok(status)) if !status.success() => Err(Text::new(&format!("{PROGRAM} ended with {status}"))),
            Ok(Err(error)) => Err(Text::new(&error.to_string())),
            Ok(Ok(_)) | Err(_) => Ok(()),
        }
    }
}

/// A program of the desktop, with an environment of its own, away from our terminal: it neither writes there nor is stopped with us.
fn command(program: &Path) -> tokio::process::Command {
    let mut command = tokio::process::Command::new(program);
    command.env_clear().process_group(0).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    command
}
