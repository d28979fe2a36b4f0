//! How the renewal of a session went.

use crate::error::Fault;
use crate::secret::SecretRef;

/// The end of one exchange of a refresh token, which is sent once and never again (RFC 9700 §4.14.2).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Renewal {
    /// A new session; the one before is used up.
    Fresh(SecretRef),
    /// Nothing was sent: the session before is as good as it was.
    NotSent(Fault),
    /// The server does not take it any more.
    Rejected,
    /// No usable answer came: whether it was used up cannot be told, so it counts as used up.
    Lost,
}
