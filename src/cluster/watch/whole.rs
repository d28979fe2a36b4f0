//! One rollout out of several namespaces. Pure.

use super::happenings::MOST;
use crate::model::{Images, Reporter, Sight, Snapshot};

/// The latest of each part.
pub(super) struct Whole(Vec<Option<Snapshot>>);

impl Whole {
    /// Nothing is known of so many parts.
    pub(super) fn of(parts: usize) -> Self {
        Self(vec![None; parts])
    }

    /// A part changed: all of it, once every part was told. What is not told yet could be missing.
    pub(super) fn with(&mut self, part: usize, snapshot: Snapshot) -> Option<Snapshot> {
        *self.0.get_mut(part)? = Some(snapshot);
        let mut parts = self.0.iter().cloned();
        let first = parts.next()??;
        parts.try_fold(first, |whole, part| Some(both(whole, part?)))
    }
}

fn both(one: Snapshot, other: Snapshot) -> Snapshot {
    let mut happenings = [one.happenings, other.happenings].concat();
    happenings.sort_by_key(|happening| std::cmp::Reverse(happening.at));
    happenings.truncate(MOST);
    Snapshot {
        sight: if one.sight == Sight::Clear { other.sight } else { one.sight },
        rows: [one.rows, other.rows].concat(),
        images: Images {
            here: one.images.here + other.images.here,
            of: one.images.of + other.images.of,
            pulling: one.images.pulling.into_iter().chain(other.images.pulling).min_by_key(|pull| pull.since),
            bytes: one.images.bytes + other.images.bytes,
            pull_ms: one.images.pull_ms + other.images.pull_ms,
        },
        happenings,
        reporter: if one.reporter == Reporter::Unknown { other.reporter } else { one.reporter },
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Happening;

    #[test]
    fn nothing_is_told_before_all_parts_were_and_lost_sight_of_one_is_lost() {
        let part = |sight: &Sight, at: i64| Snapshot {
            sight: sight.clone(),
            rows: Vec::new(),
            images: Images { here: 1, of: 2, pulling: None, bytes: 3, pull_ms: 5 },
            happenings: vec![Happening {
                at: jiff::Timestamp::from_second(at).ok(),
                object: "web".into(),
                text: "made".into(),
            }],
            reporter: Reporter::Unknown,
        };
        let lost = Sight::Lost("since then".into());
        let mut whole = Whole::of(2);
        assert_eq!(whole.with(1, part(&Sight::Clear, 1)), None);
        let all = whole.with(0, part(&lost, 2)).unwrap();
        assert_eq!(all.sight, lost);
        assert_eq!(all.images, Images { here: 2, of: 4, pulling: None, bytes: 6, pull_ms: 10 });
        let times: Vec<i64> = all.happenings.iter().map(|one| one.at.unwrap().as_second()).collect();
        assert_eq!(times, [2, 1]);
        assert_eq!(whole.with(0, part(&Sight::Clear, 2)).unwrap().sight, Sight::Clear);
    }
}
