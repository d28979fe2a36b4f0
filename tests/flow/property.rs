//! Chance: any message at any time, in any set-up. The world mostly answers what was asked, so that runs get
//! far; everything else comes as it likes, with texts that want to do harm.

use landfall::wizard::effect::Order;
use landfall::wizard::msg::{Action, Msg};
use proptest::prelude::*;
use proptest::sample::select;

use super::fixtures::HOSTILE;
use super::scenario::{Given, Run};

/// What happens next.
#[derive(Clone, Debug)]
pub enum Next {
    /// The world answers an order well.
    Well(usize),
    /// A message by its words, asked for or not.
    Words(&'static str),
    /// A person's action that carries a text.
    Typed(Action),
}

pub const WORDS: &[&str] = &[
    "up",
    "down",
    "last",
    "enter",
    "esc",
    "tab",
    "find",
    "edit",
    "type lab-9",
    "type gpu-box-02",
    "answer gpu-box-02",
    "answer lab-9",
    "retired",
    "erase",
    "help",
    "quit",
    "interrupt",
    "renew",
    "copy-code",
    "copy-url",
    "token",
    "browser",
    "paste-back",
    "ways token browser opens",
    "ways token browser",
    "ways token",
    "link",
    "opened",
    "opened fails: hostile",
    "unfit code-alone",
    "entered 7",
    "entered secret",
    "entered nonsense",
    "died open",
    "died redeem",
    "signed-in fails: code-forbidden",
    "signed-in fails: no-device-grant",
    "qr",
    "spell",
    "more-time",
    "tick",
    "signal 15",
    "answer 1",
    "answer 2",
    "answer later",
    "died look",
    "died sign-in",
    "died who",
    "died clients",
    "died enroll",
    "died rollout",
    "died presence",
    "died revoke",
    "surveyed one",
    "surveyed exec",
    "surveyed hostile",
    "surveyed none",
    "died survey",
    "prepared fails: hostile",
    "clock 4000",
    "reader",
    "located FR",
    "located nowhere",
    "died locate",
    "looked empty",
    "looked ours",
    "looked foreign",
    "looked hostile",
    "looked empty-hostile",
    "looked fails: hostile",
    "code hostile",
    "pending 5",
    "slow-down 10",
    "trouble 20",
    "slept 90",
    "reverse-code",
    "reverse-code wrong",
    "type 042137",
    "answer 042137",
    "signed-in fails: reverse-code-refused",
    "signed-in",
    "signed-in fails: sign-in-expired",
    "signed-in fails: hostile",
    "who ada",
    "who eve",
    "who hostile",
    "who fails: session-rejected",
    "who fails: hostile",
    "clients none",
    "clients ours",
    "clients mixed",
    "clients page-1",
    "clients page-2",
    "clients page-2-shifted",
    "clients page-2-circle",
    "clients hostile",
    "clients fails: hostile",
    "progress applying 1/3",
    "progress applied 3",
    "claimed fails: changed",
    "claimed fails: not-claimable",
    "claimed fails: hostile",
    "claimed fails: session-rejected",
    "claimed fails: location-refused",
    "claimed fails: name-refused",
    "clients fails: session-rejected",
    "snapshot nothing",
    "snapshot coming-up",
    "snapshot ready",
    "snapshot lost",
    "snapshot failed",
    "snapshot hostile",
    "rollout fails: hostile",
    "presence pending",
    "presence online 90",
    "presence online 1",
    "presence fails: unreachable",
    "presence fails: session-rejected",
    "revoked",
    "revoked fails: hostile",
    "kept",
    "kept fails: keyring-failed",
    "died keep",
    "died discard",
    "looked enrolled",
    "health well",
    "health broken",
    "health nothing",
    "health busy",
    "health copy",
    "health no-cluster",
    "health unasked",
    "health hostile",
    "edited lab-9",
    "edited FR",
    "edited fails: hostile",
    "edited fails: session-rejected",
    "retired wholly",
    "retired hostile",
    "retired fails: hostile",
    "selected",
    "selected fails: hostile",
    "died health",
    "died edit",
    "died retire",
    "died select",
    "progress revoking",
    "progress removing 2/3",
    "page-up",
    "page-down",
    "first",
    "copy-request",
    "log",
    "found new",
    "found registered",
    "found hostile",
    "found blocked",
    "found fails: hostile",
    "issued whole",
    "issued moved",
    "issued hostile",
    "issued bad",
    "fitted kept",
    "fitted open",
    "fitted rescued",
    "fitted broken",
    "fitted hostile",
    "settled good",
    "settled elsewhere",
    "settled fails: hostile",
    "stood well",
    "stood broken",
    "stood partly",
    "stood none",
    "stood hostile",
    "parted proven",
    "parted unproven",
    "parted fails: hostile",
    "died fit",
    "died settle",
    "died discard",
];

/// With more luck more goes well, so that a run gets far.
fn next(luck: u32) -> impl Strategy<Value = Next> {
    prop_oneof![
        6 * luck => (0..4_usize).prop_map(Next::Well),
        3 * luck => Just(Next::Words("enter")),
        luck => select(vec!["down", "up", "find", "type gpu-box-02", "type lab-9", "esc"]).prop_map(Next::Words),
        4 => select(WORDS).prop_map(Next::Words),
        1 => any::<char>().prop_map(|c| Next::Typed(Action::Type(c))),
        1 => ".{0,40}".prop_map(|text| Next::Typed(Action::Paste(text.as_str().into()))),
        1 => ".{0,40}".prop_map(|text| Next::Typed(Action::Answer(text.as_str().into()))),
    ]
}

/// The words of a good answer to an order; `issues` where the identity is issued with the sign-in.
pub fn well(order: &Order, issues: bool) -> Option<&'static str> {
    Some(match order {
        Order::Look if issues => "found new",
        Order::SignIn | Order::Register(_) if issues => "issued whole",
        Order::Fit(_) => "fitted kept",
        Order::Rescue(_) => "fitted rescued",
        Order::Stand => "stood well",
        Order::Part => "parted proven",
        Order::Settle(..) => "settled good",
        Order::Prepare(_) => "prepared",
        Order::Survey => "surveyed one",
        Order::Look => "looked empty",
        Order::Locate => "located FR",
        Order::SignIn | Order::Reverse(_) | Order::Redeem(_) => "signed-in",
        Order::Browse => "link",
        Order::Who(_) => "who ada",
        Order::Clients(_, None) => "clients page-1",
        Order::Clients(..) => "clients page-2",
        Order::Enroll(..) => "claimed minted",
        Order::Rollout(_) => "snapshot ready",
        Order::Presence(..) => "presence online 1",
        Order::Health(_) => "health well",
        Order::Edit(..) => "edited lab-9",
        Order::Retire(..) => "retired wholly",
        Order::Select(_) | Order::Unselect(_) => "selected",
        Order::Revoke(_) => "revoked",
        Order::Keep(..) => "kept",
        _ => return None,
    })
}

