//! What a registration put on this machine, and what the control plane says to its token.

use super::Subject;
use crate::claim::station::standing;
use crate::doctor::facts::Look;
use crate::foreign::Text;
use crate::model::{Badge, Standing};

/// Looks at it. A machine that was never registered has nothing to look at yet.
pub async fn station(subject: &Subject) -> Look<Standing> {
    let (Some(backend), Some(fitting)) = (&subject.backend, &subject.fitting) else {
        return match subject.no_profile() {
            Some(why) => Look::Failed(why),
            None => Look::Absent,
        };
    };
    let standing = standing(backend.as_ref(), fitting.as_ref()).await;
    match standing.badge {
        Badge::Unregistered => Look::Nothing(Text::from("this machine is not registered yet")),
        Badge::Registered | Badge::Partial => Look::Seen(standing),
    }
}
