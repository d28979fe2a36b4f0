//! What the terminal can do: pure, from the environment and the flags.

/// Which face shows the wizard.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FaceKind {
    /// Full screen.
    Screen,
    /// Plain lines.
    Plain,
    /// JSON lines.
    Json,
}

/// Which glyphs are safe.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Glyphs {
    /// Everything this program draws.
    #[default]
    Unicode,
    /// What nearly every font of the Linux console holds: Latin letters and single lines. Half blocks are not in
    /// most of those that Debian and its kin load there.
    Console,
    /// The same with half blocks, as the kernel's own font has them.
    Blocks,
    /// ASCII only.
    Ascii,
}

impl Glyphs {
    /// The set that the key for it takes next.
    #[must_use]
    pub fn next(self) -> Self {
        match self {
            Self::Unicode => Self::Console,
            Self::Console => Self::Blocks,
            Self::Blocks => Self::Ascii,
            Self::Ascii => Self::Unicode,
        }
    }
}

/// What a face may use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Capabilities {
    /// Which face.
    pub face: FaceKind,
    /// Which glyphs.
    pub glyphs: Glyphs,
    /// Whether the 16 terminal colours are used; otherwise bold, dim and reverse only.
    pub colour: bool,
}

/// What capabilities are told from.
#[derive(Clone, Copy, Debug, Default)]
#[expect(clippy::struct_excessive_bools, reason = "each is a sign of its own")]
pub struct Signs<'a> {
    /// Whether standard input is a terminal.
    pub stdin_tty: bool,
    /// Whether standard output is a terminal.
    pub stdout_tty: bool,
    /// `$TERM`.
    pub term: &'a str,
    /// The locale.
    pub locale: &'a str,
    /// `NO_COLOR`.
    pub no_color: bool,
    /// `ACCESSIBLE` or `CI`.
    pub lines: bool,
    /// `--plain`.
    pub plain: bool,
    /// `--json`.
    pub json: bool,
    /// `--ascii` or `--unicode`.
    pub glyphs: Option<Glyphs>,
}

/// Tells them.
pub fn tell(signs: Signs<'_>) -> Capabilities {
    Capabilities { face: face(signs).0, glyphs: glyphs(signs).0, colour: colour(signs).0 }
}

/// What was told, and why, in words a person understands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Why {
    /// Of the face.
    pub face: &'static str,
    /// Of the glyphs.
    pub glyphs: &'static str,
    /// Of the colours.
    pub colour: &'static str,
}

/// Explains what [`tell`] tells.
pub fn why(signs: Signs<'_>) -> Why {
    Why { face: face(signs).1, glyphs: glyphs(signs).1, colour: colour(signs).1 }
}

fn face(signs: Signs<'_>) -> (FaceKind, &'static str) {
    if signs.json {
        (FaceKind::Json, "JSON lines: --json asks for them")
    } else if signs.plain {
        (FaceKind::Plain, "plain lines: --plain asks for them")
    } else if signs.lines {
        (FaceKind::Plain, "plain lines: ACCESSIBLE or CI is set")
    } else if !signs.stdin_tty {
        (FaceKind::Plain, "plain lines: standard input is not a terminal")
    } else if !signs.stdout_tty {
        (FaceKind::Plain, "plain lines: standard output is not a terminal")
    } else if signs.term.is_empty() {
        (FaceKind::Plain, "plain lines: TERM is not set, so nothing is known of the terminal")
    } else if matches!(signs.term, "dumb" | "unknown") {
        (FaceKind::Plain, "plain lines: TERM says that the terminal cannot move its cursor")
    } else {
        (FaceKind::Screen, "full screen: standard input and output are a terminal")
    }
}

fn glyphs(signs: Signs<'_>) -> (Glyphs, &'static str) {
    let locale = signs.locale.to_ascii_lowercase();
    let utf8 = locale.contains("utf-8") || locale.contains("utf8");
    match signs.glyphs {
        Some(Glyphs::Ascii) => return (Glyphs::Ascii, "ASCII: --ascii asks for it"),
        Some(set @ (Glyphs::Console | Glyphs::Blocks)) => return (set, "console glyphs: asked for"),
        Some(Glyphs::Unicode) => return (Glyphs::Unicode, "Unicode: --unicode asks for it"),
        None => {}
    }
    if on_console(signs.term) {
        (Glyphs::Console, "console glyphs: TERM is the Linux console, whose font holds few signs")
    } else if hardware(signs.term) {
        (Glyphs::Ascii, "ASCII: TERM is a terminal from before Unicode")
    } else if locale.is_empty() {
        (Glyphs::Ascii, "ASCII: no locale is set; over SSH it is often lost, and --unicode says it again")
    } else if !utf8 {
        (Glyphs::Ascii, "ASCII: the locale is not UTF-8; --unicode overrides that")
    } else {
        (Glyphs::Unicode, "Unicode: the locale is UTF-8")
    }
}

fn colour(signs: Signs<'_>) -> (bool, &'static str) {
    if signs.no_color {
        (false, "no colour: NO_COLOR is set")
    } else if matches!(signs.term, "" | "dumb" | "unknown") {
        (false, "no colour: TERM names no terminal that has it")
    } else if mono(signs.term) {
        (false, "no colour: TERM is a terminal without it")
    } else {
        (true, "the terminal's own 16 colours")
    }
}

