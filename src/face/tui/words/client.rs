//! The labels of the client pane.

use crate::model::{Facts, Release};
use crate::wizard::Wizard;
use crate::wizard::client::{Row, Standing};
use crate::wizard::words::same_host;

/// What the client pane is about.
pub fn client_title(wizard: &Wizard, facts: &Facts, roomy: bool) -> String {
    let nouns = wizard.setup.shape.nouns;
    if let Release::One { namespace, .. } = &facts.release {
        return format!("This {} runs a {} already, in namespace {namespace}.", nouns.place, nouns.client);
    }
    if !wizard.client.offers_new() {
        return format!("This {} has its {} already.", nouns.place, nouns.client);
    }
    let more = if roomy { " Create one, or take one of yours." } else { "" };
    format!("This {} has no {} yet.{more}", nouns.place, nouns.client)
}

/// The search.
pub const FIND: &str = "Find:";
/// A new client.
pub const NEW_CLIENT: &str = "new client";
/// Its name is not proposed yet.
pub const NO_NAME_YET: &str = "(name follows)";
/// The control plane never heard from it.
pub const NEVER_HEARD: &str = "never seen";

/// How many rows a search leaves.
pub fn shown_of(shown: usize, all: usize) -> String {
    format!("{shown} of {all}")
}

/// Where a client is, in a word.
pub fn standing(standing: Standing) -> &'static str {
    match standing {
        Standing::HereOurs => "here",
        Standing::Elsewhere => "elsewhere",
        Standing::Unclaimed => "unclaimed",
        Standing::Decommissioned => "retired",
    }
}

/// What Enter does on the focused row.
pub fn enter_does(wizard: &Wizard, row: Option<&Row<'_>>) -> String {
    if wizard.client.editing.is_some() {
        return "Enter keeps this name, Esc the one before.".into();
    }
    match row {
        None => String::new(),
        Some(Row::New) if !wizard.client.whole => {
            "A new client can be made once the whole list is read.".into()
        }
        Some(Row::New) => format!("Enter: a new client named {}.", wizard.client.name),
        Some(Row::Existing(client, standing)) => match standing {
            Standing::HereOurs if client.decommissioned => {
                format!("Enter: bring {} back, which was retired; it gets a new password.", client.name)
            }
            Standing::HereOurs => format!("Enter: continue with {}, this cluster's own.", client.name),
            Standing::Unclaimed => {
                format!("Enter: give {} this cluster; it never connected.", client.name)
            }
            Standing::Elsewhere if wizard.client.same_host(&Row::Existing(client, *standing)) => format!(
                "! {} Enter: a new client in its place; this one stays until you retire it.",
                same_host(&client.name)
            ),
            Standing::Elsewhere => format!(
                "Enter: a new client in place of {}, which is on another cluster and stays as it is.",
                client.name
            ),
            Standing::Decommissioned => format!("{} was retired; it cannot be taken again.", client.name),
        },
    }
}
