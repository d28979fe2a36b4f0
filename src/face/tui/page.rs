//! A page: blocks of lines under each other, thinned out by weight until they fit.

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};
use ratatui::text::Line;

use super::text::cells;

/// Lines that belong together.
#[derive(Debug, Default)]
pub struct Block {
    lines: Vec<Line<'static>>,
    weight: u8,
    gap: bool,
    whole: bool,
    cursor: Option<(usize, usize)>,
}

impl Block {
    /// Lines with a blank one before them. When room is short, what weighs least goes first.
    pub fn new(weight: u8, lines: Vec<Line<'static>>) -> Self {
        Self { lines, weight, gap: true, whole: false, cursor: None }
    }

    /// Without the blank line.
    pub fn tight(self) -> Self {
        Self { gap: false, ..self }
    }

    /// All of it or nothing: half of its sentence would say something else.
    pub fn whole(self) -> Self {
        Self { whole: true, ..self }
    }

    /// With the cursor on a line and column of this block.
    pub fn cursor(self, line: usize, column: usize) -> Self {
        Self { cursor: Some((line, column)), ..self }
    }
}

/// Lines ready to be drawn, and where the cursor goes.
#[derive(Debug, Default)]
pub struct Page {
    lines: Vec<Line<'static>>,
    cursor: Option<(usize, usize)>,
}

impl Page {
    /// Puts blocks under each other in at most `height` lines: blank lines go first, then the last lines of
    /// the lightest blocks.
    pub fn stacked(mut blocks: Vec<Block>, height: usize) -> Self {
        blocks.retain(|block| !block.lines.is_empty());
        if let Some(first) = blocks.first_mut() {
            first.gap = false;
        }
        while tall(&blocks) > height {
            let lightest = |block: &&mut Block| block.weight;
            if let Some(block) = blocks.iter_mut().filter(|block| block.gap).min_by_key(lightest) {
                block.gap = false;
            } else if let Some(block) =
                blocks.iter_mut().filter(|block| !block.lines.is_empty()).min_by_key(lightest)
            {
                if block.whole {
                    block.lines.clear();
                } else {
                    block.lines.pop();
                }
            } else {
                break;
            }
        }
        let mut page = Self::default();
        for block in blocks {
            if block.lines.is_empty() {
                continue;
            }
            if block.gap {
                page.lines.push(Line::default());
            }
            if let Some((line, column)) = block.cursor.filter(|(line, _)| *line < block.lines.len()) {
                page.cursor = Some((page.lines.len() + line, column));
            }
            page.lines.extend(block.lines);
        }
        page
    }

    /// Draws within the area, and says where the cursor goes.
    pub fn draw(&self, buffer: &mut Buffer, area: Rect) -> Option<Position> {
        let area = area.intersection(buffer.area);
        for (line, y) in self.lines.iter().zip(area.top()..area.bottom()) {
            buffer.set_line(area.left(), y, line, area.width);
        }
        let (line, column) = self.cursor?;
        let last = area.right().checked_sub(1)?;
        let spot = Position {
            x: area.left().saturating_add(cells(column)).min(last),
            y: area.top().saturating_add(cells(line)),
        };
        area.contains(spot).then_some(spot)
    }
}

fn tall(blocks: &[Block]) -> usize {
    blocks.iter().map(|block| block.lines.len() + usize::from(block.gap)).sum()
}

/// The rows of a long list that are on the screen, a whole page at a time: moving within a page redraws two
/// rows, not all.
pub fn window(selected: usize, len: usize, height: usize) -> std::ops::Range<usize> {
    if height == 0 {
        return 0..0;
    }
    let start = selected.min(len.saturating_sub(1)) / height * height;
    start..(start + height).min(len)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(height: usize) -> Vec<String> {
        let lines = |words: &[&'static str]| words.iter().map(|word| Line::from(*word)).collect();
        let blocks = vec![
            Block::new(5, lines(&["title"])),
            Block::new(1, lines(&["light 1", "light 2"])),
            Block::new(9, lines(&["code"])).cursor(0, 2),
        ];
        let page = Page::stacked(blocks, height);
        page.lines.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn the_lightest_goes_first_and_blank_lines_before_words() {
        assert_eq!(shown(9), ["title", "", "light 1", "light 2", "", "code"]);
        assert_eq!(shown(5), ["title", "light 1", "light 2", "", "code"]);
        assert_eq!(shown(3), ["title", "light 1", "code"]);
        assert_eq!(shown(1), ["code"]);
        assert_eq!(shown(0), Vec::<String>::new());
    }

    #[test]
    fn a_list_moves_page_by_page() {
        assert_eq!(window(0, 25, 10), 0..10);
        assert_eq!(window(9, 25, 10), 0..10);
        assert_eq!(window(10, 25, 10), 10..20);
        assert_eq!(window(24, 25, 10), 20..25);
        assert_eq!(window(99, 25, 10), 20..25);
        assert_eq!((window(0, 0, 10), window(3, 9, 0)), (0..0, 0..0));
    }
}
