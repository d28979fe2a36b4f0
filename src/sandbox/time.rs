//! The sandbox's clock: simulated waits run `speed` times faster, time stamps stay true.

use std::time::Duration;

/// A clock whose waits are divided by `speed`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct SimClock {
    speed: f64,
}

impl SimClock {
    /// `speed` 1.0 is real time; values below 0.01 or not finite count as 1.0, above 1000 as 1000.
    pub fn new(speed: f64) -> Self {
        let speed = if speed.is_finite() && speed >= 0.01 { speed.min(1000.0) } else { 1.0 };
        Self { speed }
    }

    /// How long a simulated wait of `d` takes in real time.
    pub fn scaled(self, d: Duration) -> Duration {
        d.div_f64(self.speed)
    }

    /// How long a wait that took this long in real time was.
    pub fn simulated(self, d: Duration) -> Duration {
        d.mul_f64(self.speed)
    }

    /// Waits for the simulated duration.
    pub async fn sleep(self, d: Duration) {
        tokio::time::sleep(self.scaled(d)).await;
    }

    /// Wall-clock time now, RFC 3339 with whole seconds, as Kubernetes and the control plane write it.
    pub fn stamp(self) -> String {
        jiff::Timestamp::now().strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
    }
}
