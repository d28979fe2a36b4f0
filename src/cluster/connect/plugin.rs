//! Programs that sign in for a kubeconfig (exec plugins, client.authentication.k8s.io). They run after consent
//! only, for a bounded time, with an environment of a few variables and no terminal; what they say on standard
//! error is evidence, never output.

use std::ffi::OsString;
use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use kube::config::{ExecConfig, ExecInteractiveMode, Kubeconfig as Parsed};
use rustix::process::{Pid, Signal, kill_process_group};
use serde::{Deserialize, Deserializer};
use serde_json::json;
use tokio::io::{AsyncRead, AsyncReadExt};
use tokio::process::{Child, Command};
use zeroize::Zeroizing;

use super::guard::Checked;
use super::kubeconfig::{Kubeconfig, bad};
use crate::error::Fault;
use crate::foreign::Text;
use crate::secret::{Audience, Secret, Vault};

/// How long a plugin may take. It may have to ask a server of its own.
const PATIENCE: Duration = Duration::from_secs(30);
/// The most it may say on standard output, in bytes: a token, or a certificate and a key.
const ANSWER: u64 = 256 * 1024;
/// How much of its standard error is kept, in bytes.
const COMPLAINT: u64 = 4 * 1024;
/// How much of that is told, in characters.
const SAID: usize = 300;
/// How much of its command is shown.
const SHOWN: usize = 600;

/// What a plugin answers (`ExecCredential`).
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Answer {
    status: Option<Status>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Status {
    #[serde(default, deserialize_with = "wiped")]
    token: Option<Zeroizing<String>>,
    client_certificate_data: Option<String>,
    #[serde(default, deserialize_with = "wiped")]
    client_key_data: Option<Zeroizing<String>>,
}

fn wiped<'de, D: Deserializer<'de>>(from: D) -> Result<Option<Zeroizing<String>>, D::Error> {
    Ok(Option::<String>::deserialize(from)?.map(Zeroizing::new))
}

/// The command as it is shown and agreed to.
pub(super) fn command_line(exec: &ExecConfig, file: &Path) -> Result<Text, &'static str> {
    let Some(program) = exec.command.as_deref().filter(|command| !command.is_empty()) else {
        return Err("it signs in by running a program, and does not say which");
    };
    if exec.interactive_mode == Some(ExecInteractiveMode::Always) {
        return Err("it signs in by a program that needs the terminal, which landfall does not lend; use a \
                    kubeconfig with a certificate or a token");
    }
    let mut words = vec![located(program, file)];
    words.extend(exec.args.iter().flatten().cloned());
    let set: Vec<&str> = variables(exec).map(|(name, _)| name).collect();
    let with = if set.is_empty() { String::new() } else { format!(" (sets {})", set.join(", ")) };
    Ok(Text::within(&format!("{}{with}", words.join(" ")), SHOWN))
}

/// The program: a path counts from the kubeconfig's folder, a bare name is looked up on `PATH`.
fn located(program: &str, file: &Path) -> String {
    match file.parent() {
        Some(folder) if program.contains('/') => folder.join(program).to_string_lossy().into_owned(),
        _ => program.to_owned(),
    }
}

fn variables(exec: &ExecConfig) -> impl Iterator<Item = (&str, &str)> {
    exec.env
        .iter()
        .flatten()
        .filter_map(|entry| Some((entry.get("name")?.as_str(), entry.get("value")?.as_str())))
}

/// Lets the plugin of the context's user sign in, if it has one, and puts what it answers in its place.
pub(super) async fn sign_in(
    merged: &mut Parsed,
    checked: &Checked,
    kubeconfig: &Kubeconfig,
    environment: &[(OsString, OsString)],
    vault: &Vault,
) -> Result<(), Fault> {
    let Some(user) = checked.user.as_deref() else { return Ok(()) };
    let info = merged.auth_infos.iter_mut().find(|known| known.name == user);
    let Some(info) = info.and_then(|named| named.auth_info.as_mut()) else { return Ok(()) };
    let Some(exec) = info.exec.take() else { return Ok(()) };
    let file = kubeconfig.file_of_user(user).unwrap_or(Path::new("."));
    let line = command_line(&exec, file).map_err(|why| bad(file, why))?;
    let failed = |why: &str, said: &[u8]| Fault::PluginFailed {
        command: line.clone(),
        why: Text::new(why),
        said: Text::within(&vault.scrub(&String::from_utf8_lossy(said)), SAID),
    };
    let (out, said) = run(&exec, file, environment).await.map_err(|(why, said)| failed(&why, &said))?;
    let answer: Answer = serde_json::from_slice(&out)
        .map_err(|_| failed("its answer is not what a cluster's sign-in says", &said))?;
    let status = answer.status.ok_or_else(|| failed("its answer holds no credential", &said))?;
    let audience = || Audience::session(checked.server.origin().ascii_serialization());
    if let Some(token) = &status.token {
        vault.keep(Secret::new(token.as_str(), audience()));
        info.token = Some(token.as_str().to_owned().into());
    }
    if let (Some(certificate), Some(key)) = (&status.client_certificate_data, &status.client_key_data) {
        vault.keep(Secret::new(key.as_str(), audience()));
        info.client_certificate_data = Some(base64(certificate.as_bytes()));
        info.client_key_data = Some(base64(key.as_bytes()).into());
    }
    if info.token.is_none() && info.client_key_data.is_none() {
        return Err(failed("its answer holds no credential", &said));
    }
    Ok(())
}

