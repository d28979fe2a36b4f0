//! Where the machine stands: guessed, shown with its source, confirmed by a person.

use super::event::Event;
use super::field::{Field, moved};
use super::flow::{Go, Question};
use super::msg::Action;
use crate::error::Fault;
use crate::foreign::Text;
use crate::location::{self, Guess, Zone};
use crate::model::{Location, ZoneKey};

/// Where "not set" comes from.
const LATER: &str = "to be set later";

/// The state of the pane.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LocationPane {
    /// The guess, if there is one.
    pub guess: Option<Guess>,
    /// Whether the machine's cloud is still asked for a better one.
    pub asking: bool,
    /// The focused row.
    pub selected: usize,
    /// The search, while it is open.
    pub search: Option<Field>,
    /// The zone that the server refused, and its words, while another is looked for.
    pub refused: Option<(ZoneKey, Text)>,
    /// What was chosen before another answer had to be changed.
    pub(super) kept: Option<(Location, String)>,
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
    /// The pane with a first guess, whose source is text from this machine.
    pub fn new(guess: Option<Guess>) -> Self {
        Self { guess: guess.map(clean), ..Self::default() }
    }

    /// The machine's cloud answered, or did not. What was decided meanwhile stays.
    pub fn located(&mut self, guess: Option<Guess>) {
        self.asking = false;
        let free = self.chosen.is_none() && self.refused.is_none();
        let Some(guess) = guess.filter(|_| free).map(clean) else { return };
        let untouched = self.selected == 0 || self.search.is_some();
        let held = self.rows().get(self.selected).copied();
        self.guess = Some(guess);
        if !untouched {
            // The rows moved; the focus stays on its own.
            self.selected = self.rows().iter().position(|row| Some(*row) == held).unwrap_or(0);
        }
    }

    /// The guessed zone, if the vocabulary holds it.
    fn guessed(&self) -> Option<&'static Zone> {
        location::find(self.guess.as_ref()?.zone.as_str())
    }

    /// The rows: the guess first, then "set it later", then every other zone. While something is searched,
    /// what was found comes first.
    pub fn rows(&self) -> Vec<Row> {
        let words = self.search.as_ref().map_or("", Field::text);
        if !words.is_empty() {
            return location::search(words).into_iter().map(Row::Zone).chain([Row::Later]).collect();
        }
        let guessed = self.guessed();
        let others = location::search(words).into_iter().filter(|zone| Some(*zone) != guessed);
        guessed.map(Row::Zone).into_iter().chain([Row::Later]).chain(others.map(Row::Zone)).collect()
    }

    /// Takes a location: the chosen one, or one that needs no question.
    pub fn settle(&mut self, location: Location, source: impl Into<String>) -> Go {
        let source = source.into();
        self.refused = None;
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
        match self.rows().get(self.selected) {
            Some(Row::Later) => self.settle(Location::NotSet, LATER),
            Some(Row::Zone(zone)) => self.settle_zone(zone),
            None => Go::stay(),
        }
    }

    fn settle_zone(&mut self, zone: &Zone) -> Go {
        let Ok(key) = zone.key.parse::<ZoneKey>() else { return Go::stay() };
        let source = match &self.guess {
            Some(guess) if guess.zone == key => format!("guessed from {}", guess.source),
            _ => "chosen".into(),
        };
        self.settle(Location::Zone(key), source)
    }

    /// What a line face has to ask here.
    pub fn question(&self) -> Option<Question> {
        if self.chosen.is_some() || self.asking {
            return None;
        }
        let guess = self.guess.as_ref().zip(self.guessed());
        let guess =
            guess.map(|(guess, zone)| format!("{} {}, guessed from {}", zone.key, zone.name, guess.source));
        let later = "set it later: \"not set\", never counted as carbon-free".into();
        Some(Question {
            text: "Where does this machine stand? Its electricity is accounted there.".into(),
            choices: guess.into_iter().chain([later]).collect(),
            typed: Some("a zone key such as DE or US-CAL-CISO"),
            flag: "--location KEY|later",
            names: false,
            yes: true,
        })
    }

    /// One of the numbered choices.
    pub fn pick(&mut self, choice: usize) -> Go {
        self.search = None;
        self.selected = choice;
        self.choose()
    }

    /// A zone key typed instead of a number, or `later`.
    pub fn answer(&mut self, typed: &str) -> Go {
        if typed.eq_ignore_ascii_case("later") {
            return self.settle(Location::NotSet, LATER);
        }
        match location::find(&typed.to_ascii_uppercase()) {
            Some(zone) => self.settle_zone(zone),
            None => Go::note(Fault::BadLocation { location: typed.into() }.sentence()),
        }
    }
}

/// A guess whose source is text from outside.
fn clean(guess: Guess) -> Guess {
    Guess { source: Text::new(&guess.source).to_string(), ..guess }
}
