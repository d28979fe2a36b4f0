//! The three preferences that pychron reads, in the section of its node; the rest of the file stays. The token
//! never goes here.

use crate::config::private::Private;
use crate::foreign::Text;
use crate::model::Owner;

use super::{LONGEST, PREFERENCES};

/// The node of pychron's cloud preferences.
const SECTION: &str = "[pychron.cloud]";
const ENABLED: &str = "enable_pychron_cloud";
const API: &str = "api_base_url";
const LAB: &str = "lab_name";

/// Writes them.
pub fn write(mut root: Private, api: &str, owner: &Owner) -> Result<(), Text> {
    let lab = value(owner.as_str());
    let api = value(api.trim_end_matches('/'));
    change(&mut root, &[(ENABLED, Some("True")), (API, Some(&api)), (LAB, Some(&lab))])
}

/// Takes them out, and the file with them where nothing else is in it; whether they were there.
pub fn clear(mut root: Private) -> Result<bool, Text> {
    let there = root.read(PREFERENCES, LONGEST)?;
    let there = there.is_some_and(|text| [ENABLED, API, LAB].iter().any(|key| said(&text, key).is_some()));
    change(&mut root, &[(ENABLED, None), (API, None), (LAB, None)])?;
    let left = root.read(PREFERENCES, LONGEST)?;
    if left.is_some_and(|text| text.trim() == SECTION) {
        root.remove(PREFERENCES)?;
    }
    Ok(there)
}

/// The lab that they name, read from the file's text.
pub fn lab(text: &str) -> Option<String> {
    said(text, LAB)
}

/// The address that they name, read from the file's text.
pub fn address(text: &str) -> Option<String> {
    said(text, API)
}

fn said(text: &str, wanted: &str) -> Option<String> {
    let mut inside = false;
    let mut found = None;
    for line in text.lines().map(str::trim) {
        if line.starts_with('[') {
            inside = line == SECTION;
        } else if let Some((key, said)) = line.split_once('=')
            && inside
            && key.trim() == wanted
        {
            found = Some(said.trim().trim_matches('"').to_owned()).filter(|said| !said.is_empty());
        }
    }
    found
}

fn change(root: &mut Private, keys: &[(&str, Option<&str>)]) -> Result<(), Text> {
    let before = root.read(PREFERENCES, LONGEST)?;
    let before = before.as_ref().map_or("", |text| text.as_str());
    let after = changed(before, keys);
    if after == before { Ok(()) } else { root.write(PREFERENCES, &after) }
}

/// The text with these keys in the section; a key without a value is taken out.
fn changed(before: &str, keys: &[(&str, Option<&str>)]) -> String {
    let mut lines: Vec<&str> = before.lines().collect();
    let begin = lines.iter().position(|line| line.trim() == SECTION);
    let end = begin.map(|begin| {
        let after = lines.iter().skip(begin + 1).position(|line| line.trim_start().starts_with('['));
        after.map_or(lines.len(), |after| begin + 1 + after)
    });
    let known = |line: &str| {
        line.split_once('=').is_some_and(|(key, _)| keys.iter().any(|(ours, _)| *ours == key.trim()))
    };
    let mut ours: Vec<String> =
        keys.iter().filter_map(|(key, said)| Some(format!("{key} = {}", (*said)?))).collect();
    let mut out: Vec<String> = Vec::new();
    if let Some((begin, end)) = begin.zip(end) {
        let tail = lines.split_off(end);
        let body = lines.split_off(begin + 1);
        out.extend(lines.into_iter().map(str::to_owned));
        out.append(&mut ours);
        out.extend(body.into_iter().filter(|line| !known(line)).map(str::to_owned));
        out.extend(tail.into_iter().map(str::to_owned));
    } else {
        out.extend(lines.into_iter().map(str::to_owned));
        if !ours.is_empty() {
            out.push(SECTION.to_owned());
            out.append(&mut ours);
        }
    }
    let mut text = out.join("\n");
    if !text.is_empty() {
        text.push('\n');
    }
    text
}

/// A value as a file of this form holds it: quoted where a comma or a hash would mean something else.
fn value(raw: &str) -> String {
    if !raw.contains([',', '#', '\'', '"', ' ']) {
        return raw.to_owned();
    }
    // A value that holds one kind of quotation mark stands in the other.
    if raw.contains('"') { format!("'{}'", raw.replace('\'', "_")) } else { format!("\"{raw}\"") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn p33_the_section_is_changed_and_the_rest_stays() {
        let keys = [(ENABLED, Some("True")), (LAB, Some("NMGRL"))];
        let whole = "[pychron.cloud]\nenable_pychron_cloud = True\nlab_name = NMGRL\n";
        assert_eq!(changed("", &keys), whole);
        assert_eq!(changed(whole, &keys), whole);
        assert_eq!(lab(whole).as_deref(), Some("NMGRL"));
        let theirs = "[a]\nlab_name = x\n[pychron.cloud]\nother = 1\nlab_name = old\n\n[b]\ny = 2\n";
        let after = changed(theirs, &keys);
        assert_eq!(
            after,
            "[a]\nlab_name = x\n[pychron.cloud]\nenable_pychron_cloud = True\nlab_name = NMGRL\nother = 1\n\n[b]\ny = 2\n"
        );
        assert_eq!(lab(&after).as_deref(), Some("NMGRL"));
        let cleared = changed(&after, &[(ENABLED, None), (LAB, None)]);
        assert_eq!(lab(&cleared), None);
        assert!(cleared.contains("[a]\nlab_name = x\n") && cleared.contains("other = 1"));
        assert_eq!(changed("", &[(LAB, None)]), "");
    }

    #[test]
    fn values_that_would_mean_something_else_are_quoted() {
        assert_eq!(value("NMGRL"), "NMGRL");
        assert_eq!(value("Labor 2, K"), "\"Labor 2, K\"");
        assert_eq!(lab("[pychron.cloud]\nlab_name = \"Labor 2, K\"\n").as_deref(), Some("Labor 2, K"));
    }
}
