use super::*;

const SECOND: Duration = Duration::from_secs(1);

fn policy() -> Policy {
    Policy {
        scenario: SignIn::Normal,
        approve_after: None,
        interval: Duration::from_secs(5),
        reverse_code: false,
    }
}

/// The grants with one issued now, and its two codes.
fn issued(policy: Policy, now: Instant) -> (Grants, String, String) {
    let mut grants = Grants::new(policy);
    let codes = grants.issue(Seen::default(), Vec::new(), now);
    (grants, codes.device_code, codes.user_code)
}

/// What polls at these seconds after the start are answered with.
fn polls(grants: &mut Grants, code: &str, start: Instant, at: &[f64]) -> Vec<Polled> {
    at.iter().map(|s| grants.poll(code, None, start + Duration::from_secs_f64(*s))).collect()
}

fn errors<const N: usize>(names: [&'static str; N]) -> Vec<Polled> {
    names.into_iter().map(Polled::Error).collect()
}

#[test]
fn a_user_code_is_eight_consonants_with_a_dash() {
    for _ in 0..200 {
        let code = user_code();
        assert_eq!((code.len(), code.find('-')), (9, Some(4)), "{code}");
        assert!(code.bytes().all(|b| b == b'-' || ALPHABET.contains(&b)), "{code}");
    }
}

#[test]
fn a_typed_code_may_be_sloppy_but_not_short() {
    let wanted = Some("BCDF-GHJK".to_owned());
    for typed in ["BCDF-GHJK", "bcdfghjk", " bcdf ghjk ", "BcDf–GhJk"] {
        assert_eq!(normalise(typed), wanted, "{typed}");
    }
    for typed in ["", "BCDF", "BCDF-GHJKL", "北京医院"] {
        assert_eq!(normalise(typed), None, "{typed}");
    }
}

#[test]
fn an_approved_code_gives_its_token_once() {
    let start = Instant::now();
    let (mut grants, device, user) = issued(policy(), start);
    assert_eq!(polls(&mut grants, &device, start, &[5.0]), errors(["authorization_pending"]));
    assert_eq!(grants.answer(&user.to_lowercase(), true, start + SECOND), Answered::Now(None));
    assert_eq!(polls(&mut grants, &device, start, &[10.0]), [Polled::Granted]);
    assert_eq!(polls(&mut grants, &device, start, &[15.0]), errors(["invalid_grant"]));
    assert_eq!(grants.answer(&user, false, start + SECOND), Answered::Already(Verdict::Spent));
}

#[test]
fn a_declined_an_expired_and_an_unknown_code_end_differently() {
    let start = Instant::now();
    let (mut grants, device, user) = issued(policy(), start);
    assert_eq!(grants.answer(&user, false, start), Answered::Now(None));
    assert_eq!(polls(&mut grants, &device, start, &[5.0, 900.0]), errors(["access_denied", "expired_token"]));
    assert_eq!(grants.answer(&user, true, start + 900 * SECOND), Answered::Unknown);
    assert_eq!(polls(&mut grants, "no such code", start, &[5.0]), errors(["invalid_grant"]));
}

#[test]
fn an_early_poll_is_told_to_slow_down_and_the_new_pace_counts() {
    let start = Instant::now();
    let (mut grants, device, _) = issued(policy(), start);
    assert_eq!(
        polls(&mut grants, &device, start, &[5.0, 9.8, 14.0, 23.0, 37.9]),
        errors([
            "authorization_pending", // the first poll may come at any time
            "authorization_pending", // after 4.8 s of 5: within the tolerance
            "slow_down",             // after 4.2 s of 5
            "slow_down",             // after 9 s of 10
            "authorization_pending", // after 14.9 s of 15
        ])
    );
}

#[test]
fn without_an_interval_no_poll_is_early() {
    let start = Instant::now();
    let (mut grants, device, _) = issued(Policy { interval: Duration::ZERO, ..policy() }, start);
    assert_eq!(polls(&mut grants, &device, start, &[0.0, 0.0]), errors(["authorization_pending"; 2]));
}

#[test]
fn the_scenario_denied_declines_after_the_second_poll() {
    let start = Instant::now();
    let scripted = Policy { scenario: SignIn::Denied, approve_after: Some(SECOND), ..policy() };
    let (mut grants, device, _) = issued(scripted, start);
    assert_eq!(grants.settle(start + 5 * SECOND), 0);
    assert_eq!(
        polls(&mut grants, &device, start, &[5.0, 10.0, 15.0]),
        errors(["authorization_pending", "authorization_pending", "access_denied"])
    );
}

#[test]
fn the_scenario_expires_ends_after_six_seconds() {
    let start = Instant::now();
    let scripted = Policy { scenario: SignIn::Expires, approve_after: Some(SECOND), ..policy() };
    let (mut grants, device, _) = issued(scripted, start);
    assert_eq!(grants.settle(start + 5 * SECOND), 0);
    assert_eq!(
        polls(&mut grants, &device, start, &[5.9, 6.0]),
        errors(["authorization_pending", "expired_token"])
    );
}

#[test]
fn the_scenario_slow_down_slows_two_polls_then_all_is_normal() {
    let start = Instant::now();
    let scripted = Policy { scenario: SignIn::SlowDown, approve_after: Some(SECOND), ..policy() };
    let (mut grants, device, _) = issued(scripted, start);
    assert_eq!(grants.settle(start + 5 * SECOND), 1);
    let mut answers = errors(["slow_down", "slow_down"]);
    answers.push(Polled::Granted);
    assert_eq!(polls(&mut grants, &device, start, &[5.0, 15.0, 30.0]), answers);
}

#[test]
fn the_simulated_person_approves_when_due_and_only_once() {
    let start = Instant::now();
    let (mut grants, device, _) = issued(Policy { approve_after: Some(7 * SECOND), ..policy() }, start);
    assert_eq!([6, 7, 8].map(|s| grants.settle(start + s * SECOND)), [0, 1, 0]);
    assert_eq!(polls(&mut grants, &device, start, &[10.0]), [Polled::Granted]);
}

#[test]
fn reverse_digits_must_be_carried_back_and_three_wrong_ones_end_it() {
    let start = Instant::now();
    let reverse = Policy { reverse_code: true, ..policy() };
    let (mut grants, device, user) = issued(reverse, start);
    let Answered::Now(Some(digits)) = grants.answer(&user, true, start) else { panic!("no digits") };
    assert_eq!(digits.len(), 6);
    assert_eq!(polls(&mut grants, &device, start, &[5.0]), errors(["reverse_code_required"]));
    assert_eq!(
        grants.poll(&device, Some("nope"), start + 6 * SECOND),
        Polled::Error("reverse_code_required")
    );
    assert_eq!(grants.poll(&device, Some(&digits), start + 7 * SECOND), Polled::Granted);

    let (mut grants, device, user) = issued(reverse, start);
    grants.answer(&user, true, start);
    let tries: Vec<_> = (6..10).map(|s| grants.poll(&device, Some("nope"), start + s * SECOND)).collect();
    assert_eq!(
        tries,
        errors(["reverse_code_required", "reverse_code_required", "access_denied", "access_denied"])
    );
}
