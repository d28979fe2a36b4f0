//! No secret leaves: values that are held go in every form, and what looks like a secret goes by its looks.

use zeroize::Zeroizing;

use super::signs::{is_joint, looks_random, names_a_secret};
use crate::foreign::Text;
use crate::secret::Vault;

/// What stands in the place of a value that is held.
const HELD: &str = "[secret]";
/// What stands in the place of something that looks like a secret.
const LOOKS: &str = "[redacted]";

/// Takes secrets out of texts.
pub struct Cleanser {
    forms: Vec<Zeroizing<String>>,
}

impl Cleanser {
    /// With everything that the vault holds now.
    pub fn new(vault: &Vault) -> Self {
        Self { forms: vault.forms() }
    }

    /// A short text.
    pub fn text(&self, text: &Text) -> Text {
        let cleaned = self.line(text);
        if cleaned == text.as_str() { text.clone() } else { Text::new(&cleaned) }
    }

    /// A short text of our own words, with values in them.
    pub fn held_text(&self, text: &Text) -> Text {
        let cleaned = self.held(text);
        if cleaned == text.as_str() { text.clone() } else { Text::new(&cleaned) }
    }

    /// A line of any length.
    pub fn line(&self, line: &str) -> String {
        looks(&self.held(line))
    }

    /// Several lines. What stands between the marks of a key goes whole.
    pub fn lines(&self, text: &str) -> String {
        // Before it is cut into lines: a value may hold a line's end.
        let text = self.held(text);
        let mut inside = false;
        let mut out = String::with_capacity(text.len());
        for line in text.split_inclusive('\n') {
            let end = if line.ends_with('\n') { "\n" } else { "" };
            let begins = line.contains("-----BEGIN ") && !line.contains("CERTIFICATE-----");
            if begins || inside {
                if begins {
                    out.push_str(LOOKS);
                    out.push_str(end);
                }
                inside = !line.contains("-----END ");
            } else {
                out.push_str(&looks(line.trim_end_matches('\n')));
                out.push_str(end);
            }
        }
        out
    }

    /// A text with every held value taken out, in whatever form. Twice, because what was hidden between
    /// invisible characters only shows once they are gone.
    pub fn held(&self, text: &str) -> String {
        let mut out = text.to_owned();
        for form in &self.forms {
            if out.contains(form.as_str()) {
                out = out.replace(form.as_str(), HELD);
            }
        }
        out
    }

    /// Whether a held value is in there: what is written must give no.
    pub fn finds(&self, bytes: &[u8]) -> bool {
        self.forms.iter().any(|form| bytes.windows(form.len()).any(|window| window == form.as_bytes()))
    }
}

/// Takes out of a line what looks like a secret.
fn looks(line: &str) -> String {
    if line.contains("-----BEGIN ") && !line.contains("CERTIFICATE-----") {
        let head = line.split("-----BEGIN ").next().unwrap_or_default();
        return format!("{}{LOOKS}", looks(head));
    }
    let mut out = String::with_capacity(line.len());
    let (mut next_is_secret, mut named) = (false, false);
    let mut rest = line;
    while !rest.is_empty() {
        let gap = rest.find(|c: char| !is_gap(c)).unwrap_or(rest.len());
        let (space, after) = rest.split_at(gap);
        out.push_str(space);
        let quote = space.chars().last().filter(|c| next_is_secret && matches!(c, '"' | '\''));
        // A quoted secret goes up to its other quote, whatever is in it.
        let end = match quote.and_then(|quote| after.find(quote)) {
            Some(end) => end,
            None => after.find(is_gap).unwrap_or(after.len()),
        };
        let (word, after) = after.split_at(end);
        rest = after;
        if word.is_empty() {
            continue;
        }
        // `Authorization: Bearer VALUE`: the word in between names the kind only.
        let scheme =
            matches!(&*word.to_ascii_lowercase(), "bearer" | "basic" | "digest" | "token" | "negotiate");
        let says_something = word.chars().any(char::is_alphanumeric);
        // What was cleaned before stays as it is.
        if space.ends_with('[') && rest.starts_with(']') && LOOKS.contains(word) | HELD.contains(word) {
            out.push_str(word);
            next_is_secret = false;
            continue;
        }
        if next_is_secret && !scheme && says_something && !is_joint(word) {
            out.push_str(LOOKS);
            next_is_secret = false;
        } else if !says_something {
            // `"name" : "value"`: the name stands apart from its value.
            out.push_str(word);
            next_is_secret |= named && word.contains([':', '=']);
        } else {
            let (cleaned, hanging) = whole_word(word);
            out.push_str(&cleaned);
            next_is_secret = hanging || scheme && next_is_secret;
            named = names_a_secret(word);
            // All of what is baked goes.
            if hanging && word.to_ascii_lowercase().trim_end_matches(':').ends_with("cookie") {
                out.push(' ');
                out.push_str(LOOKS);
                return out;
            }
        }
    }
    out
}

/// Where words end. Quotes and brackets too, so that JSON and shell forms are read as well as plain ones.
fn is_gap(c: char) -> bool {
    c.is_whitespace()
        || matches!(
            c,
            '"' | '\'' | '`' | ',' | ';' | '(' | ')' | '{' | '}' | '[' | ']' | '<' | '>' | '|' | '\\'
        )
}

