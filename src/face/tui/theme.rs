//! The one theme: what a text is, and how that looks. Bold for what matters now, dim for what is settled, one
//! accent. Only attributes and ANSI colours that can be read on dark and on light terminals: no black, white
//! or yellow text. Colour is a third cue, after the word and the symbol.

use ratatui::style::{Color, Modifier, Style};

/// What a text is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// Nothing special: the terminal's own colours.
    Plain,
    /// Matters now.
    Strong,
    /// Settled, or said in passing.
    Quiet,
    /// The focused row, the code to type, the command to copy.
    Accent,
    /// What a search found in a text.
    Match,
    /// Confirmed good.
    Good,
    /// Worth a look.
    Warn,
    /// Wrong.
    Bad,
    /// The word SANDBOX.
    Badge,
}

/// The theme in sixteen colours, or in attributes only.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Theme {
    /// Whether colours are used.
    pub colour: bool,
}

impl Theme {
    /// How a role looks.
    pub fn style(self, role: Role) -> Style {
        let plain = Style::new();
        let tinted = |colour, style: Style| if self.colour { style.fg(colour) } else { style };
        match role {
            Role::Plain => plain,
            Role::Strong => plain.add_modifier(Modifier::BOLD),
            Role::Quiet => plain.add_modifier(Modifier::DIM),
            Role::Accent => tinted(Color::Cyan, plain.add_modifier(Modifier::BOLD)),
            Role::Match => plain.add_modifier(Modifier::BOLD | Modifier::UNDERLINED),
            Role::Good => tinted(Color::Green, plain),
            Role::Warn => tinted(Color::Magenta, plain.add_modifier(Modifier::BOLD)),
            Role::Bad => tinted(Color::Red, plain.add_modifier(Modifier::BOLD)),
            Role::Badge if self.colour => plain.fg(Color::Magenta).add_modifier(Modifier::BOLD),
            Role::Badge => plain.add_modifier(Modifier::BOLD | Modifier::REVERSED),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn without_colour_only_attributes_are_left() {
        let mono = Theme { colour: false };
        for role in [
            Role::Plain,
            Role::Strong,
            Role::Quiet,
            Role::Accent,
            Role::Match,
            Role::Good,
            Role::Warn,
            Role::Bad,
            Role::Badge,
        ] {
            let style = mono.style(role);
            assert_eq!((style.fg, style.bg), (None, None), "{role:?}");
        }
    }
}
