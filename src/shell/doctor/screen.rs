//! The doctor on a screen of its own: draws, listens, looks.

use std::time::Duration;

use tokio::sync::mpsc;
use tokio::time::MissedTickBehavior;

use super::visit::Visit;
use crate::doctor::Subject;
use crate::doctor::report::Report;
use crate::error::{Exit, Fault};
use crate::face::tui::Look;
use crate::shell::clock::Clock;
use crate::shell::commands::doctor::exit;
use crate::shell::input::{self, Keys, Raw, Read};
use crate::shell::signals::{Signals, Told};
use crate::shell::terminal::{Screen, Seen, Wishes};
use crate::wizard::keys::Key;

/// What a line that is gone would have sent.
const SIGHUP: u8 = 1;

/// Takes the screen, looks, and shows until it is left.
pub async fn run(subject: Subject, mut look: Look, wishes: Wishes, clock: Clock) -> Result<Exit, Fault> {
    let died = |part: &str, error: std::io::Error| Fault::Died {
        part: part.into(),
        words: error.to_string().into(),
    };
    let mut signals = Signals::listen(true).map_err(|error| died("the signals", error))?;
    let seen = Seen::default();
    let mut screen = Screen::take(wishes, seen.clone()).map_err(|error| died("the terminal", error))?;
    look.glyphs = screen.glyphs(look.glyphs);
    let mut visit = Visit::begin(subject, Vec::new());
    let mut keys = Keys::default();
    let mut reads = Some(input::reads(seen));
    let mut ticks = tokio::time::interval(Duration::from_secs(1));
    ticks.set_missed_tick_behavior(MissedTickBehavior::Skip);
    let mut ended = None;
    while !visit.over && ended.is_none() {
        let now = clock.now().run;
        look.slow = screen.slow();
        visit.draw(&mut screen, look, now);
        tokio::select! {
            biased;
            signal = signals.next() => match signal {
                Told::End(number) => ended = Some(number),
                Told::Stop => screen.stop().await,
                Told::Continue if screen.return_to().is_err() => ended = Some(SIGHUP),
                Told::Continue => {}
                Told::Resized => screen.measure(),
            },
            read = next_of(&mut reads) => match read {
                Some(Read { bytes, .. }) => {
                    let raws = keys.feed(&bytes);
                    let alone = raws.len() == 1 && !keys.waits();
                    take(&mut visit, &mut screen, &mut look, &raws, alone).await;
                }
                None => ended = Some(SIGHUP),
            },
            () = tokio::time::sleep(input::SETTLE), if keys.waits() => {
                let raws = keys.settle();
                take(&mut visit, &mut screen, &mut look, &raws, true).await;
            }
            () = visit.next() => {}
            end = screen.ready(now) => if end.is_err() {
                ended = Some(SIGHUP);
            },
            _ = ticks.tick() => visit.doctor.tick(),
        }
    }
    screen.leave(visit.doctor.report.as_ref().map(Report::sentence)).await;
    Ok(match (ended, &visit.doctor.report) {
        (Some(number), _) => Exit::Signal(number),
        (None, Some(report)) => exit(report),
        (None, None) => Exit::Cancelled,
    })
}

async fn take(visit: &mut Visit, screen: &mut Screen, look: &mut Look, raws: &[Raw], alone: bool) {
    if matches!(raws, [Raw::Key(Key::Char('g'))]) && alone {
        look.glyphs = look.glyphs.next();
    }
    visit.take(raws, alone, screen).await;
}

async fn next_of<T>(from: &mut Option<mpsc::Receiver<T>>) -> Option<T> {
    match from {
        Some(from) => from.recv().await,
        None => std::future::pending().await,
    }
}
