//! The doctor on a screen of its own: draws, listens, looks.

use std::time::Duration;

use tokio::sync::mpsc;
use tokio::time::MissedTickBehavior;

use super::visit::Visit;
use crate::doctor::Subject;
use crate::doctor::report::Report;
use crate::error::Fault;
use crate::face::tui::Look;
use crate::shell::capabilities::Glyphs;
use crate::shell::clock::Clock;
use crate::shell::input::{self, Keys, Raw, Read};
use crate::shell::signals::{Signals, Told};
use crate::shell::terminal::{Screen, Seen, Wishes};
use crate::wizard::keys::Key;

/// Takes the screen, looks, and gives the report when the person leaves; none if they left before there was one.
pub async fn run(
    subject: Subject,
    mut look: Look,
    wishes: Wishes,
    clock: Clock,
) -> Result<Option<Report>, Fault> {
    let died = |part: &str, error: std::io::Error| Fault::Died {
        part: part.into(),
        words: error.to_string().into(),
    };
    let mut signals = Signals::listen(true).map_err(|error| died("the signals", error))?;
    let seen = Seen::default();
    let mut screen = Screen::take(wishes, seen.clone()).map_err(|error| died("the terminal", error))?;
    let mut visit = Visit::begin(subject, Vec::new());
    let mut keys = Keys::default();
    let mut reads = Some(input::reads(seen));
    let mut ticks = tokio::time::interval(Duration::from_secs(1));
    ticks.set_missed_tick_behavior(MissedTickBehavior::Skip);
    while !visit.over {
        let now = clock.now().run;
        look.slow = screen.slow();
        visit.draw(&mut screen, look, now);
        tokio::select! {
            biased;
            signal = signals.next() => match signal {
                Told::End(_) => visit.over = true,
                Told::Stop => {}
                Told::Continue => visit.over |= screen.return_to().is_err(),
                Told::Resized => screen.measure(),
            },
            read = next_of(&mut reads) => match read {
                Some(Read { bytes, .. }) => {
                    let raws = keys.feed(&bytes);
                    take(&mut visit, &mut screen, &mut look, &raws);
                }
                None => visit.over = true,
            },
            () = tokio::time::sleep(input::SETTLE), if keys.waits() => {
                let raws = keys.settle();
                take(&mut visit, &mut screen, &mut look, &raws);
            }
            () = visit.next() => {}
            end = screen.ready(now) => visit.over |= end.is_err(),
            _ = ticks.tick() => visit.doctor.tick(),
        }
    }
    screen.leave(visit.doctor.report.as_ref().map(Report::sentence)).await;
    Ok(visit.doctor.report)
}

fn take(visit: &mut Visit, screen: &mut Screen, look: &mut Look, raws: &[Raw]) {
    for raw in raws {
        match raw {
            Raw::Key(Key::Char('g')) => {
                look.glyphs = match look.glyphs {
                    Glyphs::Unicode => Glyphs::Console,
                    Glyphs::Console => Glyphs::Ascii,
                    Glyphs::Ascii => Glyphs::Unicode,
                };
            }
            Raw::Key(Key::Ctrl('l')) => screen.measure(),
            _ => {}
        }
    }
    let rows = screen.rows();
    visit.take(raws, rows);
}

async fn next_of<T>(from: &mut Option<mpsc::Receiver<T>>) -> Option<T> {
    match from {
        Some(from) => from.recv().await,
        None => std::future::pending().await,
    }
}
