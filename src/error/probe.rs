//! The sentences about what a control plane says to an issued token, and what to do next.

use crate::foreign::Text;
use crate::model::Probe;

impl Probe {
    /// What the server says, without a full stop. None of it takes an enrollment back.
    pub fn sentence(&self) -> String {
        match self {
            Self::NoAddress => "it was not asked: the preferences name no address".into(),
            Self::NoToken => "it was not asked: there is no token to ask with".into(),
            Self::Rejected => "it does not accept the token".into(),
            Self::Unreachable { why } => {
                format!("it could not be asked: {}", why.trim_end_matches('.'))
            }
            Self::Invalid { why } => format!("its answer makes no sense: {}", why.trim_end_matches('.')),
            Self::Elsewhere { owner } if owner.is_empty() => "the token belongs to no lab".into(),
            Self::Elsewhere { owner } => format!("the token belongs to another lab, {owner}"),
            Self::MissingScope { has } if has.is_empty() => "the token may do nothing at all".into(),
            Self::MissingScope { has } => {
                let has: Vec<&str> = has.iter().map(Text::as_str).collect();
                format!("the token may not register keys; it may: {}", has.join(", "))
            }
            Self::Good { kind, owner } => format!("the token works: {kind} of lab {owner}"),
        }
    }

    /// What to do about it; empty if nothing is. `enroll` is the command that registers this machine, and `status`
    /// the one that looks at it.
    pub fn next(&self, enroll: &str, status: &str) -> String {
        match self {
            Self::NoAddress => {
                format!("To have the address noted again, register this machine anew: {enroll} --replace")
            }
            Self::NoToken => format!("To get a token, register this machine anew: {enroll} --replace"),
            Self::Rejected => format!(
                "Ask your administrator whether the token was ended. To get another one: {enroll} --replace"
            ),
            Self::Unreachable { .. } => format!(
                "Mend the way to the server; what is here stays as it is. To ask again, run: {status}"
            ),
            Self::Invalid { .. } => format!(
                "Tell your administrator what the server answers; what is here stays as it is. To ask again, run: \
                 {status}"
            ),
            Self::Elsewhere { .. } => format!(
                "Ask your administrator which lab this machine belongs to. To register it anew: {enroll} --replace"
            ),
            Self::MissingScope { .. } => format!(
                "Ask your administrator for the scope workstations:register_ssh_key, then register this machine \
                 anew: {enroll} --replace"
            ),
            Self::Good { .. } => String::new(),
        }
    }
}
