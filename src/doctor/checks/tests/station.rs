//! Faults of a registration: the install judges its parts, so a part that it calls wrong is the fault.

use super::Case;
use crate::doctor::facts::World;
use crate::model::CheckState;

fn judged(world: &mut World, id: &str, state: CheckState) {
    let standing = world.station.seen_mut().unwrap();
    let check = standing.checks.iter_mut().find(|check| check.id == id).unwrap();
    check.state = state;
    check.words = "it is not as it should be".into();
    check.fix = "landfall --replace".into();
}

macro_rules! parts {
    ($($id:literal),*) => {
        &[$(($id, |world| judged(world, $id, CheckState::Fail), |world| judged(world, $id, CheckState::NotApplicable)),)*]
    };
}

pub const CASES: &[Case] =
    parts!["R01", "R02", "R03", "R04", "R05", "R06", "R07", "R08", "R09", "R10", "R11", "R12", "R13"];
