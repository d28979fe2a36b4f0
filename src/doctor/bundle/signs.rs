//! By what a secret is known that nobody told us of: its name, its beginning, its looks.

/// Words that name a secret when something follows them. Compared without case, dashes and underscores.
const NAMES: &[&str] = &[
    "password",
    "passwd",
    "passphrase",
    "pwd",
    "pass",
    "secret",
    "token",
    "apikey",
    "accesskey",
    "privatekey",
    "authkey",
    "signingkey",
    "encryptionkey",
    "accountkey",
    "sharedkey",
    "authorization",
    "credential",
    "credentials",
    "cookie",
    "setcookie",
    "session",
    "sessionid",
    "signature",
    "sig",
    "bearer",
    "basic",
    "otp",
    "pin",
    "usercode",
    "devicecode",
    "clientpassword",
    "nonce",
    "jwt",
    "assertion",
    "refresh",
    "connectionstring",
    "dsn",
];
/// Beginnings by which issuers mark their tokens.
const BEGINNINGS: &[&str] = &[
    "eyJ",
    "ghp_",
    "gho_",
    "ghu_",
    "ghs_",
    "ghr_",
    "github_pat_",
    "glpat-",
    "xoxb-",
    "xoxp-",
    "xoxa-",
    "AKIA",
    "ASIA",
    "AIza",
    "ya29.",
    "sk-",
    "sk_live_",
    "sk_test_",
    "rk_live_",
    "pk_live_",
    "npm_",
    "pypi-",
    "hf_",
    "dckr_pat_",
    "hvs.",
    "hvb.",
    "SG.",
    "K10",
    "dop_v1_",
    "shpat_",
    "sq0csp-",
    "EAAC",
    "sbx_",
    "tskey-",
    "AGE-SECRET-KEY-",
    "lin_api_",
    "whsec_",
];
/// A run of digits and letters of both cases this long is no word.
const RANDOM: usize = 20;
/// A run of hexadecimal digits this long is a key or a digest.
const HEX: usize = 32;

/// Whether something of that name is a secret.
pub fn names_a_secret(name: &str) -> bool {
    let bare: String =
        name.chars().filter(char::is_ascii_alphanumeric).collect::<String>().to_ascii_lowercase();
    NAMES.iter().any(|secret| bare == *secret)
        || [
            "password",
            "passwd",
            "passphrase",
            "secret",
            "token",
            "apikey",
            "accesskey",
            "privatekey",
            "authorization",
            "credential",
            "cookie",
            "pwd",
        ]
        .iter()
        .any(|secret| bare.trim_end_matches(|c: char| c.is_ascii_digit()).ends_with(secret))
}

/// Words that only join a name to what follows.
pub fn is_joint(word: &str) -> bool {
    matches!(
        &*word.to_ascii_lowercase(),
        "is" | "was"
            | "for"
            | "of"
            | "the"
            | "to"
            | "in"
            | "and"
            | "not"
            | "are"
            | "has"
            | "at"
            | "by"
            | "from"
            | "with"
            | "it"
            | "that"
            | "cannot"
            | "could"
            | "rejected"
            | "invalid"
            | "expired"
            | "missing"
            | "failed"
            | "required"
            | "needed"
            | "works"
            | "sent"
            | "kept"
            | "may"
            | "can"
            | "must"
            | "does"
            | "do"
            | "if"
            | "a"
            | "an"
    )
}

/// Whether a word is what machines make for secrets: a known beginning, or letters and digits without sense.
pub fn looks_random(word: &str) -> bool {
    let word = word.trim_matches(|c: char| !c.is_ascii_alphanumeric());
    if word.len() >= 10 && BEGINNINGS.iter().any(|beginning| word.starts_with(beginning)) {
        // A beginning may also begin a word: then letters alone follow.
        return word.bytes().any(|b| b.is_ascii_digit()) || word.starts_with("eyJ");
    }
    if word.contains("sha256:") || is_uuid(word) {
        return false;
    }
    let runs = word.split(|c: char| !(c.is_ascii_alphanumeric() || matches!(c, '+' | '/' | '_' | '=')));
    runs.into_iter().any(|run| {
        let has = |test: fn(&u8) -> bool| run.bytes().any(|b| test(&b));
        let hex = run.len() >= HEX && run.bytes().all(|b| b.is_ascii_hexdigit());
        // A path has slashes and no mixture within its parts.
        let mixed = run.len() >= RANDOM
            && has(u8::is_ascii_digit)
            && has(u8::is_ascii_uppercase)
            && has(u8::is_ascii_lowercase)
            && run.split('/').any(|part| {
                part.len() >= 12
                    && part.bytes().any(|b| b.is_ascii_digit())
                    && part.bytes().any(|b| b.is_ascii_uppercase())
            });
        hex || mixed
    })
}

fn is_uuid(word: &str) -> bool {
    word.parse::<crate::model::Username>().is_ok()
}