type Streams = (Zeroizing<Vec<u8>>, Vec<u8>);

/// Runs it to its end. A failure comes with why, and with what it said on standard error.
async fn run(
    exec: &ExecConfig,
    file: &Path,
    environment: &[(OsString, OsString)],
) -> Result<Streams, (String, Vec<u8>)> {
    let info = json!({
        "apiVersion": exec.api_version.as_deref().unwrap_or("client.authentication.k8s.io/v1"),
        "kind": "ExecCredential",
        "spec": { "interactive": false },
    });
    let mut command = Command::new(located(exec.command.as_deref().unwrap_or_default(), file));
    command
        .args(exec.args.iter().flatten())
        .env_clear()
        .envs(environment.iter().map(|(name, value)| (name, value)))
        .envs(variables(exec))
        .env("KUBERNETES_EXEC_INFO", info.to_string())
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        // A group of its own, so that what it started in turn ends with it.
        .process_group(0)
        .kill_on_drop(true);
    let mut child = command.spawn().map_err(|error| (format!("it cannot be run: {error}"), Vec::new()))?;
    let group = Group::of(&child);
    let (out, err) = (child.stdout.take(), child.stderr.take());
    let mut said = Vec::new();
    let whole = async {
        let (out, status, ()) = tokio::join!(read(out, ANSWER + 1), child.wait(), async {
            said = read(err, COMPLAINT).await.to_vec();
        });
        (out, status)
    };
    let ended = tokio::time::timeout(PATIENCE, whole).await;
    drop(group);
    let (out, status) =
        ended.map_err(|_| (format!("it did not end within {} s", PATIENCE.as_secs()), Vec::new()))?;
    match status {
        Err(error) => Err((format!("it was lost: {error}"), said)),
        Ok(status) if !status.success() => Err((format!("it ended with {status}"), said)),
        Ok(_) if out.len() as u64 > ANSWER => Err(("its answer is too long".to_owned(), said)),
        Ok(_) => Ok((out, said)),
    }
}

/// Reads at most so much and lets the rest go by, so that a talkative program is not held up.
async fn read(from: Option<impl AsyncRead + Unpin>, limit: u64) -> Zeroizing<Vec<u8>> {
    let mut kept = Zeroizing::new(Vec::new());
    if let Some(mut from) = from {
        // What was read before an error is all there is.
        let _ = (&mut from).take(limit).read_to_end(&mut kept).await;
        let _ = tokio::io::copy(&mut from, &mut tokio::io::sink()).await;
    }
    kept
}

/// A process group that is ended with its owner.
struct Group(Option<Pid>);

impl Group {
    fn of(child: &Child) -> Self {
        let id = child.id().and_then(|id| i32::try_from(id).ok());
        Self(id.and_then(Pid::from_raw))
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        if let Some(group) = self.0 {
            let _ = kill_process_group(group, Signal::KILL);
        }
    }
}

/// RFC 4648 §4: how a kubeconfig holds certificates and keys.
fn base64(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let digit = |bits: u32| DIGITS.get(bits as usize & 63).copied().map_or('=', char::from);
    let mut out = String::new();
    for three in bytes.chunks(3) {
        let at = |n: usize| u32::from(three.get(n).copied().unwrap_or_default());
        let bits = at(0) << 16 | at(1) << 8 | at(2);
        for (n, shift) in [18, 12, 6, 0].into_iter().enumerate() {
            out.push(if n > three.len() { '=' } else { digit(bits >> shift) });
        }
    }
    out
}
