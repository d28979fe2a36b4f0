//! What a machine offers as a cluster, by its files alone: nothing was run, followed or connected to.

use serde::{Deserialize, Serialize};

use crate::error::Fault;
use crate::foreign::Text;

/// What was found before anybody signs in.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Survey {
    /// The ways to a cluster, in the order they are offered.
    pub ways: Vec<Way>,
    /// The one that needs no choice: the only one, or the one a flag or the profile names.
    pub taken: Option<usize>,
    /// The one that is proposed where there are several: the file's current context.
    pub current: usize,
    /// Why there is none, or why the one that would have counted cannot be used.
    pub trouble: Option<Fault>,
    /// A program that this profile needs and that is not there.
    pub missing: Option<Fault>,
}

/// A way to a cluster: one context of a kubeconfig.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Way {
    /// The kubeconfig.
    pub file: Text,
    /// The context's name.
    pub context: Text,
    /// The API server's address.
    pub server: Text,
    /// Why it is offered, where that is not plain: another person's file, for example.
    pub note: Text,
    /// What it asks for beyond a connection. Nothing of it happens before a person, or a flag, agreed.
    pub demands: Vec<Demand>,
}

/// What a kubeconfig asks for beyond a connection.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Demand {
    /// To run a program, which signs in for it.
    Runs(Text),
    /// To read a file outside of the kubeconfig's own folder.
    Reads {
        /// What the file is to hold, for example "token".
        what: Text,
        /// Which file.
        path: Text,
    },
    /// To trust a server without checking its certificate.
    Unverified(Text),
}

impl Demand {
    /// In words, after "it".
    pub fn words(&self) -> String {
        match self {
            Self::Runs(command) => format!("runs a program: {command}"),
            Self::Reads { what, path } => format!("reads a {what} elsewhere: {path}"),
            Self::Unverified(server) => format!("does not check who answers at {server}"),
        }
    }
}
