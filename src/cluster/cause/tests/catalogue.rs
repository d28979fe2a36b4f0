//! Real messages of container runtimes, registries, kubelet, scheduler, controllers and admission, with their
//! sources, and what each is taken for. Names and addresses are as their authors posted them.

use serde::Deserialize;

use super::super::{Kind, create, image, schedule, volume};

#[derive(Deserialize)]
struct Catalogue {
    pulls: Vec<Told>,
    placements: Vec<Told>,
    claims: Vec<Told>,
    refusals: Vec<Told>,
}

#[derive(Deserialize)]
struct Told {
    #[serde(default)]
    reason: String,
    message: String,
    kind: Kind,
    source: String,
}

#[test]
fn real_messages_are_told_apart() {
    let catalogue = include_str!("../../../../tests/recordings/messages.json");
    let Catalogue { pulls, placements, claims, refusals } = serde_json::from_str(catalogue).unwrap();
    let check = |told: &[Told], classify: &dyn Fn(&Told) -> Kind| {
        for told in told {
            assert_eq!(classify(told), told.kind, "{}: {}", told.source, told.message);
        }
    };
    check(&pulls, &|told| image::classify(&told.message));
    check(&placements, &|told| schedule::classify(&told.message));
    check(&claims, &|told| volume::classify(&told.reason, &told.message));
    check(&refusals, &|told| create::classify(&told.message));
}
