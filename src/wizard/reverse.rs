//! The digits that the approval page shows, typed here: they tie the machine to whoever looks at that page. Only
//! a server that checks them asks for them.

use std::time::Duration;

use super::effect::Order;
use super::event::Event;
use super::field::Field;
use super::flow::{Go, Question};
use super::msg::Action;
use crate::model::{DIGITS, NotSixDigits, Polled, ReverseCode};

/// The state of the question.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reverse {
    /// When the sign-in ends, since the run began.
    pub expires: Duration,
    /// The digits being typed.
    pub field: Field,
    /// How it stands.
    pub standing: Standing,
    /// What the last poll told, while an answer is awaited.
    pub polled: Option<Polled>,
}

/// How the question stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// Nothing was sent yet.
    Asked,
    /// The server is asked about the digits.
    Sent,
    /// Those sent were not the right ones.
    Wrong,
    /// Nobody can tell whether those sent arrived.
    Lost,
}

impl Reverse {
    /// Asked for the first time.
    pub fn new(expires: Duration) -> Self {
        Self { expires, field: Field::default(), standing: Standing::Asked, polled: None }
    }

    /// Whether digits are being typed.
    pub fn typing(&self) -> bool {
        self.standing != Standing::Sent
    }

    /// The server asked once more.
    pub fn again(&mut self, wrong: bool) {
        self.standing = match (wrong, self.standing) {
            (true, _) => Standing::Wrong,
            (false, Standing::Sent) => Standing::Lost,
            (false, standing) => standing,
        };
        self.field = Field::default();
        self.polled = None;
    }

    /// A person did something.
    pub fn act(&mut self, action: &Action) -> Go {
        match action {
            Action::Enter => {
                let typed = self.field.text().to_owned();
                self.answer(&typed)
            }
            Action::Type(c) if self.typing() && c.is_ascii_digit() && self.field.text().len() < DIGITS => {
                self.field.take(action);
                Go::stay()
            }
            Action::Erase if self.typing() => {
                self.field.take(action);
                Go::stay()
            }
            // A paste takes the place of what stands there; what is no digit is left out of sight.
            Action::Paste(text) if self.typing() => {
                let digits: String = text.chars().filter(char::is_ascii_digit).take(DIGITS).collect();
                self.field = Field::of(&digits);
                Go::stay()
            }
            _ => Go::stay(),
        }
    }

    /// The digits as they were typed.
    pub fn answer(&mut self, typed: &str) -> Go {
        if !self.typing() {
            return Go::stay();
        }
        match typed.parse::<ReverseCode>() {
            Ok(digits) => {
                self.standing = Standing::Sent;
                Go::order(Order::Reverse(digits))
            }
            Err(NotSixDigits(0)) => Go::note(NONE),
            Err(NotSixDigits(counted)) => {
                Go::note(format!("The page shows six digits; counted here: {counted}. Nothing was sent."))
            }
        }
    }

    /// A poll told something else than that digits are missing; what of that is news.
    pub fn polled(&mut self, told: Polled) -> Option<Event> {
        let news = match &told {
            Polled::Trouble(wait, why) => Some(Event::Trouble { why: why.clone(), again_in: wait.as_secs() }),
            _ => None,
        };
        self.polled = Some(told);
        news
    }

    /// What stands over the field.
    pub fn lead(&self) -> &'static str {
        match self.standing {
            Standing::Asked => "Approved. The page now shows six digits: type them here.",
            Standing::Sent => "Asking the server whether those are the digits on its page.",
            Standing::Wrong => "Those are not the digits on the page. Type the six that it shows now.",
            Standing::Lost => {
                "The server's answer to those digits was lost. Type the six on the page once more."
            }
        }
    }

    fn asks(&self) -> &'static str {
        match self.standing {
            Standing::Asked | Standing::Sent => {
                "Which six digits does the page show, now that it is approved?"
            }
            Standing::Wrong => "Those are not the digits on the page. Which six does it show?",
            Standing::Lost => "The server's answer to those digits was lost. Which six does the page show?",
        }
    }

    /// What a line face has to ask here.
    pub fn question(&self) -> Option<Question> {
        self.typing().then(|| Question {
            text: format!("{} {TRIES}", self.asks()),
            choices: Vec::new(),
            typed: Some("the six digits"),
            names: false,
            flag: "--token-file FILE",
            yes: false,
        })
    }
}

/// How often one may be wrong, and what the digits are for.
pub const TRIES: &str =
    "They show that whoever approved sees this screen; the third wrong try ends the sign-in.";
/// Enter on an empty field.
const NONE: &str = "Type the six digits that the page shows after the approval.";
