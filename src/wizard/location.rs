//! Where the machine stands: guessed, shown with its source, confirmed by a person.

use super::event::Event;
use super::field::{Field, moved};
use super::flow::{Go, Question};
use super::msg::Action;
use crate::location::{self, Guess, Zone};
use crate::model::{Location, ZoneKey};

/// The state of the pane.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LocationPane {
    /// The guess, if there is one.
    pub guess: Option<Guess>,
    /// The focused row.
    pub selected: usize,
    /// The search, while it is open.
    pub search: Option<Field>,
    /// What was chosen, and where it comes from.
    pub chosen: Option<(Location, String)>,
}

/// A row of the list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Row {
    /// A zone of the vocabulary.
    Zone(&'static Zone),
    /// Not set, said aloud.
    Later,
}

impl LocationPane {
    /// The rows: the guess first, then every zone that matches the search, then "set it later".
    pub fn rows(&self) -> Vec<Row> {
        let words = self.search.as_ref().map_or("", Field::text);
        let guessed = self.guess.as_ref().and_then(|guess| location::find(guess.zone.as_str()));
        let mut rows = Vec::new();
        if words.is_empty() {
            match guessed {
                Some(zone) => rows.extend([Row::Zone(zone), Row::Later]),
                None => rows.push(Row::Later),
            }
        }
        let zones =
            location::search(words).into_iter().filter(|zone| !words.is_empty() || Some(*zone) != guessed);
        rows.extend(zones.map(Row::Zone));
        if !words.is_empty() {
            rows.push(Row::Later);
        }
        rows
    }

    /// Takes a location that needs no question: from a flag, or from the client's own row.
    pub fn settle(&mut self, location: Location, source: impl Into<String>) -> Go {
        let source = source.into();
        let event = Event::Location { location: location.clone(), source: source.as_str().into() };
        self.chosen = Some((location, source));
        Go { next: true, ..Go::event(event) }
    }

    /// A person did something.
    pub fn act(&mut self, action: &Action) -> Go {
        if let Some(field) = &mut self.search
            && field.take(action)
        {
            self.selected = 0;
            return Go::stay();
        }
        match action {
            Action::Find => {
                self.search = Some(Field::default());
                self.selected = 0;
            }
            Action::Back if self.search.is_some() => {
                self.search = None;
                self.selected = 0;
            }
            Action::Back => return Go::back(),
            Action::Enter => return self.choose(),
            moving => self.selected = moved(self.selected, self.rows().len(), 10, moving),
        }
        Go::stay()
    }

    fn choose(&mut self) -> Go {
        let rows = self.rows();
        let Some(row) = rows.get(self.selected).or(rows.first()) else { return Go::stay() };
        match row {
            Row::Later if self.guess.is_none() => {
                self.settle(Location::NotSet, "nothing to guess from, set it later")
            }
            Row::Later => self.settle(Location::NotSet, "set later"),
            Row::Zone(zone) => {
                let Ok(key) = zone.key.parse::<ZoneKey>() else { return Go::stay() };
                let source = self
                    .guess
                    .as_ref()
                    .filter(|guess| guess.zone == key)
                    .map_or_else(|| "chosen".into(), |guess| format!("guessed from {}", guess.source));
                self.settle(Location::Zone(key), source)
            }
        }
    }

    /// What a line face has to ask here.
    pub fn question(&self) -> Option<Question> {
        if self.chosen.is_some() {
            return None;
        }
        let choices = self
            .rows()
            .into_iter()
            .take(if self.guess.is_some() { 2 } else { 1 })
            .map(|row| match row {
                Row::Later => "set it later: \"not set\", never counted as carbon-free".into(),
                Row::Zone(zone) => {
                    let source = self.guess.as_ref().map_or("", |guess| guess.source.as_str());
                    format!("{} {}, guessed from {source}", zone.key, zone.name)
                }
            })
            .collect();
        Some(Question {
            text: "Where does this machine stand? Its electricity is accounted there.".into(),
            choices,
            typed: Some("a zone key, such as DE or US-CAL-CISO"),
            flag: "--location KEY|later",
            yes: true,
        })
    }

    /// A typed answer: a number, nothing (the first), a key, or `later`.
    pub fn answer(&mut self, answer: &str) -> Go {
        if answer.eq_ignore_ascii_case("later") {
            return self.settle(Location::NotSet, "set later");
        }
        if let Some(number) = if answer.is_empty() { Some(1) } else { answer.parse::<usize>().ok() } {
            if number == 0 || number > if self.guess.is_some() { 2 } else { 1 } {
                return Go::note(format!("There is no choice {number}."));
            }
            self.selected = number - 1;
            return self.choose();
        }
        match location::find(&answer.to_ascii_uppercase()).and_then(|zone| zone.key.parse().ok()) {
            Some(key) => self.settle(Location::Zone(key), "chosen"),
            None => Go::note(format!("\"{answer}\" is not a zone key that this program knows.")),
        }
    }
}
