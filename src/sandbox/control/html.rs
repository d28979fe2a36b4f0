//! Filling the page templates. Whatever goes into a page is escaped, unless it is a fragment made here.

use std::fmt::Write as _;

/// Foreign texts on a page are cut to this many characters.
const LONGEST: usize = 120;

/// What a place in a template is filled with.
pub(super) enum Slot<'a> {
    /// Any text; it is escaped.
    Text(&'a str),
    /// A fragment that is HTML already.
    Html(&'a str),
}

/// Puts the slots into the places `{{name}}` of a template, in one pass: what was put in is not read
/// again. A place without a slot stays empty.
pub(super) fn fill(template: &str, slots: &[(&str, Slot<'_>)]) -> String {
    let mut page = String::with_capacity(2 * template.len());
    let mut rest = template;
    while let Some((before, after)) = rest.split_once("{{")
        && let Some((name, tail)) = after.split_once("}}")
    {
        page.push_str(before);
        match slots.iter().find(|(key, _)| *key == name) {
            Some((_, Slot::Text(text))) => page.push_str(&escape(text)),
            Some((_, Slot::Html(html))) => page.push_str(html),
            None => {}
        }
        rest = tail;
    }
    page.push_str(rest);
    page
}

/// The rows of a definition list.
pub(super) fn rows<'a>(pairs: impl IntoIterator<Item = (&'a str, &'a str)>) -> String {
    pairs.into_iter().fold(String::new(), |mut html, (term, text)| {
        // Writing to a String cannot fail.
        let _ = writeln!(html, "<dt>{}</dt><dd>{}</dd>", escape(term), escape(&tamed(text)));
        html
    })
}

/// A foreign text without anything that could fool the eye: control and direction characters become
/// visible, and it is not endless.
fn tamed(text: &str) -> String {
    let mut tame: String =
        text.chars().take(LONGEST).map(|c| if unseen(c) { '\u{fffd}' } else { c }).collect();
    if text.chars().nth(LONGEST).is_some() {
        tame.push('…');
    }
    tame
}

/// Control characters, and those of no width or that turn the direction.
fn unseen(c: char) -> bool {
    c.is_control()
        || matches!(c,
            '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e0fff}')
}

fn escape(text: &str) -> String {
    text.chars().fold(String::with_capacity(text.len()), |mut html, c| {
        match c {
            '&' => html.push_str("&amp;"),
            '<' => html.push_str("&lt;"),
            '>' => html.push_str("&gt;"),
            '"' => html.push_str("&quot;"),
            '\'' => html.push_str("&#39;"),
            c => html.push(c),
        }
        html
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_template_is_filled_in_one_pass() {
        let slots = [("a", Slot::Text("<{{b}}>")), ("b", Slot::Html("<b>"))];
        assert_eq!(fill("1{{a}}2{{b}}3{{c}}4{{", &slots), "1&lt;{{b}}&gt;2<b>34{{");
    }

    #[test]
    fn foreign_text_is_tamed_and_escaped() {
        assert_eq!(
            rows([("Host", "a\u{202e}b\n<i>'\"&")]),
            "<dt>Host</dt><dd>a\u{fffd}b\u{fffd}&lt;i&gt;&#39;&quot;&amp;</dd>\n"
        );
        assert_eq!(tamed(&"x".repeat(200)), format!("{}…", "x".repeat(120)));
    }
}
