use super::*;
use crate::model::{ClientState, Location};

fn client(name: &str, namespace: &str) -> Client {
    Client {
        id: 1,
        name: name.into(),
        namespace: namespace.into(),
        username: None,
        location: Location::NotSet,
        state: ClientState::Pending,
        cluster_id: None,
        decommissioned: false,
        last_heard: None,
        running: None,
    }
}

fn account(first_name: &str, email: &str) -> Account {
    Account { id: 7, name: "Acme".into(), email: email.into(), first_name: first_name.into() }
}

fn s(raw: &str) -> Slug {
    raw.parse().unwrap()
}

#[test]
fn the_slug_rule_equals_the_servers() {
    for (name, expected) in [
        ("Müller GmbH", Some("muller-gmbh")),
        ("Straße 42", Some("strae-42")),
        ("Munich Hospital — Radiology", Some("munich-hospital-radiology")),
        ("São Paulo Edge", Some("sao-paulo-edge")),
        ("  Acme   Research  Lab #1  ", Some("acme-research-lab-1")),
        ("①②③ circled", Some("123-circled")),
        ("½ half", Some("12-half")),
        ("ＦＵＬＬ width", Some("full-width")),
        ("client🚀rocket", Some("clientrocket")),
        ("ﬁ-ligature", Some("fi-ligature")),
        ("Ⅻ roman", Some("xii-roman")),
        ("²cubed³", Some("2cubed3")),
        ("北京 client", Some("client")),
        ("北京医院", None),
        ("世界", None),
        ("---", None),
        ("", None),
    ] {
        assert_eq!(slug(name).as_ref().map(Slug::as_str), expected, "{name}");
    }
    // 62 letters, then a dash that the cut would leave at the end.
    let long = format!("{} tail", "x".repeat(62));
    assert_eq!(slug(&long).unwrap().as_str(), "x".repeat(62));
}

#[test]
fn a_name_that_slugs_to_nothing_is_refused_or_falls_back() {
    assert_eq!(slug_or_fallback("北京医院", 0xa1).as_str(), "client-000000a1");
    assert_eq!(slug_or_fallback("Lab 1", 0xa1).as_str(), "lab-1");
    assert_eq!(given("---"), Err(Fault::BadName { name: "---".into() }));
    assert_eq!(given("\u{1b}[ALab 1"), Ok(Proposal { name: "Lab 1".into(), slug: s("lab-1") }));
}

#[test]
fn a_taken_slug_gets_a_number_and_the_base_gives_way() {
    let long = "x".repeat(63);
    let clients =
        [client("Lab", "lab"), client("Lab 2", ""), client("y", &long), client("Lukas 01", "something")];
    let taken = Taken::by(&clients);
    assert_eq!(free(&s("lab"), &taken), s("lab-3"));
    assert_eq!(free(&s("new"), &taken), s("new"));
    assert_eq!(free(&s("lukas-01"), &taken), s("lukas-01-2"));
    assert_eq!(free(&s(&long), &taken), s(&format!("{}-2", "x".repeat(61))));
}

#[test]
fn a_namespace_is_the_one_asked_for_or_a_numbered_form_of_it() {
    let long = "x".repeat(63);
    let cut = format!("{}-12", "x".repeat(60));
    for (namespace, asked, is) in [
        ("lab", "lab", true),
        ("lab-2", "lab", true),
        ("lab-17", "lab", true),
        (cut.as_str(), long.as_str(), true),
        ("lab-1", "lab", false),
        ("lab-02", "lab", false),
        ("lab-0", "lab", false),
        ("lab-x", "lab", false),
        ("labs-2", "lab", false),
        ("lab", "lab-2", false),
        ("kube-system", "lab", false),
    ] {
        assert_eq!(is_form_of(&s(namespace), &s(asked)), is, "{namespace} of {asked}");
    }
}

#[test]
fn the_host_is_proposed_unless_its_name_says_nothing() {
    let none = Taken::default();
    let lukas = account("Lukas", "lw@acme.example");
    let long = "Wolfeschlegelsteinhausenbergerdorff Wolfeschlegelsteinhausenbergerdorff";
    let cut = "wolfeschlegelsteinhausenbergerdorff-wolfeschlegelsteinhausen-01";
    for (host, account, taken, first, second) in [
        ("GPU-Box-01.acme.example", &lukas, &none, "gpu-box-01", Some("lukas-01")),
        ("gpu-box-01", &lukas, &Taken::by(&[client("GPU box 01", "")]), "gpu-box-01-2", Some("lukas-01")),
        ("ubuntu", &lukas, &none, "lukas-01", Some("ubuntu")),
        (
            "ubuntu",
            &lukas,
            &Taken::by(&[client("Lukas 01", "x"), client("y", "lukas-03")]),
            "lukas-02",
            Some("ubuntu"),
        ),
        ("", &lukas, &none, "lukas-01", None),
        ("localhost", &account("北京", "lw@acme.example"), &none, "lw-01", Some("localhost")),
        ("localhost", &account("", ""), &none, "client-01", Some("localhost")),
        ("lab-a", &account(long, ""), &none, "lab-a", Some(cut)),
    ] {
        let got = proposals(host, account, taken);
        assert_eq!(
            (got.first.slug.as_str(), got.second.as_ref().map(|p| p.slug.as_str())),
            (first, second),
            "{host}"
        );
        assert_eq!(got.first.name.as_str(), first);
    }
}

#[test]
fn after_ninety_nine_the_number_widens() {
    let clients: Vec<Client> = (1..=99).map(|n| client(&format!("lukas-{n:02}"), "")).collect();
    let got = proposals("", &account("Lukas", ""), &Taken::by(&clients));
    assert_eq!(got.first.slug, s("lukas-100"));
}

proptest::proptest! {
    #[test]
    fn a_slug_is_always_a_dns_label_and_stable(name in "\\PC*|.*|[a-z -]{50,80}", random: u32, n in 2u32..) {
        // `slug_or_fallback` parses, so its type is the proof of the alphabet and the length.
        let slug_of = slug_or_fallback(&name, random);
        proptest::prop_assert_eq!(slug(slug_of.as_str()), Some(slug_of.clone()));
        let numbered = numbered(&slug_of, n).unwrap();
        proptest::prop_assert!(is_form_of(&numbered, &slug_of));
    }
}
