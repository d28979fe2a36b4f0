use super::*;
use proptest::prelude::*;

fn secs(n: u64) -> Duration {
    Duration::from_secs(n)
}

#[test]
fn hostile_values_are_bounded() {
    for (said, kept, lives) in [
        (None, 5.0, 900.0),
        (Some(0.0), 5.0, 900.0),
        (Some(-0.0), 5.0, 900.0),
        (Some(-7.0), 5.0, 900.0),
        (Some(f64::NAN), 5.0, 900.0),
        (Some(f64::NEG_INFINITY), 5.0, 900.0),
        (Some(0.2), 1.0, 1.0),
        (Some(2.5), 2.5, 2.5),
        (Some(600.0), 60.0, 600.0),
        (Some(1e300), 60.0, 3600.0),
        (Some(f64::INFINITY), 60.0, 3600.0),
    ] {
        assert_eq!(interval(said), Duration::from_secs_f64(kept), "{said:?}");
        assert_eq!(life(said), Duration::from_secs_f64(lives), "{said:?}");
    }
}

#[test]
fn each_answer_sets_the_next_poll() {
    let mut schedule = Schedule::new(secs(5), secs(900), secs(100));
    assert_eq!(schedule.next(secs(100)), Next::Poll(secs(105)));
    for (now, heard, next) in [
        (105, Heard::Pending(None), 110),
        (112, Heard::Pending(None), 117),
        (117, Heard::SlowDown(None), 127),
        (127, Heard::Pending(None), 137),
        (137, Heard::SlowDown(Some(secs(40))), 177),
        (177, Heard::Pending(None), 192),
        (192, Heard::Nothing(None), 222),
        (222, Heard::Nothing(None), 282),
        (282, Heard::Nothing(None), 342),
        (342, Heard::Nothing(Some(secs(90))), 432),
        (432, Heard::Pending(None), 447),
        (447, Heard::Pending(Some(secs(20))), 467),
        (447, Heard::Pending(Some(secs(2))), 462),
        (447, Heard::Nothing(Some(secs(1))), 477),
        (477, Heard::Nothing(Some(secs(1_000_000))), 777),
    ] {
        schedule.heard(secs(now), heard);
        assert_eq!(schedule.next(secs(now)), Next::Poll(secs(next)), "{heard:?} at {now}");
    }
}

#[test]
fn no_poll_at_or_after_the_expiry() {
    let mut schedule = Schedule::new(secs(5), secs(12), secs(0));
    schedule.heard(secs(5), Heard::Pending(None));
    // The machine slept past it.
    assert_eq!(schedule.next(secs(12)), Next::Expired);
    schedule.heard(secs(10), Heard::Pending(None));
    assert_eq!(schedule.next(secs(10)), Next::Expires(secs(12)));
    assert_eq!(schedule.next(secs(11)), Next::Expires(secs(12)));
    assert_eq!(schedule.next(secs(13)), Next::Expired);
}

#[test]
fn a_final_answer_stands() {
    let mut early = Schedule::new(secs(5), secs(900), secs(0));
    early.heard(secs(5), Heard::Expired);
    early.heard(secs(6), Heard::Pending(None));
    assert_eq!(early.next(secs(6)), Next::Expired);
    let mut done = Schedule::new(secs(5), secs(900), secs(0));
    done.heard(secs(5), Heard::Final);
    done.heard(secs(6), Heard::Expired);
    assert_eq!(done.next(secs(6)), Next::Stop);
    assert_eq!(done.next(secs(1000)), Next::Stop);
}

/// How a made-up server answers one poll, and after how many milliseconds.
fn reply() -> impl Strategy<Value = (Heard, u64)> {
    let wait = proptest::option::of((0u64..100_000).prop_map(Duration::from_secs));
    let heard = prop_oneof![
        6 => wait.clone().prop_map(Heard::Pending),
        2 => wait.clone().prop_map(Heard::SlowDown),
        3 => wait.prop_map(Heard::Nothing),
        1 => Just(Heard::Expired),
        1 => Just(Heard::Final),
    ];
    (heard, 0u64..30_000)
}

proptest! {
    /// Against any server: the gaps are kept, nothing is polled after the end, and there is an end.
    #[test]
    fn no_server_makes_it_break_a_rule(
        said_interval in proptest::option::of(proptest::num::f64::ANY),
        said_life in proptest::option::of(proptest::num::f64::ANY),
        started in 0u64..1_000_000,
        replies in proptest::collection::vec(reply(), 1..64),
        late in proptest::collection::vec(0u64..20_000, 1..16),
    ) {
        let started = Duration::from_millis(started);
        let (mut asked_for, life) = (interval(said_interval), life(said_life));
        let mut schedule = Schedule::new(asked_for, life, started);
        let mut now = started;
        let mut last_answer = started;
        let mut wait = Duration::ZERO;
        let mut ended = false;
        let mut polls = 0usize;
        loop {
            match schedule.next(now) {
                Next::Poll(at) if at > now => {
                    // Waking up late is allowed, early is not.
                    now = at + Duration::from_millis(late[polls % late.len()]);
                }
                Next::Poll(_) => {
                    prop_assert!(!ended, "polled after a final answer");
                    prop_assert!(now < started + life, "polled after the expiry");
                    prop_assert!(now >= last_answer + asked_for, "polled before the interval was over");
                    prop_assert!(now >= last_answer + wait.min(Duration::from_secs(300)), "Retry-After ignored");
                    let (heard, took) = replies[polls % replies.len()];
                    polls += 1;
                    now += Duration::from_millis(took);
                    last_answer = now;
                    wait = Duration::ZERO;
                    match heard {
                        Heard::SlowDown(asked) => {
                            asked_for += Duration::from_secs(5);
                            wait = asked.unwrap_or_default();
                        }
                        Heard::Nothing(asked) | Heard::Pending(asked) => wait = asked.unwrap_or_default(),
                        Heard::Expired | Heard::Final => ended = true,
                    }
                    schedule.heard(now, heard);
                }
                Next::Expires(at) => {
                    prop_assert!(!ended);
                    prop_assert_eq!(at, started + life);
                    now = at;
                }
                Next::Expired | Next::Stop => break,
            }
        }
        prop_assert!(ended || now >= started + life, "gave up before the expiry");
        prop_assert!(polls <= 3600);
    }

    /// A server that is lost for a while costs at most the bounded pause, never the sign-in.
    #[test]
    fn trouble_alone_never_ends_it(lost in 1usize..12) {
        let mut schedule = Schedule::new(secs(5), secs(900), secs(0));
        for _ in 0..lost {
            let Next::Poll(at) = schedule.next(secs(0)) else { prop_assert!(false); return Ok(()) };
            schedule.heard(at, Heard::Nothing(None));
        }
        let back = matches!(schedule.next(secs(0)), Next::Poll(at) if at <= secs(5 + 10 + 20 + 40 + 60 * 9));
        prop_assert!(back);
    }
}
