//! The doctor on a screen of its own: draws, listens, looks.

use std::future::Future;
use std::pin::Pin;
use std::time::Duration;

use tokio::sync::mpsc;
use tokio::time::MissedTickBehavior;

use super::bundling;
use crate::doctor::bundle::Bundle;
use crate::doctor::facts::World;
use crate::doctor::pane::{Doctor, Key, Want};
use crate::doctor::report::{Item, Report};
use crate::doctor::{self, Subject};
use crate::error::Fault;
use crate::face::tui::{Look, doctor as face};
use crate::foreign::Text;
use crate::shell::capabilities::Glyphs;
use crate::shell::clock::Clock;
use crate::shell::input::{self, Keys, Raw, Read};
use crate::shell::signals::{Signals, Told};
use crate::shell::terminal::{Screen, Seen, Wishes};
use crate::wizard::keys::Key as Pressed;

/// A look under way.
type Looking = Pin<Box<dyn Future<Output = (Report, World)>>>;

struct Run {
    subject: Subject,
    doctor: Doctor,
    screen: Screen,
    look: Look,
    world: Option<World>,
    bundle: Option<Bundle>,
    looking: Option<Looking>,
    told: mpsc::UnboundedSender<Item>,
    over: bool,
}

/// Takes the screen, looks, and gives the report when the person leaves; none if they left before there was one.
pub async fn run(
    subject: Subject,
    look: Look,
    wishes: Wishes,
    clock: Clock,
) -> Result<Option<Report>, Fault> {
    let died = |part: &str, error: std::io::Error| Fault::Died {
        part: part.into(),
        words: error.to_string().into(),
    };
    let mut signals = Signals::listen(true).map_err(|error| died("the signals", error))?;
    let seen = Seen::default();
    let screen = Screen::take(wishes, seen.clone()).map_err(|error| died("the terminal", error))?;
    let (told, mut items) = mpsc::unbounded_channel();
    let (doctor, want) = Doctor::new(Vec::new());
    let mut run =
        Run { subject, doctor, screen, look, world: None, bundle: None, looking: None, told, over: false };
    run.want(want);
    let mut keys = Keys::default();
    let mut reads = Some(input::reads(seen));
    let mut ticks = tokio::time::interval(Duration::from_secs(1));
    ticks.set_missed_tick_behavior(MissedTickBehavior::Skip);
    while !run.over {
        let now = clock.now().run;
        run.draw(now);
        tokio::select! {
            biased;
            signal = signals.next() => match signal {
                Told::End(_) => run.over = true,
                Told::Stop => {}
                Told::Continue => run.over |= run.screen.return_to().is_err(),
                Told::Resized => run.screen.measure(),
            },
            read = next_of(&mut reads) => match read {
                Some(Read { bytes, .. }) => {
                    let raws = keys.feed(&bytes);
                    run.take(&raws);
                }
                None => run.over = true,
            },
            () = tokio::time::sleep(input::SETTLE), if keys.waits() => {
                let raws = keys.settle();
                run.take(&raws);
            }
            Some(item) = items.recv() => run.doctor.tell(item),
            (report, world) = ended(&mut run.looking) => {
                while let Ok(item) = items.try_recv() {
                    run.doctor.tell(item);
                }
                run.looking = None;
                run.world = Some(world);
                run.doctor.done(report);
            }
            end = run.screen.ready(now) => run.over |= end.is_err(),
            _ = ticks.tick() => run.doctor.tick(),
        }
    }
    let closing = run.doctor.report.as_ref().map(Report::sentence);
    run.screen.leave(closing).await;
    Ok(run.doctor.report)
}

impl Run {
    fn draw(&mut self, now: Duration) {
        self.look.slow = self.screen.slow();
        let (doctor, look, about) = (&self.doctor, &self.look, self.subject.about());
        self.screen.draw_with(0, now, |frame| face::screen(frame, doctor, &about, look));
    }

    fn take(&mut self, raws: &[Raw]) {
        let page = face::page(self.screen.rows());
        for raw in raws {
            let Raw::Key(pressed) = raw else { continue };
            if *pressed == Pressed::Char('g') {
                self.look.glyphs = match self.look.glyphs {
                    Glyphs::Unicode => Glyphs::Console,
                    Glyphs::Console => Glyphs::Ascii,
                    Glyphs::Ascii => Glyphs::Unicode,
                };
            }
            if *pressed == Pressed::Ctrl('l') {
                self.screen.measure();
            }
            if let Some(want) = key(*pressed).and_then(|key| self.doctor.key(key, page)) {
                self.want(want);
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
                    None => Err(Text::from("There is nothing to write.")),
                };
                self.doctor.written(end);
            }
        }
    }
}

/// What a key means here.
pub fn key(pressed: Pressed) -> Option<Key> {
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

async fn next_of<T>(from: &mut Option<mpsc::Receiver<T>>) -> Option<T> {
    match from {
        Some(from) => from.recv().await,
        None => std::future::pending().await,
    }
}

async fn ended(looking: &mut Option<Looking>) -> (Report, World) {
    match looking {
        Some(looking) => looking.await,
        None => std::future::pending().await,
    }
}
