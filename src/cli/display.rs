//! Flags for what a terminal does not tell, or tells wrongly.

use clap::Args;

use crate::shell::capabilities::Glyphs;

/// How the full screen is drawn, where the terminal does not tell or tells wrongly.
#[derive(Clone, Copy, Debug, Default, Args, PartialEq, Eq)]
pub struct Display {
    /// Draw with ASCII only
    #[arg(long, conflicts_with = "unicode")]
    pub ascii: bool,
    /// Draw with Unicode, whatever the locale says
    #[arg(long)]
    pub unicode: bool,
    /// The line is slow: fewer frames, nothing that only decorates
    #[arg(long)]
    pub slow: bool,
    /// The terminal's size, where it does not tell [default: what it tells, or 80x24]
    #[arg(long, value_name = "COLSxROWS", value_parser = columns_and_rows)]
    pub size: Option<(u16, u16)>,
}

impl Display {
    /// The glyphs that were asked for.
    pub fn glyphs(&self) -> Option<Glyphs> {
        match (self.ascii, self.unicode) {
            (true, _) => Some(Glyphs::Ascii),
            (_, true) => Some(Glyphs::Unicode),
            _ => None,
        }
    }
}

fn columns_and_rows(given: &str) -> Result<(u16, u16), String> {
    let side = |text: &str| text.parse::<u16>().ok().filter(|n| (1..=1000).contains(n));
    given
        .split_once(['x', 'X'])
        .and_then(|(columns, rows)| Some((side(columns)?, side(rows)?)))
        .ok_or_else(|| "give columns and rows from 1 to 1000, such as 80x24".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_size_is_columns_and_rows() {
        let table = [
            ("80x24", Some((80, 24))),
            ("1X1", Some((1, 1))),
            ("0x24", None),
            ("80", None),
            ("80x", None),
            ("80x24x1", None),
            ("1001x24", None),
            ("-1x24", None),
        ];
        for (given, size) in table {
            assert_eq!(columns_and_rows(given).ok(), size, "{given}");
        }
    }
}
