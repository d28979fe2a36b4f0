//! A visit to the doctor: the pane, the look under way, and the bundle that may come of it. Shown on a screen of
//! its own, or over a wizard that goes on meanwhile.

use std::future::Future;
use std::pin::Pin;
use std::time::Duration;

use tokio::sync::mpsc;

use super::bundling;
use crate::doctor::bundle::Bundle;
use crate::doctor::facts::World;
use crate::doctor::pane::{Doctor, Key, Want};
use crate::doctor::report::{Item, Report};
use crate::doctor::{self, Subject};
use crate::face::tui::{Look, doctor as face};
use crate::foreign::Text;
use crate::shell::input::{Raw, counts};
use crate::shell::terminal::Screen;
use crate::shell::words;
use crate::wizard::keys::Key as Pressed;

/// The number of every picture of the doctor's: none of the wizard's, so that no Enter here counts there.
const PICTURE: u64 = u64::MAX;

/// A look under way.
type Looking = Pin<Box<dyn Future<Output = (Report, World)>>>;

/// A visit.
pub struct Visit {
    subject: Subject,
    /// The pane.
    pub doctor: Doctor,
    world: Option<World>,
    bundle: Option<Bundle>,
    looking: Option<Looking>,
    told: mpsc::UnboundedSender<Item>,
    items: mpsc::UnboundedReceiver<Item>,
    /// Whether the person is done.
    pub over: bool,
}

impl Visit {
    /// Begins one, and looks at once. What is `wanted` stands first.
    pub fn begin(subject: Subject, wanted: Vec<&'static str>) -> Self {
        let (told, items) = mpsc::unbounded_channel();
        let (doctor, want) = Doctor::new(wanted);
        let mut visit =
            Self { subject, doctor, world: None, bundle: None, looking: None, told, items, over: false };
        visit.want(want);
        visit
    }

    /// Draws it.
    pub fn draw(&self, screen: &mut Screen, look: Look, now: Duration) {
        let about = self.subject.about();
        screen.draw_with(PICTURE, now, |frame| face::screen(frame, &self.doctor, &about, &look));
    }

    /// Waits until something came in, and takes it. Cancel safe.
    pub async fn next(&mut self) {
        tokio::select! {
            Some(item) = self.items.recv() => self.doctor.tell(item),
            (report, world) = ended(&mut self.looking) => {
                while let Ok(item) = self.items.try_recv() {
                    self.doctor.tell(item);
                }
                self.looking = None;
                self.world = Some(world);
                self.doctor.done(report);
            }
        }
    }

    /// Takes the keys of one read, of which one may have come alone.
    pub async fn take(&mut self, raws: &[Raw], alone: bool, screen: &mut Screen) {
        for raw in raws.iter().filter(|raw| counts(raw, alone, false)) {
            match raw {
                Raw::Key(Pressed::Ctrl('z')) => screen.stop().await,
                Raw::Key(Pressed::Ctrl('l')) => screen.measure(),
                Raw::Key(pressed) => {
                    let page = face::page(screen.rows());
                    if let Some(want) = key(*pressed).and_then(|key| self.doctor.key(key, page)) {
                        self.want(want);
                    }
                }
                Raw::Paste(_) => {}
            }
        }
    }

    fn want(&mut self, want: Want) {
        match want {
            Want::Leave => self.over = true,
            Want::Look(only) => {
                let (subject, told) = (self.subject.clone(), self.told.clone());
                self.looking = Some(Box::pin(async move {
                    let tell = move |item| drop(told.send(item));
                    doctor::examine(&subject, &only, &tell).await
                }));
            }
            Want::Preview => {
                let (Some(report), Some(world)) = (&self.doctor.report, &self.world) else { return };
                let journal = bundling::journal(self.subject.state.as_ref());
                let bundle = Bundle::of(report, world, &self.subject, &journal);
                self.doctor.preview(bundle.preview.clone());
                self.bundle = Some(bundle);
            }
            Want::Write => {
                let end = match self.bundle.take() {
                    Some(bundle) => bundling::create_here(&bundle, &self.subject),
                    None => Err(Text::from(words::NOTHING_TO_WRITE)),
                };
                self.doctor.written(end);
            }
        }
    }
}

/// What a key means here.
fn key(pressed: Pressed) -> Option<Key> {
    Some(match pressed {
        Pressed::Up | Pressed::Char('k') => Key::Up,
        Pressed::Down | Pressed::Char('j') => Key::Down,
        Pressed::PageUp => Key::PageUp,
        Pressed::PageDown => Key::PageDown,
        Pressed::Enter => Key::Enter,
        Pressed::Esc => Key::Back,
        Pressed::Char('r') => Key::Again,
        Pressed::Char('b') => Key::Bundle,
        Pressed::Char('a') => Key::All,
        Pressed::Char('q') | Pressed::Ctrl('c' | 'd') => Key::Leave,
        _ => return None,
    })
}

async fn ended(looking: &mut Option<Looking>) -> (Report, World) {
    match looking {
        Some(looking) => looking.await,
        None => std::future::pending().await,
    }
}
