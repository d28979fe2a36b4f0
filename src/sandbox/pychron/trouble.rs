//! What goes wrong at the stand-in, by name.

/// One thing that goes wrong.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Trouble {
    /// All is well.
    #[default]
    None,
    /// The administrator declines: 403.
    Denied,
    /// The code lives a few seconds and nobody approves it: 410.
    Expires,
    /// 400 at the start.
    KeyRefused,
    /// 400 at the poll.
    KeyRefusedLate,
    /// 502 at the poll after the approval.
    MintFails,
    /// Three answers of 503, then on.
    Flaky,
    /// 503 for ever.
    Down,
    /// 200 instead of 201 at the start.
    OddStart,
    /// An alias that would open the SSH configuration.
    HostileAlias,
    /// A host that would.
    HostileHost,
    /// A port that is none.
    HostilePort,
    /// A known-hosts line that vouches for everybody.
    HostileKnownHost,
    /// A lab with a line break in it.
    HostileLab,
    /// A lab whose name is a path.
    LabIsPath,
    /// Another address from now on.
    Moved,
    /// Another address that is not safe.
    MovedBadly,
    /// The alias stands beside the key only.
    AliasBeside,
    /// Database credentials come along.
    Bundle,
    /// The registration repeats the token.
    Echo,
    /// The registration is of another key.
    OtherKey,
    /// `whoami` does not accept the token.
    WhoamiRejects,
    /// `whoami` fails.
    WhoamiFails,
    /// `whoami` makes no sense.
    WhoamiGarbled,
    /// `whoami` never answers.
    WhoamiHangs,
    /// `whoami` names another lab.
    WhoamiElsewhere,
    /// The token may not register keys.
    NoScope,
    /// The first key of a token is refused with 422.
    KeyKnown,
    /// Every key of a token is refused with 409.
    KeysKnown,
    /// Ending a token fails.
    RevokeFails,
}

/// Every name, with a word on what it does.
pub const NAMES: &[(&str, Trouble, &str)] = &[
    ("denied", Trouble::Denied, "the administrator declines"),
    ("expires", Trouble::Expires, "the code runs out before anybody approves"),
    ("key-refused", Trouble::KeyRefused, "the key is refused at the start"),
    ("key-refused-late", Trouble::KeyRefusedLate, "the key is refused after the approval"),
    ("mint-fails", Trouble::MintFails, "the server fails while it makes the token"),
    ("flaky", Trouble::Flaky, "three polls fail, then all is well"),
    ("down", Trouble::Down, "every poll fails"),
    ("odd-start", Trouble::OddStart, "the code comes with status 200"),
    ("hostile-alias", Trouble::HostileAlias, "the alias would open the SSH configuration"),
    ("hostile-host", Trouble::HostileHost, "the host would"),
    ("hostile-port", Trouble::HostilePort, "the port is none"),
    ("hostile-known-host", Trouble::HostileKnownHost, "the host key vouches for everybody"),
    ("hostile-lab", Trouble::HostileLab, "the lab's name has two lines"),
    ("lab-is-path", Trouble::LabIsPath, "the lab's name is a path"),
    ("moved", Trouble::Moved, "the server names another address"),
    ("moved-badly", Trouble::MovedBadly, "that address is not safe"),
    ("alias-beside", Trouble::AliasBeside, "the alias stands beside the registration"),
    ("bundle", Trouble::Bundle, "database credentials come along"),
    ("echo", Trouble::Echo, "the registration repeats the token"),
    ("other-key", Trouble::OtherKey, "the registration is of another key"),
    ("whoami-rejects", Trouble::WhoamiRejects, "the new token is not accepted"),
    ("whoami-fails", Trouble::WhoamiFails, "the question about the token fails"),
    ("whoami-garbled", Trouble::WhoamiGarbled, "its answer makes no sense"),
    ("whoami-hangs", Trouble::WhoamiHangs, "it never comes"),
    ("whoami-elsewhere", Trouble::WhoamiElsewhere, "it names another lab"),
    ("no-scope", Trouble::NoScope, "the token may not register keys"),
    ("key-known", Trouble::KeyKnown, "the first key is known already"),
    ("keys-known", Trouble::KeysKnown, "every key is"),
    ("revoke-fails", Trouble::RevokeFails, "ending a token fails"),
];

impl Trouble {
    /// The trouble of that name, if there is one.
    pub fn named(name: &str) -> Option<Self> {
        NAMES.iter().find(|(its, ..)| *its == name).map(|(_, trouble, _)| *trouble)
    }
}
