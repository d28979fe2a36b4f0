//! Everything is read and tried before anything is applied: what is refused is refused while nothing is half done.

use futures_util::stream::{self, StreamExt as _};
use serde_json::Value;

use super::{Part, TOGETHER};
use crate::cluster::connect::{Connected, Failed, kind, text_at};
use crate::error::Fault;
use crate::foreign::Text;
use crate::install::release::patience::again;
use crate::install::release::{owners, parts};
use crate::install::{Report, Told};
use crate::model::{Progress, Reply};

/// Somebody else may have made the same object. A namespace is used as it is, and stays theirs; anything else is not
/// overwritten.
pub async fn leave_to_others(cluster: &Connected, place: &str, objects: &mut Vec<Part>) -> Result<(), Fault> {
    let mut reads: Vec<Reply<'_, Result<Option<Value>, Failed>>> = Vec::new();
    for (kind, object) in objects.iter() {
        let (space, name) = (parts::space(object), text_at(object, "/metadata/name"));
        reads.push(Box::pin(again(move || cluster.get(kind, space, name))));
    }
    // So many at a time that a small API server does not turn them away; told in their order.
    let found: Vec<_> = stream::iter(reads).buffered(TOGETHER).collect().await;
    let mut theirs = Vec::new();
    for (at, ((kind, object), found)) in objects.iter().zip(found).enumerate() {
        let whose = match found {
            Ok(found) => found.and_then(|found| parts::whose(&found, place)),
            // What may not be read is for the cluster to refuse.
            Err(failed) if failed.is_forbidden() => None,
            Err(failed) => return Err(failed.into()),
        };
        let Some(whose) = whose else { continue };
        if **kind != kind::NAMESPACE {
            let object = parts::called(kind, object, place);
            return Err(Fault::ClusterRefuses { object, said: Text::new(&whose) });
        }
        // The release's own was made before it.
        if text_at(object, "/metadata/name") != place {
            theirs.push(at);
        }
    }
    let mut at = 0..;
    objects.retain(|_| at.next().is_none_or(|at| !theirs.contains(&at)));
    Ok(())
}

/// Tries everything (`dryRun=All`). Fields that somebody else manages are told: this release's values will count.
pub async fn rehearse(
    cluster: &Connected,
    place: &str,
    objects: &[Part],
    report: &Report,
) -> Result<(), Failed> {
    let made_here = |space: Option<&str>| {
        let made = |(kind, object): &Part| {
            **kind == kind::NAMESPACE && Some(text_at(object, "/metadata/name")) == space
        };
        objects.iter().any(made)
    };
    let mut tries: Vec<Reply<'_, Result<Option<Failed>, Failed>>> = Vec::new();
    for (kind, object) in objects {
        tries.push(Box::pin(again(move || async move {
            match cluster.try_apply(kind, parts::space(object), object).await {
                Ok(_) => Ok(None),
                // It would be another writer's field in the next try as well.
                Err(failed) if failed.is_conflict() => Ok(Some(failed)),
                Err(failed) => Err(failed),
            }
        })));
    }
    let tried: Vec<_> = stream::iter(tries).buffered(TOGETHER).collect().await;
    for ((kind, object), tried) in objects.iter().zip(tried) {
        match tried {
            Ok(None) => {}
            Ok(Some(conflict)) => {
                if let Some(owners) = owners::foreign(&conflict.said) {
                    let words = format!("{}: {owners}", parts::called(kind, object, place));
                    report(Told::Progress(Progress::TakingOver(Text::new(&words))));
                }
            }
            // Its namespace is not there yet, because a trial makes none.
            Err(failed) if failed.code == Some(404) && made_here(parts::space(object)) => {}
            Err(failed) if failed.is_untried() => {}
            Err(failed) => return Err(failed),
        }
    }
    Ok(())
}
