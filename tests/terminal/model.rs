//! A small terminal that knows only what this program may write. Everything else is counted, byte by byte.

/// The model: what it is in the middle of, which modes are set, how many bytes were foreign.
#[derive(Debug, Default)]
pub struct Model {
    held: Vec<u8>,
    modes: Modes,
    /// Bytes outside the list.
    pub foreign: usize,
    /// The foreign sequences, for a message.
    pub seen: Vec<String>,
}

#[derive(Debug, Default)]
#[expect(clippy::struct_excessive_bools, reason = "each is a mode of its own")]
struct Modes {
    alternate: bool,
    paste: bool,
    synchronised: bool,
    no_wrap: bool,
    no_cursor: bool,
    coloured: bool,
    linked: bool,
}

enum Step {
    More,
    Done(usize),
    Foreign(usize),
}

impl Model {
    /// Reads bytes as they come, in any pieces.
    pub fn feed(&mut self, bytes: &[u8]) {
        self.held.extend_from_slice(bytes);
        let mut at = 0;
        while at < self.held.len() {
            match self.step(at) {
                Step::More => break,
                Step::Done(length) => at += length,
                Step::Foreign(length) => {
                    self.foreign += length;
                    let what = self.held[at..at + length].escape_ascii().to_string();
                    self.seen.push(what);
                    at += length;
                }
            }
        }
        self.held.drain(..at);
    }

    /// What is not as a terminal is when nobody uses it.
    pub fn unlike(&self) -> Vec<String> {
        let modes = &self.modes;
        let mut unlike: Vec<String> = [
            (modes.alternate, "the alternate screen is shown"),
            (modes.paste, "pastes are bracketed"),
            (modes.synchronised, "updates are held back"),
            (modes.no_wrap, "lines do not wrap"),
            (modes.no_cursor, "the cursor is hidden"),
            (modes.coloured, "text is coloured"),
            (modes.linked, "text leads to an address"),
            (!self.held.is_empty(), "a sequence is unfinished"),
        ]
        .into_iter()
        .filter(|(is, _)| *is)
        .map(|(_, words)| words.to_owned())
        .collect();
        unlike.extend(
            self.seen
                .iter()
                .map(|bytes| format!("foreign: {bytes}"))
                .filter(|words| !words.contains("\\x07")),
        );
        unlike
    }

    fn step(&mut self, at: usize) -> Step {
        let held = &self.held[at..];
        match held {
            [b'\r' | b'\n' | 0x20..0x7f, ..] => Step::Done(1),
            [0x1b] => Step::More,
            [0x1b, b'[', rest @ ..] => {
                let Some(end) = rest.iter().position(|byte| (0x40..0x7f).contains(byte)) else {
                    return if rest.len() > 40 { Step::Foreign(2) } else { Step::More };
                };
                let body = String::from_utf8_lossy(&rest[..=end]).into_owned();
                if self.sequence(&body) { Step::Done(end + 3) } else { Step::Foreign(end + 3) }
            }
            // The clipboard, in base64, and the address behind its text; nothing else may stand in a control string.
            [0x1b, b']', rest @ ..] => {
                let Some(end) = rest.windows(2).position(|two| two == b"\x1b\\") else {
                    return if rest.len() > 4000 { Step::Foreign(2) } else { Step::More };
                };
                let body = rest[..end].to_vec();
                let letters = body.strip_prefix(b"52;c;").unwrap_or(b"\x00");
                let base64 = letters.iter().all(|b| b.is_ascii_alphanumeric() || b"+/=".contains(b));
                let linked = body.strip_prefix(b"8;").is_some_and(|rest| self.leads_well(rest));
                if base64 || linked { Step::Done(end + 4) } else { Step::Foreign(end + 4) }
            }
            [0xc2..=0xf4, ..] => {
                let length = match held[0] {
                    0xc2..=0xdf => 2,
                    0xe0..=0xef => 3,
                    _ => 4,
                };
                let Some(character) = held.get(..length) else { return Step::More };
                match std::str::from_utf8(character).ok().and_then(|text| text.chars().next()) {
                    Some(c) if !c.is_control() && !invisible(c) => Step::Done(length),
                    _ => Step::Foreign(length),
                }
            }
            _ => Step::Foreign(1),
        }
    }

