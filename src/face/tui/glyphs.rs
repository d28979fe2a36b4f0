//! The glyph sets, and what keeps a screen within one: a terminal that cannot show a character gets one that
//! it can, so that columns stay where they are.

use ratatui::buffer::Buffer;
use unicode_normalization::UnicodeNormalization;

use crate::shell::capabilities::Glyphs;

/// A state as a symbol. A word stands beside it wherever it carries meaning.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mark {
    /// Confirmed.
    Done,
    /// The step on the screen.
    Now,
    /// Not begun.
    ToCome,
    /// Under way.
    Working,
    /// Worth a look.
    Warn,
    /// Wrong.
    Failed,
    /// Cannot be told; never shown as good.
    Unknown,
    /// Something new.
    New,
    /// A client that is heard from.
    Up,
    /// A client that is not.
    Down,
}

/// One glyph set.
#[derive(Debug)]
pub struct Set {
    /// Columns that every mark takes in a list.
    pub mark_width: usize,
    /// What stands for text that was cut.
    pub dots: &'static str,
    /// A letter that is not shown.
    pub hidden: &'static str,
    /// Between two facts on one line.
    pub dot: &'static str,
    /// The keys that move.
    pub arrows: &'static str,
    marks: [&'static str; 10],
}

static UNICODE: Set = Set {
    mark_width: 1,
    dots: "…",
    hidden: "•",
    dot: "·",
    arrows: "↑↓",
    marks: ["✓", "●", "○", "…", "!", "✗", "?", "+", "●", "○"],
};

// The console's fonts hold Latin letters and line drawing; check marks and circles are not in all.
static CONSOLE: Set = Set { dot: "·", ..ASCII };

static ASCII: Set = Set {
    mark_width: 3,
    dots: "...",
    hidden: "*",
    dot: "-",
    arrows: "arrows",
    marks: ["[x]", "[*]", "[ ]", "...", "!", "X", "?", "+", "*", "-"],
};

impl Set {
    /// The set for a terminal.
    pub fn of(glyphs: Glyphs) -> &'static Self {
        match glyphs {
            Glyphs::Unicode => &UNICODE,
            Glyphs::Console | Glyphs::Blocks => &CONSOLE,
            Glyphs::Ascii => &ASCII,
        }
    }

    /// The symbol of a state.
    pub fn mark(&self, mark: Mark) -> &'static str {
        let [done, now, to_come, working, warn, failed, unknown, new, up, down] = self.marks;
        match mark {
            Mark::Done => done,
            Mark::Now => now,
            Mark::ToCome => to_come,
            Mark::Working => working,
            Mark::Warn => warn,
            Mark::Failed => failed,
            Mark::Unknown => unknown,
            Mark::New => new,
            Mark::Up => up,
            Mark::Down => down,
        }
    }
}

/// Replaces what the terminal cannot show: by the letter without its marks, else by a question mark.
pub fn keep_within(buffer: &mut Buffer, glyphs: Glyphs) {
    if glyphs == Glyphs::Unicode {
        return;
    }
    for cell in &mut buffer.content {
        if cell.symbol().chars().all(|c| shows(glyphs, c)) {
            continue;
        }
        let plain: String =
            cell.symbol().nfkd().filter(|c| c.is_ascii_graphic() || *c == ' ').take(1).collect();
        cell.set_symbol(match cell.symbol() {
            "·" | "–" | "—" => "-",
            "…" => ".",
            "“" | "”" => "\"",
            "‘" | "’" => "'",
            _ if plain.is_empty() => "?",
            _ => &plain,
        });
    }
}

fn shows(glyphs: Glyphs, c: char) -> bool {
    let console = || matches!(c, '\u{a1}'..='\u{ac}' | '\u{ae}'..='\u{ff}' | '\u{2500}' | '\u{2502}' | '█');
    let more = match glyphs {
        Glyphs::Unicode => true,
        Glyphs::Console => console(),
        Glyphs::Blocks => console() || matches!(c, '▀' | '▄'),
        Glyphs::Ascii => false,
    };
    c == ' ' || c.is_ascii_graphic() || more
}

#[cfg(test)]
mod tests {
    use super::*;
    use ratatui::layout::Rect;

    fn kept(glyphs: Glyphs, text: &str) -> String {
        let mut buffer = Buffer::empty(Rect::new(0, 0, 20, 1));
        buffer.set_string(0, 0, text, ratatui::style::Style::new());
        keep_within(&mut buffer, glyphs);
        buffer.content.iter().map(ratatui::buffer::Cell::symbol).collect::<String>().trim_end().to_owned()
    }

    #[test]
    fn a_terminal_gets_only_what_it_can_show() {
        assert_eq!(kept(Glyphs::Unicode, "São Paulo · 東京"), "São Paulo · 東 京");
        assert_eq!(kept(Glyphs::Blocks, "São Paulo · 東 ✓ Ł█▀"), "São Paulo · ?  ? ?█▀");
        assert_eq!(kept(Glyphs::Console, "São Paulo · 東 ✓ Ł█▀"), "São Paulo · ?  ? ?█?");
        assert_eq!(kept(Glyphs::Ascii, "São Pau\u{301}lo · 東 — …"), "Sao Paulo - ?  - .");
    }
}
