//! Signals as a stream: those that end a run, and those that concern the screen.

use tokio::signal::unix::{Signal, SignalKind, signal};

/// What the process was told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Told {
    /// To end; the signal's number.
    End(u8),
    /// To stop, until it is told to continue.
    Stop,
    /// To continue.
    Continue,
    /// The terminal has another size.
    Resized,
}

/// Listens from the moment it is made.
pub struct Signals {
    int: Signal,
    term: Signal,
    hup: Signal,
    quit: Signal,
    screen: Option<Screen>,
}

struct Screen {
    stop: Signal,
    cont: Signal,
    winch: Signal,
}

impl Signals {
    /// Starts listening; must be called inside the runtime. With a `screen`, stopping and continuing need work
    /// of ours; without one, the system's way is right.
    pub fn listen(screen: bool) -> std::io::Result<Self> {
        let screen = if screen {
            Some(Screen {
                stop: signal(SignalKind::from_raw(rustix::process::Signal::TSTP.as_raw()))?,
                cont: signal(SignalKind::from_raw(rustix::process::Signal::CONT.as_raw()))?,
                winch: signal(SignalKind::window_change())?,
            })
        } else {
            None
        };
        Ok(Self {
            int: signal(SignalKind::interrupt())?,
            term: signal(SignalKind::terminate())?,
            hup: signal(SignalKind::hangup())?,
            quit: signal(SignalKind::quit())?,
            screen,
        })
    }

    /// The next signal. Cancel safe. Several of a kind that came together are one.
    pub async fn next(&mut self) -> Told {
        let screen = async {
            match &mut self.screen {
                None => std::future::pending().await,
                Some(screen) => tokio::select! {
                    _ = screen.stop.recv() => Told::Stop,
                    _ = screen.cont.recv() => Told::Continue,
                    _ = screen.winch.recv() => Told::Resized,
                },
            }
        };
        tokio::select! {
            _ = self.int.recv() => Told::End(2),
            _ = self.term.recv() => Told::End(15),
            _ = self.hup.recv() => Told::End(1),
            _ = self.quit.recv() => Told::End(3),
            told = screen => told,
        }
    }

    /// The number of the next signal that ends a run.
    pub async fn end(&mut self) -> u8 {
        loop {
            if let Told::End(number) = self.next().await {
                return number;
            }
        }
    }
}