/// Whether the terminal is one that understands, or at least swallows, an address behind a text (OSC 8).
pub fn links(term: &str) -> bool {
    const KNOWN: [&str; 12] = [
        "xterm",
        "tmux",
        "rxvt",
        "alacritty",
        "foot",
        "kitty",
        "wezterm",
        "st-",
        "konsole",
        "vte",
        "ghostty",
        "contour",
    ];
    KNOWN.iter().any(|known| term.starts_with(known)) && !hardware(term)
}

/// The Linux console itself, or a multiplexer that says it runs on it.
fn on_console(term: &str) -> bool {
    term == "linux" || term.starts_with("linux-") || term == "screen.linux"
}

/// Terminals from before Unicode, and programs that behave like them.
fn hardware(term: &str) -> bool {
    let digits = term.strip_prefix("vt").is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_digit()));
    digits || mono(term) || matches!(term, "ansi" | "pcansi" | "ansi.sys" | "cons25" | "wy60" | "wy50")
}

/// Terminals without colour.
fn mono(term: &str) -> bool {
    let digits = term.strip_prefix("vt").is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_digit()));
    digits || term.ends_with("-mono") || term.ends_with("-m") || matches!(term, "wy60" | "wy50")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tty(term: &'static str, locale: &'static str) -> Signs<'static> {
        Signs { stdin_tty: true, stdout_tty: true, term, locale, ..Signs::default() }
    }

    #[test]
    fn each_terminal_gets_what_it_can_show() {
        use FaceKind::{Json, Plain, Screen};
        use Glyphs::{Ascii, Console, Unicode};
        let xterm = tty("xterm", "C.UTF-8");
        let table = [
            (tty("xterm-256color", "C.UTF-8"), (Screen, Unicode, true)),
            (tty("tmux-256color", "de_DE.utf8"), (Screen, Unicode, true)),
            (tty("tmux", "en_GB.UTF-8"), (Screen, Unicode, true)),
            (tty("screen", "en_GB.UTF-8"), (Screen, Unicode, true)),
            (tty("screen-256color", "POSIX"), (Screen, Ascii, true)),
            (tty("screen.linux", "en_US.UTF-8"), (Screen, Console, true)),
            (tty("screen.xterm-256color", "en_US.UTF-8"), (Screen, Unicode, true)),
            (tty("rxvt-unicode", "en_US.UTF-8"), (Screen, Unicode, true)),
            (tty("xterm", ""), (Screen, Ascii, true)),
            (tty("xterm", "C"), (Screen, Ascii, true)),
            (tty("xterm", "de_DE.ISO-8859-1"), (Screen, Ascii, true)),
            (tty("xterm-mono", "C.UTF-8"), (Screen, Ascii, false)),
            (tty("linux", "en_US.UTF-8"), (Screen, Console, true)),
            (tty("linux", ""), (Screen, Console, true)),
            (tty("linux-16color", ""), (Screen, Console, true)),
            (tty("vt100", "en_US.UTF-8"), (Screen, Ascii, false)),
            (tty("vt102", ""), (Screen, Ascii, false)),
            (tty("vt220", ""), (Screen, Ascii, false)),
            (tty("vte-256color", "C.UTF-8"), (Screen, Unicode, true)),
            (tty("ansi", "C.UTF-8"), (Screen, Ascii, true)),
            (tty("dumb", "C.UTF-8"), (Plain, Unicode, false)),
            (tty("unknown", "C.UTF-8"), (Plain, Unicode, false)),
            (tty("", "C.UTF-8"), (Plain, Unicode, false)),
            (Signs { stdin_tty: false, ..xterm }, (Plain, Unicode, true)),
            (Signs { stdout_tty: false, ..xterm }, (Plain, Unicode, true)),
            (Signs { plain: true, ..xterm }, (Plain, Unicode, true)),
            (Signs { lines: true, ..xterm }, (Plain, Unicode, true)),
            (Signs { json: true, ..xterm }, (Json, Unicode, true)),
            (Signs { no_color: true, ..xterm }, (Screen, Unicode, false)),
            (Signs { glyphs: Some(Ascii), ..xterm }, (Screen, Ascii, true)),
            (Signs { glyphs: Some(Unicode), ..tty("linux", "") }, (Screen, Unicode, true)),
            (Signs { glyphs: Some(Unicode), ..tty("vt220", "C") }, (Screen, Unicode, false)),
        ];
        for (signs, (face, glyphs, colour)) in table {
            assert_eq!(tell(signs), Capabilities { face, glyphs, colour }, "{signs:?}");
        }
    }

    #[test]
    fn each_choice_is_explained_by_what_decided_it() {
        let full = Why {
            face: "full screen: standard input and output are a terminal",
            glyphs: "Unicode: the locale is UTF-8",
            colour: "the terminal's own 16 colours",
        };
        assert_eq!(why(tty("xterm", "C.UTF-8")), full);
        let table = [
            (Signs { plain: true, ..tty("xterm", "C.UTF-8") }, "--plain", "UTF-8", "16"),
            (tty("", ""), "TERM is not set", "no locale", "TERM"),
            (tty("dumb", "C"), "cursor", "not UTF-8", "TERM"),
            (tty("linux", "C.UTF-8"), "full screen", "Linux console", "16"),
            (tty("vt220", "C.UTF-8"), "full screen", "before Unicode", "without it"),
            (
                Signs { no_color: true, lines: true, ..tty("xterm", "C.UTF-8") },
                "ACCESSIBLE",
                "UTF-8",
                "NO_COLOR",
            ),
        ];
        for (signs, face, glyphs, colour) in table {
            let why = why(signs);
            assert!(
                why.face.contains(face) && why.glyphs.contains(glyphs) && why.colour.contains(colour),
                "{signs:?}: {why:?}"
            );
        }
    }
}
