//! Kubeconfigs in a folder of their own, for tests.

use std::fs;
use std::path::PathBuf;

use tempfile::TempDir;

use super::Where;
use crate::error::Fault;

/// A folder that stands for the machine's disk.
pub struct Disk(TempDir);

impl Disk {
    pub fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    pub fn root(&self) -> String {
        self.0.path().to_string_lossy().into_owned()
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    pub fn write(&self, name: &str, text: &str) -> PathBuf {
        let path = self.path(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, text).unwrap();
        path
    }

    /// Where kubeconfigs are looked for on it.
    pub fn place(&self) -> Where {
        Where { home: Some(self.path("home")), system: self.path("k3s.yaml"), ..Where::default() }
    }

    /// The fault's own words, with this folder's name taken out.
    pub fn words(&self, fault: &Fault) -> String {
        fault.sentence().replace(&self.root(), "DIR")
    }
}

/// A kubeconfig with these contexts, which share a cluster and a user; the middle one is the current one.
pub fn config(contexts: &[&str], cluster: &str, user: &str) -> String {
    let (name, current) = (contexts[0], contexts[contexts.len() / 2]);
    let contexts: Vec<String> = contexts
        .iter()
        .map(|context| format!("{{name: {context}, context: {{cluster: {name}, user: {name}}}}}"))
        .collect();
    format!(
        "apiVersion: v1\nkind: Config\ncurrent-context: {current}\ncontexts: [{}]\n\
         clusters: [{{name: {name}, cluster: {{{cluster}}}}}]\nusers: [{{name: {name}, user: {{{user}}}}}]\n",
        contexts.join(", ")
    )
}
