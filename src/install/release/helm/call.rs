//! One call of helm: its environment, its time, and its words.

use std::time::Duration;

use tokio::process::Command;
use zeroize::Zeroizing;

use super::values::Veil;
use super::{Helm, child, find};
use crate::cluster::connect::Connected;
use crate::error::Fault;
use crate::foreign::Text;

/// How much of helm's last words is shown, in characters.
const WORDS: usize = 500;

/// What helm is called for.
pub(super) struct Call {
    /// In words.
    doing: &'static str,
    /// How long it may take, in seconds.
    limit: u64,
    /// Whether what it writes is read. What is not read is not even taken in: it may quote values.
    is_read: bool,
}

impl Call {
    /// It may have to fetch the chart first.
    pub(super) const RENDER: Self = Self { doing: "render the chart", limit: 120, is_read: true };
    /// It waits for nothing but the chart's hooks, five minutes each.
    pub(super) const INSTALL: Self = Self { doing: "install the release", limit: 600, is_read: false };
    /// It reads its own record.
    pub(super) const READ: Self = Self { doing: "read the release back", limit: 60, is_read: true };
    /// It may wait for hooks.
    pub(super) const ROLL_BACK: Self = Self { doing: "roll back", limit: 600, is_read: false };
    /// It may wait for hooks.
    pub(super) const UNINSTALL: Self = Self { doing: "uninstall the release", limit: 600, is_read: false };
}

impl Helm {
    /// Runs helm to its end; returns what it wrote. Its words hold nothing of `veil` when it failed.
    pub(super) async fn call(
        &self,
        call: &Call,
        cluster: Option<&Connected>,
        args: &[&str],
        input: Option<&Zeroizing<String>>,
        veil: &Veil,
    ) -> Result<Zeroizing<String>, Fault> {
        let failed = |said: &str| Fault::HelmFailed {
            doing: Text::new(call.doing),
            said: match cluster {
                Some(cluster) => cluster.vault.scrub_within(said, WORDS),
                None => Text::within(said, WORDS),
            },
        };
        let program = async { find::find(self.chart.program.as_deref(), &self.around.path) };
        let mut command = Command::new(self.program.get_or_try_init(|| program).await?);
        command.args(args);
        self.surround(&mut command, cluster).map_err(|why| failed(&why))?;
        let limit = Duration::from_secs(call.limit);
        match child::run(command, input.map(|input| input.as_bytes()), call.is_read, limit).await {
            Ok(wrote) => Ok(Zeroizing::new(String::from_utf8_lossy(&wrote).into_owned())),
            Err(ended) => {
                // Scrubbed before anything is cut or joined: half a value would not be found.
                let said = veil.scrub(&ended.said);
                Err(failed(&last_words(&said, ended.why.as_deref())))
            }
        }
    }

    /// An environment of our making: nothing of ours but what it needs. No debug, which would write the values.
    fn surround(&self, command: &mut Command, cluster: Option<&Connected>) -> Result<(), String> {
        command.env_clear().env("HELM_DRIVER", "secret");
        // A plugin would run with everything that helm may do.
        command.env("HELM_PLUGINS", "/nonexistent");
        // A kubeconfig may sign in by a program, which is as much trusted as helm itself.
        if let Ok(path) = std::env::join_paths(find::safe_folders(&self.around.path)) {
            command.env("PATH", path);
        }
        command.envs(self.around.certificates.iter().map(|file| ("SSL_CERT_FILE", file)));
        command.envs(self.around.home.iter().map(|home| ("HOME", home)));
        command.envs(self.around.proxies.iter().map(|(name, value)| (name, value)));
        match cluster {
            Some(cluster) => {
                let files = std::env::join_paths(&cluster.files).map_err(|error| error.to_string())?;
                command.env("KUBECONFIG", files);
                command.arg("--kube-context").arg(cluster.context_name.as_str());
            }
            None => drop(command.env("KUBECONFIG", "/dev/null")),
        }
        Ok(())
    }
}

/// What helm said last: its errors come at the end, warnings before. `why` is how it ended, where that was not by
/// itself.
fn last_words(stderr: &str, why: Option<&str>) -> String {
    let lines: Vec<&str> = stderr.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
    let from =
        lines.iter().rposition(|line| line.starts_with("Error:")).unwrap_or(lines.len().saturating_sub(3));
    let words = lines.get(from..).unwrap_or_default().join(" ");
    match (why, words.is_empty()) {
        (None, true) => "it said nothing".to_owned(),
        (None, false) => words,
        (Some(why), true) => format!("{why}, and said nothing"),
        (Some(why), false) => format!("{why}; it said: {words}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_error_counts_and_not_the_warnings_before_it() {
        let said = "level=WARN msg=\"deprecated\"\nError: UPGRADE FAILED: conflict\nwith another\n";
        assert_eq!(last_words(said, None), "Error: UPGRADE FAILED: conflict with another");
        assert_eq!(last_words("a\n\nb\nc\nd\n", None), "b c d");
        assert_eq!(last_words("", None), "it said nothing");
        assert_eq!(last_words("", Some("it ended early")), "it ended early, and said nothing");
        assert_eq!(last_words("a\n", Some("it ended early")), "it ended early; it said: a");
    }
}