prop_compose! {
    fn setups()(
        manner in select(vec!["screen", "asked", "nobody"]),
        (yes, token, sandbox) in any::<(bool, bool, bool)>(),
        pin in select(vec![None, Some(7), Some(8)]),
        name in select(vec![None, Some("lab-9"), Some("---"), Some(HOSTILE)]),
        location in select(vec![None, Some("FR"), Some("later")]),
        guess in select(vec![None, Some("DE"), Some("ZZ-TOP")]),
        host in select(vec!["gpu-box-02", "localhost", HOSTILE]),
        (hold, budget) in (0..6_u64, 0..90_u64),
        kept in select(vec![None, None, Some(7), Some(9)]),
        (stay, sign_in, offer, locate) in any::<(bool, bool, bool, bool)>(),
        survey in select(vec!["", "", "", "three", "exec", "none", "sudo", "hostile"]),
        (allowed, keep_data, force, unkept) in any::<(bool, bool, bool, bool)>(),
        (retire, profiles) in (prop::bool::weighted(0.3), prop::bool::weighted(0.1)),
        issues in prop::bool::weighted(0.2),
        selected in select(vec![None, None, Some(7), Some(9)]),
    ) -> Given {
        Given {
            manner: manner.into(),
            yes,
            pin,
            name: name.map(Into::into),
            location: location.map(Into::into),
            guess: guess.map(Into::into),
            source: Some(HOSTILE.into()),
            token,
            kept,
            unkept,
            stay: stay || sign_in,
            offer,
            locate,
            sign_in,
            host: Some(host.into()),
            sandbox,
            issues,
            profiles,
            survey: survey.into(),
            allowed,
            log: allowed,
            namespace: None,
            home: false,
            selected,
            retire,
            keep_data,
            force,
            hold: Some(hold),
            budget: Some(budget),
        }
    }
}

/// A run of chance: what it starts with, and its steps, each after so many seconds.
fn runs(length: std::ops::Range<usize>) -> impl Strategy<Value = (Given, Vec<(u64, Next)>)> {
    let steps = |luck| prop::collection::vec((0..4_u64, next(luck)), length.clone());
    (setups(), prop_oneof![steps(1), steps(8)])
}

/// Plays it under the rules.
fn play(given: &Given, steps: &[(u64, Next)]) {
    let (mut run, first) = Run::begin(given, false);
    run.check(&first);
    let issues = run.wizard().issues();
    let mut asked: Vec<Order> = first.into_iter().map(|effect| effect.order).collect();
    for (after, next) in steps {
        run.pass(*after);
        let effects = match next {
            Next::Well(at) => match asked.get(*at).and_then(|order| well(order, issues)) {
                Some(words) => {
                    asked.remove(*at);
                    run.hear(words)
                }
                None => continue,
            },
            Next::Words(words) => run.hear(words),
            Next::Typed(action) => run.take(Msg::Act(action.clone())),
        };
        run.check(&effects);
        let orders = effects.into_iter().map(|effect| effect.order);
        asked.extend(orders.filter(|order| well(order, issues).is_some()));
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn whatever_comes_the_rules_hold((given, steps) in runs(1..80)) {
        play(&given, &steps);
    }
}
