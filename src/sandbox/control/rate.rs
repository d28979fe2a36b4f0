//! How often one source may ask for a code, or try one on the activation page.

use std::collections::HashMap;
use std::net::IpAddr;
use std::time::Duration;

use tokio::time::Instant;

/// Sources remembered at most; one more and all are forgotten, so that memory stays bounded.
const SOURCES: usize = 1024;

/// A token bucket for each source address.
pub(super) struct RateLimit {
    burst: f64,
    per_second: f64,
    buckets: HashMap<IpAddr, (f64, Instant)>,
}

impl RateLimit {
    /// `burst` at once, then `per_second` more.
    pub(super) fn new(burst: u32, per_second: f64) -> Self {
        Self { burst: f64::from(burst), per_second, buckets: HashMap::new() }
    }

    /// Takes one from the bucket of that source; if it is empty, says how long to wait.
    pub(super) fn take(&mut self, source: IpAddr, now: Instant) -> Result<(), Duration> {
        if self.buckets.len() >= SOURCES && !self.buckets.contains_key(&source) {
            self.buckets.clear();
        }
        let (left, at) = self.buckets.entry(source).or_insert((self.burst, now));
        let gained = now.saturating_duration_since(*at).as_secs_f64() * self.per_second;
        *left = (*left + gained).min(self.burst);
        *at = now;
        if *left < 1.0 {
            return Err(Duration::from_secs_f64((1.0 - *left) / self.per_second));
        }
        *left -= 1.0;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::net::Ipv4Addr;

    use super::*;

    #[test]
    fn a_burst_then_a_steady_rate_for_each_source_alone() {
        let start = Instant::now();
        let (one, other) = (IpAddr::from(Ipv4Addr::LOCALHOST), IpAddr::from([192, 0, 2, 1]));
        let mut limit = RateLimit::new(2, 0.5);
        assert_eq!(limit.take(one, start), Ok(()));
        assert_eq!(limit.take(one, start), Ok(()));
        assert_eq!(limit.take(one, start), Err(Duration::from_secs(2)));
        assert_eq!(limit.take(other, start), Ok(()));
        assert_eq!(limit.take(one, start + Duration::from_secs(2)), Ok(()));
        assert_eq!(limit.take(one, start + Duration::from_secs(3)), Err(Duration::from_secs(1)));
    }
}
