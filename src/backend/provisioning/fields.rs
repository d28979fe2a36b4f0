//! Reads the server's rows field by field, so that one odd field costs that field and not the row.

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use serde_json::Value;

use crate::foreign::Text;
use crate::http::Http;
use crate::model::{Account, Client, ClientState, Location};

/// A whole number, also when it is written as text.
pub(super) fn whole(value: &Value) -> Option<u64> {
    value.as_u64().or_else(|| value.as_str()?.trim().parse().ok())
}

/// A number of seconds, also when it is written as text. `None` for anything else.
pub(super) fn seconds(value: &Value) -> Option<f64> {
    value.as_f64().or_else(|| value.as_str()?.trim().parse().ok())
}

/// Text, also when it comes as a number. Nothing for anything else.
fn text(http: &Http, value: &Value) -> Text {
    match value {
        Value::String(raw) => http.text(raw),
        Value::Number(number) => http.text(&number.to_string()),
        _ => Text::default(),
    }
}

/// A moment. Without an offset it is taken as UTC, which is what servers mean by that.
fn moment(value: &Value) -> Option<Timestamp> {
    let raw = value.as_str()?.trim();
    raw.parse::<Timestamp>().ok().or_else(|| {
        let local: DateTime = raw.parse().ok()?;
        TimeZone::UTC.to_timestamp(local).ok()
    })
}

fn given(value: &Value) -> Option<&str> {
    value.as_str().filter(|raw| !raw.is_empty())
}

/// An account, or what is wrong with it.
pub(super) fn account(http: &Http, row: &Value) -> Result<Account, &'static str> {
    let id = whole(&row["account_id"]).ok_or("it names no account id")?;
    Ok(Account {
        id,
        name: text(http, &row["account"]),
        email: text(http, &row["email"]),
        first_name: text(http, &row["first_name"]),
    })
}

/// A client, or what is wrong with it. A login name or location that is not well-formed is left out. A
/// cluster id that is not well-formed is an error: left out, the row would look as if it had none, and could
/// be given ours.
pub(super) fn client(http: &Http, row: &Value) -> Result<Client, &'static str> {
    let id = whole(&row["id"]).ok_or("a client has no id")?;
    let cluster_id = match &row["cluster_id"] {
        Value::Null => None,
        Value::String(raw) if raw.is_empty() => None,
        Value::String(raw) => Some(raw.parse().map_err(|_| "a client's cluster id is not well-formed")?),
        _ => return Err("a client's cluster id is not well-formed"),
    };
    Ok(Client {
        id,
        name: text(http, &row["first_name"]),
        namespace: text(http, &row["namespace"]),
        username: given(&row["username"]).and_then(|raw| raw.parse().ok()),
        location: given(&row["location"])
            .and_then(|raw| raw.parse().ok())
            .map_or(Location::NotSet, Location::Zone),
        state: match whole(&row["status"]) {
            Some(0) => ClientState::Offline,
            Some(1) => ClientState::Online,
            Some(2) => ClientState::Pending,
            _ => ClientState::Unknown,
        },
        cluster_id,
        decommissioned: match &row["is_decommissioned"] {
            Value::Bool(retired) => *retired,
            Value::Null => !row["decommissioned_at"].is_null(),
            // Whatever else it says, it is not a plain no.
            other => whole(other) != Some(0),
        },
        last_heard: moment(&row["last_info_update"]),
        running: whole(&row["num_running_experiments"]),
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::http::Options;
    use crate::secret::Vault;

    fn http() -> Http {
        Http::new("https://a.example".parse().unwrap(), Vault::default(), &Options::default()).unwrap()
    }

    #[test]
    fn the_barest_row_is_a_client() {
        assert_eq!(
            client(&http(), &json!({"id": "17"})),
            Ok(Client {
                id: 17,
                name: Text::default(),
                namespace: Text::default(),
                username: None,
                location: Location::NotSet,
                state: ClientState::Unknown,
                cluster_id: None,
                decommissioned: false,
                last_heard: None,
                running: None,
            })
        );
    }

    #[test]
    fn odd_fields_cost_only_themselves() {
        let row = json!({
            "id": 3, "first_name": 12, "namespace": "A\u{1b}[31m b", "username": "17", "location": "de; rm",
            "status": "1", "cluster_id": "", "is_decommissioned": null, "decommissioned_at": "2026-01-01",
            "last_info_update": "2026-01-01T00:00:00.5", "extra": [[[]]],
        });
        assert_eq!(
            client(&http(), &row),
            Ok(Client {
                id: 3,
                name: "12".into(),
                namespace: "A[31m b".into(),
                username: None,
                location: Location::NotSet,
                state: ClientState::Online,
                cluster_id: None,
                decommissioned: true,
                last_heard: "2026-01-01T00:00:00.5Z".parse().ok(),
                running: None,
            })
        );
    }

    #[test]
    fn what_identifies_must_be_well_formed() {
        for row in [
            json!({}),
            json!([]),
            json!("x"),
            json!({"id": -1}),
            json!({"id": null}),
            json!({"id": 1, "cluster_id": "a b"}),
            json!({"id": 1, "cluster_id": 7}),
            json!({"id": 1, "cluster_id": "\u{1b}"}),
        ] {
            assert!(client(&http(), &row).is_err(), "{row}");
        }
    }
}
