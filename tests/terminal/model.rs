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
    /// What was sent to the clipboard.
    pub copied: Vec<String>,
    /// The addresses that texts led to.
    pub links: Vec<String>,
    /// The address that what is written now leads to, and what was written since.
    leads: Option<(String, String)>,
    /// Whether the terminal understands no sequence at all.
    lines_only: bool,
    /// Whether it is none that knows what to do with control strings.
    no_strings: bool,
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
}

enum Step {
    More,
    Done(usize),
    Foreign(usize),
}

impl Model {
    /// A terminal of that name.
    pub fn of(term: &str) -> Self {
        let no_strings = ["linux", "screen", "vt100", "vt220", "xterm-mono"].contains(&term);
        Self { lines_only: matches!(term, "" | "dumb"), no_strings, ..Self::default() }
    }

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
            (self.leads.is_some(), "text leads to an address"),
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
            [b'\r' | b'\n', ..] => Step::Done(1),
            [byte @ 0x20..0x7f, ..] => {
                let c = char::from(*byte);
                self.leads.iter_mut().for_each(|(_, text)| text.push(c));
                Step::Done(1)
            }
            [0x1b, ..] if self.lines_only => Step::Foreign(1),
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
                let body = String::from_utf8_lossy(&rest[..end]).into_owned();
                let right = if let Some(letters) = body.strip_prefix("52;c;") {
                    self.copies_well(letters)
                } else if let Some(rest) = body.strip_prefix("8;") {
                    !self.no_strings && self.leads_well(rest)
                } else {
                    false
                };
                if right { Step::Done(end + 4) } else { Step::Foreign(end + 4) }
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

    /// A code, or the address where it is entered: nothing else belongs in anybody's clipboard.
    fn copies_well(&mut self, letters: &str) -> bool {
        let text = decoded(letters).and_then(|bytes| String::from_utf8(bytes).ok()).unwrap_or_default();
        let right = is_code(&text) || is_page(&text);
        self.copied.push(text);
        right
    }

    /// The address where the code is entered, without the code; or its end, behind a text that is a part of it.
    fn leads_well(&mut self, rest: &str) -> bool {
        match (self.leads.take(), rest) {
            (Some((address, text)), ";") => !text.is_empty() && address.contains(&text),
            (None, rest) => rest.strip_prefix("id=1;").is_some_and(|address| {
                self.links.push(address.to_owned());
                self.leads = Some((address.to_owned(), String::new()));
                is_page(address)
            }),
            (Some(_), _) => false,
        }
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

/// Base64 (RFC 4648), spoken by hand.
fn decoded(letters: &str) -> Option<Vec<u8>> {
    let alphabet = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut bytes = Vec::new();
    let (mut held, mut bits) = (0_u32, 0);
    for letter in letters.trim_end_matches('=').bytes() {
        held = held << 6 | u32::try_from(alphabet.iter().position(|known| *known == letter)?).ok()?;
        bits += 6;
        if bits >= 8 {
            bits -= 8;
            bytes.push(u8::try_from(held >> bits & 0xff).ok()?);
        }
    }
    Some(bytes)
}

/// A code as the sandbox issues it.
fn is_code(text: &str) -> bool {
    let part =
        |part: &str| part.len() == 4 && part.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit());
    text.split_once('-').is_some_and(|(left, right)| part(left) && part(right))
}

/// The page where it is entered.
fn is_page(text: &str) -> bool {
    let host = text.strip_suffix("/activate").and_then(|rest| {
        rest.strip_prefix("https://")
            .or_else(|| rest.strip_prefix("http://").filter(|host| host.starts_with("127.0.0.1:")))
    });
    host.is_some_and(|host| host.bytes().all(|b| b.is_ascii_alphanumeric() || b".:-".contains(&b)))
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
    // WDJB-MJHT, and an address behind a part of itself.
    assert_eq!(foreign(b"\x1b]52;c;V0RKQi1NSkhU\x1b\\"), 0);
    assert_eq!(foreign(b"\x1b]8;id=1;https://acme.example/activate\x1b\\acme\x1b]8;;\x1b\\"), 0);
    for (bytes, count) in [
        (&b"\x1b]0;title\x1b\\"[..], 11),
        (b"\x1b]8;;file:///etc/passwd\x1b\\", 25),
        // An address that is not the one shown, another page, and a clipboard that would hold "rm -rf".
        (b"\x1b]8;id=1;https://acme.example/activate\x1b\\evil\x1b]8;;\x1b\\", 7),
        (b"\x1b]8;id=1;https://acme.example/x\x1b\\", 33),
        (b"\x1b]52;c;cm0gLXJm\x1b\\", 17),
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
    for (term, bytes) in
        [("dumb", &b"\x1b[m"[..]), ("vt100", b"\x1b]8;id=1;https://acme.example/activate\x1b\\")]
    {
        let mut model = Model::of(term);
        model.feed(bytes);
        assert!(model.foreign > 0, "{term}");
    }
    let mut model = Model::default();
    model.feed(b"\x1b[?1049h\x1b[?25l\x1b[?7l\x1b[?2004h\x1b[?2026h\x1b[1m");
    assert_eq!(model.unlike().len(), 6);
    model.feed(b"\x1b[?1049l\x1b[?25h\x1b[?7h\x1b[?2004l\x1b[?2026l\x1b[m");
    assert_eq!(model.unlike(), Vec::<String>::new());
}
