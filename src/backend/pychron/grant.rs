//! The code and the poll.

use std::time::Duration;

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{BELOW, Pychron, key};
use crate::backend::{Answer, Begun, DeviceContext, device_grant};
use crate::error::{Fault, SetUp};
use crate::foreign::Text;
use crate::http::{Answered, Body, Call};
use crate::secret::SecretRef;

/// The longest life of a code that is believed: an administrator may be asleep, but not for a week.
const LONGEST_LIFE: Duration = Duration::from_secs(7 * 24 * 3600);

#[derive(Serialize)]
struct Ask<'a> {
    public_key: &'a str,
    hostname: &'a str,
}

#[derive(Serialize)]
struct Poll<'a> {
    device_code: &'a str,
}

#[derive(Deserialize)]
struct Handed {
    device_code: Option<String>,
    user_code: Option<String>,
    verification_url: Option<String>,
    verification_url_complete: Option<String>,
    expires_at: Option<String>,
    #[serde(default)]
    interval_seconds: Value,
}

impl Pychron {
    /// POST `device-codes`: 201 and nothing else is a code. No token goes along.
    pub(super) async fn start(&self, device: &DeviceContext) -> Result<Begun, Fault> {
        let body = Body::json(&Ask { public_key: key(device)?, hostname: &device.host })?;
        let path = format!("{BELOW}/device-codes");
        let answered = self.http.send_once(Call::post(&path, body)).await.map_err(|trouble| trouble.fault)?;
        match answered.status {
            201 => {}
            400 if !answered.is_page() => {
                return Err(Fault::SetUp(SetUp::KeyRejected { said: self.said(&answered) }));
            }
            404 if !answered.is_page() => return Err(Fault::NoDeviceGrant),
            200..300 => {
                let why = format!("it answers with status {} instead of 201", answered.status).into();
                return Err(Fault::BadGrant { why });
            }
            _ => return Err(self.refusal(&answered)),
        }
        let Some(handed) = answered.object() else {
            return Err(Fault::BadGrant { why: "it is not the JSON that the API speaks".into() });
        };
        self.checked(handed).map_err(|why| Fault::BadGrant { why })
    }

    fn checked(&self, handed: Handed) -> Result<Begun, Text> {
        let now = self.http.server_time().unwrap_or_else(self.clock);
        let life = life(handed.expires_at.as_deref(), now);
        let interval = device_grant::interval(handed.interval_seconds.as_f64());
        let handed = device_grant::Handed {
            device_code: handed.device_code,
            user_code: handed.user_code,
            address: handed.verification_url,
            complete: handed.verification_url_complete,
        };
        handed.begun(self.http.base(), &self.trust, (life, interval), (&self.vault, self.audience()))
    }

    /// POST `device-codes/poll`: the status says all but the success.
    pub(super) async fn ask(&self, device_code: SecretRef) -> Answer {
        let Ok(code) = self.vault.open(device_code, &self.audience()) else {
            // It was used up or given up.
            return Answer::Expired;
        };
        let body = match Body::json(&Poll { device_code: &code }) {
            Ok(body) => body,
            Err(fault) => return Answer::Fatal(fault),
        };
        let path = format!("{BELOW}/device-codes/poll");
        let answer = match self.http.send_once(Call::post(&path, body)).await {
            Ok(answered) => self.answer(&answered),
            Err(trouble) => match trouble.fault {
                fault @ (Fault::UpgradeRequired { .. } | Fault::BadInput { .. }) => Answer::Fatal(fault),
                fault => Answer::Retry { fault, wait: None },
            },
        };
        if !matches!(answer, Answer::Pending { .. } | Answer::Retry { .. }) {
            self.vault.drop(device_code);
        }
        answer
    }

    fn answer(&self, answered: &Answered) -> Answer {
        match answered.status {
            200 => {
                let Some(handed) = answered.object() else {
                    let fault = Fault::BadReply { why: "it is not the JSON that the API speaks".into() };
                    return Answer::Retry { fault, wait: None };
                };
                self.issued(handed).map_or_else(Answer::Fatal, |issued| Answer::Issued(Box::new(issued)))
            }
            425 => Answer::Pending { wait: None },
            // A portal's page is no answer of the API's, whatever its status.
            _ if answered.is_page() => Answer::Retry { fault: self.refusal(answered), wait: None },
            403 => Answer::Denied,
            410 => Answer::Expired,
            400 => Answer::Fatal(Fault::SetUp(SetUp::KeyRejected { said: self.said(answered) })),
            // A failed mint has used the code up.
            status @ (500 | 502) => Answer::Fatal(Fault::SetUp(SetUp::MintFailed { status })),
            _ => Answer::Retry { fault: self.refusal(answered), wait: answered.retry_after },
        }
    }
}

/// How long a code is good for, from the moment it ends at. A clock that is far off ends no sign-in before it
/// began: then the server's 410 counts.
fn life(expires_at: Option<&str>, now: Timestamp) -> Duration {
    let at = expires_at.map(str::trim).and_then(|raw| {
        let bare = || raw.parse::<DateTime>().ok()?.to_zoned(TimeZone::UTC).ok().map(|at| at.timestamp());
        raw.parse::<Timestamp>().ok().or_else(bare)
    });
    let left = at.and_then(|at| Duration::try_from(at.duration_since(now)).ok());
    match left {
        Some(left) if !left.is_zero() => left.min(LONGEST_LIFE),
        _ => device_grant::life(None),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn p05_the_life_is_counted_from_expires_at() {
        let now: Timestamp = "2026-05-09T11:45:00Z".parse().unwrap();
        let minutes = |n: u64| Duration::from_secs(60 * n);
        for (raw, left) in [
            (Some("2026-05-09T12:00:00Z"), minutes(15)),
            (Some("2026-05-09T12:00:00+00:00"), minutes(15)),
            (Some("2026-05-09T14:00:00+02:00"), minutes(15)),
            (Some("2026-05-09T12:00:00"), minutes(15)),
            (Some("2026-05-10T11:45:00Z"), minutes(24 * 60)),
            (Some("2036-05-10T11:45:00Z"), LONGEST_LIFE),
            (Some("2026-05-09T11:00:00Z"), minutes(15)),
            (Some("soon"), minutes(15)),
            (None, minutes(15)),
        ] {
            assert_eq!(life(raw, now), left, "{raw:?}");
        }
    }
}