    /// An address that the terminal may open, or the end of one.
    fn leads_well(&mut self, rest: &[u8]) -> bool {
        self.modes.linked = rest != b";";
        let web = |address: &[u8]| {
            let known = address.starts_with(b"https://") || address.starts_with(b"http://127.0.0.1:");
            known && address.iter().all(u8::is_ascii_graphic)
        };
        !self.modes.linked || rest.strip_prefix(b"id=1;").is_some_and(web)
    }

    fn sequence(&mut self, body: &str) -> bool {
        let (parameters, last) = body.split_at(body.len() - 1);
        let number = |text: &str| text.is_empty() || text.parse::<u16>().is_ok_and(|n| n > 0);
        if let Some(mode) = parameters.strip_prefix('?') {
            let on = last == "h";
            let place = match mode {
                "1049" => &mut self.modes.alternate,
                "2004" => &mut self.modes.paste,
                "2026" => &mut self.modes.synchronised,
                "7" => &mut self.modes.no_wrap,
                "25" => &mut self.modes.no_cursor,
                _ => return false,
            };
            *place = if matches!(mode, "7" | "25") { !on } else { on };
            return matches!(last, "h" | "l");
        }
        match last {
            "H" => parameters.split(';').count() <= 2 && parameters.split(';').all(number),
            "C" => number(parameters),
            "K" => parameters.is_empty(),
            "J" => parameters == "2",
            "m" => {
                let known = |text: &str| {
                    matches!(text.parse::<u8>(), Ok(0..=4 | 7 | 30..=37 | 39..=47 | 49 | 90..=97 | 100..=107))
                };
                self.modes.coloured = !matches!(parameters, "" | "0");
                parameters.is_empty() || parameters.split(';').all(known)
            }
            _ => false,
        }
    }
}

/// Characters that steer text instead of being seen.
fn invisible(c: char) -> bool {
    matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}')
}

#[test]
fn the_model_counts_what_is_not_on_the_list() {
    let foreign = |bytes: &[u8]| {
        let mut whole = Model::default();
        whole.feed(bytes);
        let mut pieces = Model::default();
        for byte in bytes {
            pieces.feed(&[*byte]);
        }
        assert_eq!(whole.foreign, pieces.foreign, "{:?}", bytes.escape_ascii().to_string());
        whole.foreign
    };
    assert_eq!(
        foreign("\x1b[?1049h\x1b[?2004h\x1b[2;3Hé世\x1b[0;1;36mx\x1b[K\r\n\x1b[4C\x1b[2J\x1b[m".as_bytes()),
        0
    );
    assert_eq!(foreign(b"\x1b]52;c;V0RKQi1CRkhN\x1b\\"), 0);
    assert_eq!(foreign(b"\x1b]8;id=1;https://acme.example/a\x1b\\x\x1b]8;;\x1b\\"), 0);
    for (bytes, count) in [
        (&b"\x1b]0;title\x1b\\"[..], 11),
        (b"\x1b]8;;file:///etc/passwd\x1b\\", 25),
        (b"\x1b[6n", 4),
        (b"\x1b[?1000h", 8),
        (b"\x1b[38;5;9m", 9),
        (b"\x07", 1),
        (b"\x1bc", 1),
        (b"\x9b", 1),
        ("\u{202e}".as_bytes(), 3),
        ("\u{9b}".as_bytes(), 2),
    ] {
        assert_eq!(foreign(bytes), count, "{:?}", bytes.escape_ascii().to_string());
    }
    let mut model = Model::default();
    model.feed(b"\x1b[?1049h\x1b[?25l\x1b[?7l\x1b[?2004h\x1b[?2026h\x1b[1m");
    assert_eq!(model.unlike().len(), 6);
    model.feed(b"\x1b[?1049l\x1b[?25h\x1b[?7h\x1b[?2004l\x1b[?2026l\x1b[m");
    assert_eq!(model.unlike(), Vec::<String>::new());
}
