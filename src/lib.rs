//! `landfall` brings a headless machine into a fleet: sign in from a phone, accept a name and a place,
//! watch the rollout, and be told the truth about whether the machine is online.
//!
//! # The house
//!
//! ```text
//!          keys, pastes, signals                    grants, accounts, clients, presence, watches
//!                   |                                          ^             |
//!                   v                                          |             v
//!  face/ <-&Wizard- shell/ --Effect--> claim/  backend/  install/  cluster/  http
//!                   |    ^
//!                Msg|    |[Effect]
//!                   v    |
//!                  wizard/    pure: update(now, Msg) -> [Effect]
//! ```
//!
//! Arrows run one way. The wizard decides, the shell acts, faces show.
//!
//! - [`wizard`] is the machine: messages in, effects out. It draws nothing, waits for nothing and has no
//!   clock. A pane is a file with its state and its `act`; `flow` says how panes hand over, `keys` is the key
//!   table, `words` holds the sentences, `event` what line faces print.
//! - [`face`] shows a `&Wizard`: `tui` (full screen, one file a pane), `plain` (lines), `ndjson` (JSON lines).
//! - [`shell`] is the only place that acts: the loop, the clock, task slots, the terminal, input, signals.
//!   `effects` carries out orders; a task's reply carries its run number, and stale ones are dropped in `tasks`.
//! - [`backend`] is the seam to control planes. `provisioning` speaks the provisioning API, `pychron` issues the
//!   identity with the sign-in, `oidc` signs in at an OpenID provider, by a code or a browser, and says who one is;
//!   `device_grant` is the schedule of RFC 8628, pure.
//! - [`install`] is the seam to what is put on the machine. `release` is a Kubernetes release: the write-ahead
//!   record, images pulled ahead, the credential's Secret, objects by server-side apply, the watch. `workstation` is a
//!   home folder:
//!   the token first, then key, registration, SSH. Which of the two a profile needs, its shape says.
//! - [`claim`] makes exactly one identity through both seams: `decide` is the table, `names` the proposals.
//!   It knows no cluster and no HTTP, so that a system without a cluster can be claimed too.
//!   Its `retire` is the way out, and `station` the way out of an identity that came with the sign-in; `shell`'s `look`
//!   asks both sides how an enrolled machine does, for `status` and for the home page (`model::Health`).
//! - [`cluster`] is Kubernetes seen from outside: `connect` (a kubeconfig is hostile input), `anchor`,
//!   `release` (what lives there), `watch`, and the pure `kstatus` and `cause`.
//! - [`doctor`] looks at all of it and changes nothing: facts in parts, a table of checks that are pure functions
//!   of facts, a report with root causes first, and a bundle for somebody far away.
//! - [`http`] is the one HTTP client: deadlines, size caps, redirects, proxy, CA; it says who vouches for a server.
//! - [`config`] reads profiles and keeps the state: who is signed in where. [`store`] is where a session's
//!   token rests, if it is kept: the keyring, the kernel's, or a file.
//! - [`location`] is the vocabulary of places, its search and the guess; [`cloud`] asks a cloud's metadata
//!   service for a better one.
//! - [`sandbox`] is an embedded control plane and cluster on loopback, to which `kubectl` and `helm` can speak too.
//!   It stands apart: it imports nothing of the client's, so that a mistake there cannot hide behind the same
//!   mistake here.
//!
//! Leaves that all may use: [`model`], [`secret`], [`foreign`], [`error`], [`location`], `shell::capabilities`.
//!
//! # What always holds
//!
//! - A secret lives in the [`secret::Vault`]; messages and effects carry a handle. It opens for its audience only.
//! - A string from outside is [`foreign::Text`] before a face, a log or a file can take it.
//! - Nothing outside is changed before the yes on the review; what was read before it is read again after it.
//! - Every failure is an [`error::Fault`]: facts, from which one sentence, a next step and an exit code are made.

pub mod backend;
pub mod claim;
pub mod cli;
pub mod cloud;
pub mod cluster;
pub mod config;
pub mod doctor;
pub mod error;
pub mod face;
pub mod foreign;
pub mod http;
pub mod install;
pub mod location;
pub mod model;
pub mod sandbox;
pub mod secret;
pub mod shell;
pub mod store;
pub mod wizard;