/// A word without what looks like a secret, and whether it announces one.
fn whole_word(word: &str) -> (String, bool) {
    if let Some(cleaned) = address(word) {
        return (cleaned, false);
    }
    if let Some((name, value)) = pair(word) {
        if names_a_secret(name) {
            let scheme = matches!(&*value.to_ascii_lowercase(), "bearer" | "basic");
            return if value.is_empty() || scheme {
                (word.to_owned(), true)
            } else {
                (word.replacen(value, LOOKS, 1), false)
            };
        }
        if value.len() > 3 && looks_random(value) {
            return (word.replacen(value, LOOKS, 1), false);
        }
    }
    if looks_random(word) {
        return (LOOKS.to_owned(), false);
    }
    // `--password VALUE`, and `password is VALUE` in a log: the flag alone announces it.
    (word.to_owned(), word.starts_with('-') && names_a_secret(word.trim_start_matches('-')))
}

/// `name=value`, `name:value` or `name:` and nothing more.
fn pair(word: &str) -> Option<(&str, &str)> {
    let at = word.find(['=', ':'])?;
    let (name, value) = (word.get(..at)?, word.get(at + 1..)?);
    (!name.is_empty()).then_some((name, value))
}

/// An address without its login and without its query.
fn address(word: &str) -> Option<String> {
    let (scheme, rest) = word.split_once("://")?;
    let rest = rest.rsplit_once('@').map_or_else(
        || rest.to_owned(),
        |(login, host)| if login.contains('?') { rest.to_owned() } else { format!("{LOOKS}@{host}") },
    );
    let rest = match rest.split_once(['?', '#']) {
        Some((path, _)) => format!("{path}?{LOOKS}"),
        None => rest,
    };
    // A path may hold a token as well.
    let parts: Vec<String> = rest
        .split('/')
        .map(|part| if looks_random(part) { LOOKS.to_owned() } else { part.to_owned() })
        .collect();
    let scheme = scheme
        .rsplit_once('=')
        .map_or_else(|| scheme.to_owned(), |(name, scheme)| format!("{name}={scheme}"));
    Some(format!("{scheme}://{}", parts.join("/")))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cleanser() -> Cleanser {
        Cleanser::new(&Vault::default())
    }

    #[test]
    fn what_looks_like_a_secret_goes() {
        for line in [
            "Authorization: Bearer S3CRET-one",
            "authorization=Basic S3CRET",
            "password=S3CRET",
            "\"password\": \"S3CRET\"",
            "{\"client_secret\":\"S3CRET\"}",
            "DB_PASSWORD: S3CRET",
            "--password S3CRET",
            "--token=S3CRET",
            "postgres://user:S3CRET@db/x",
            "GET https://api.example/x?code=S3CRET",
            "Set-Cookie: id=S3CRET; Path=/",
            "X-Api-Key: S3CRET",
            "got eyJhbGciOi.S3CRET.sig",
            "ghp_S3CRET0123456789abcdef",
            "AKIAS3CRET0123456789",
            "key AbCdEfGhS3CRET0123456789xyz",
            "-----BEGIN PRIVATE KEY-----S3CRET",
            "a b -----BEGIN RSA PRIVATE KEY----- S3CRET -----END RSA PRIVATE KEY-----",
        ] {
            let cleaned = cleanser().line(line);
            assert!(!cleaned.contains("S3CRET"), "{line} -> {cleaned}");
        }
        let key = "x\n-----BEGIN EC PRIVATE KEY-----\nS3CRET\nS3CRET==\n-----END EC PRIVATE KEY-----\ny\n";
        assert_eq!(cleanser().lines(key), "x\n[redacted]\ny\n");
    }

    #[test]
    fn what_helps_stays() {
        for line in [
            "jobs-manager cannot start: its image cannot be fetched",
            "pod lab-jobs-manager-5d9b7c6f4-x7k2p, container api, ErrImagePull",
            "Back-off pulling image \"docker.io/library/busybox:1.36@sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef\"",
            "authentication failed: the control plane rejected the client credential",
            "the session of tech@acme.example cannot be had",
            "node sandbox-node is not ready: KubeletNotReady, container runtime is down",
            "6f1c2d3e-0000-4a5b-8c9d-0123456789ab",
            "https://127.0.0.1:6443/api/v1/namespaces/lab",
            "2026-01-01T00:00:00Z read-only file system at /var/lib/rancher/k3s",
            "the Secret kube-system/landfall-claim-0123456789, intended",
            "rpc error: code = NotFound desc = failed to pull",
            "password=[redacted] and token [secret] were here",
            "sign in again: landfall sign-in --secret-store file",
        ] {
            assert_eq!(cleanser().line(line), line);
        }
    }

    #[test]
    fn what_is_held_goes_in_every_form() {
        let vault = Vault::default();
        let audience = crate::secret::Audience::session("https://a.example");
        vault.keep(crate::secret::Secret::new("p@ss w/ord", audience));
        let cleanser = Cleanser::new(&vault);
        for line in ["said p@ss w/ord!", "a%20p%40ss%20w%2Ford", &crate::secret::base64(b"u:p@ss w/ord")] {
            let cleaned = cleanser.held(line);
            assert!(cleaned.contains(HELD) && !cleanser.finds(cleaned.as_bytes()), "{line} -> {cleaned}");
        }
    }
}
