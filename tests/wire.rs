//! Back ends against stand-ins that share no types with them: recorded answers and hostile servers, over
//! real sockets on loopback.

mod claim;
mod cloud;
mod contract;
mod environment;
mod grant;
mod hostile;
mod list;
mod oidc;
mod oidc_browser;
mod peer;
mod redirect;
mod retry;
pub mod tls;

use std::time::Duration;

use landfall::backend::provisioning::Provisioning;
use landfall::http::{Deadlines, Options};
use landfall::model::Trust;
use landfall::secret::{Audience, Secret, SecretRef, Vault};

use peer::{Act, Peer};

/// The token of every test; it must never turn up in a text.
const TOKEN: &str = "tok-3f9a1c77b2e84d06";
/// The password of every test; it must never turn up in a text.
const PASSWORD: &str = "pw-5d0c9e4411aa4b8f";
/// The device code of the recorded answer.
const DEVICE_CODE: &str = "PINNED_DEVICE_CODE";

/// Deadlines that no answer misses, however busy the machine is that runs the tests.
fn options() -> Options {
    within(30_000, 60_000)
}

/// Short ones, for what hangs.
fn hurried() -> Options {
    within(1_000, 2_500)
}

/// With that many milliseconds for a part of an answer and for the whole.
fn within(read: u64, total: u64) -> Options {
    let deadlines = Deadlines {
        connect: Duration::from_secs(10),
        read: Duration::from_millis(read),
        total: Duration::from_millis(total),
        pause: Duration::from_millis(2),
    };
    Options { deadlines, ..Options::default() }
}

/// Those that go with what a stand-in does.
fn before(act: &Act) -> Options {
    if matches!(act, Act::Hang(_) | Act::Drip(..)) { hurried() } else { options() }
}

/// A back end that speaks to the stand-in, with a session of its origin.
struct Bench {
    api: Provisioning,
    vault: Vault,
    session: SecretRef,
}

impl Bench {
    fn new(peer: &Peer) -> Self {
        Self::at(&peer.url(""))
    }

    fn at(base: &str) -> Self {
        Self::with(base, &options())
    }

    fn with(base: &str, options: &Options) -> Self {
        let vault = Vault::default();
        // Where the recorded answers send people.
        let trust = Trust { hosts: vec!["dev.tracebloc.io".into(), "*.example".into()], ..Trust::default() };
        let api = Provisioning::new(base.parse().unwrap(), vault.clone(), options).unwrap().trusting(&trust);
        let session = vault.keep(Secret::new(TOKEN, Audience::session(api.origin())));
        Self { api, vault, session }
    }

    fn password(&self, account: u64, cluster: &str) -> SecretRef {
        let audience = Audience::machine(self.api.origin(), account, cluster);
        self.vault.keep(Secret::new(PASSWORD, audience))
    }
}
