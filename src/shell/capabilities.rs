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
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Glyphs {
    /// Everything this program draws.
    Unicode,
    /// What the Linux console's own font holds: line drawing and blocks.
    Console,
    /// ASCII only.
    Ascii,
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
}

/// Tells them.
pub fn tell(signs: Signs<'_>) -> Capabilities {
    let dumb = matches!(signs.term, "" | "dumb" | "unknown");
    let face = if signs.json {
        FaceKind::Json
    } else if signs.plain || signs.lines || dumb || !signs.stdin_tty || !signs.stdout_tty {
        FaceKind::Plain
    } else {
        FaceKind::Screen
    };
    let locale = signs.locale.to_ascii_lowercase();
    let utf8 = locale.contains("utf-8") || locale.contains("utf8");
    let mono = signs.term.starts_with("vt1") || signs.term.starts_with("vt2") || signs.term == "xterm-mono";
    let glyphs = match signs.term {
        "linux" => Glyphs::Console,
        _ if mono || !utf8 => Glyphs::Ascii,
        _ => Glyphs::Unicode,
    };
    Capabilities { face, glyphs, colour: !(signs.no_color || mono || dumb) }
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
        let table = [
            (tty("xterm-256color", "C.UTF-8"), (Screen, Unicode, true)),
            (tty("tmux-256color", "de_DE.utf8"), (Screen, Unicode, true)),
            (tty("xterm", ""), (Screen, Ascii, true)),
            (tty("xterm", "C"), (Screen, Ascii, true)),
            (tty("linux", "en_US.UTF-8"), (Screen, Console, true)),
            (tty("vt100", "en_US.UTF-8"), (Screen, Ascii, false)),
            (tty("vt220", ""), (Screen, Ascii, false)),
            (tty("dumb", "C.UTF-8"), (Plain, Unicode, false)),
            (tty("", "C.UTF-8"), (Plain, Unicode, false)),
            (Signs { stdin_tty: false, ..tty("xterm", "C.UTF-8") }, (Plain, Unicode, true)),
            (Signs { stdout_tty: false, ..tty("xterm", "C.UTF-8") }, (Plain, Unicode, true)),
            (Signs { plain: true, ..tty("xterm", "C.UTF-8") }, (Plain, Unicode, true)),
            (Signs { lines: true, ..tty("xterm", "C.UTF-8") }, (Plain, Unicode, true)),
            (Signs { json: true, ..tty("xterm", "C.UTF-8") }, (Json, Unicode, true)),
            (Signs { no_color: true, ..tty("xterm", "C.UTF-8") }, (Screen, Unicode, false)),
        ];
        for (signs, (face, glyphs, colour)) in table {
            assert_eq!(tell(signs), Capabilities { face, glyphs, colour }, "{signs:?}");
        }
    }
}
