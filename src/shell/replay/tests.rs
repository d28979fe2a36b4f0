use std::fs;

use super::*;

fn header() -> String {
    r#"{"recording":1,"landfall":"0.1.0","run":"1a2b3c4d","began":"2026-03-01T12:00:00Z","known":{
      "profile":{"name":"prod","host":"api.acme.example","sandbox":false,"expect_account":null},
      "steps":["sign-in","client","location","review","rollout","live"],"manner":"screen","yes":false,
      "name":null,"location":null,"consent":{"same_machine":false,"reset":null,"take_over":false},
      "guess":null,"host":"h","person":"p","token":null,"stored":null,"keep":null,"offer":false,"notes":[],
      "selected":null,"home":true,"keep_data":false,"force":false,"budget":4294967295,"hold":4294967295,
      "profiles":[],"survey":{"ways":[],"taken":null,"current":0,"trouble":null,"missing":null},
      "allowed":false}}"#
        .replace('\n', "")
}

fn tape(lines: &[&str]) -> Result<Tape, Fault> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("run.jsonl");
    fs::write(&path, format!("{}\n{}", header(), lines.join("\n"))).unwrap();
    read(&path)
}

fn played(lines: &[&str]) -> Player {
    let mut player = Player::new(tape(lines).unwrap(), 1.0);
    while player.pause().is_some() {
        player.step();
    }
    player
}

#[test]
fn a_recording_shows_what_was_seen_and_no_code() {
    let player = played(&[
        r#"{"at":5,"msg":{"reply":[0,{"code":{"user_code":"WDJB-MJHT","verification_uri":"https://evil.example/",
            "complete":"https://evil.example/?c=1","expires_in":{"secs":600,"nanos":0},
            "interval":{"secs":5,"nanos":0}}}]}}"#
            .replace('\n', "")
            .as_str(),
        r#"{"at":9,"msg":{"reply":[0,{"signed-in":{"Ok":7}}]}}"#,
    ]);
    let mut out = Vec::new();
    Plain::default().show(&player.wizard, &mut out).unwrap();
    let out = String::from_utf8(out).unwrap();
    assert!(out.contains("(not written)"), "{out}");
    assert!(!out.contains("WDJB") && !out.contains("evil"), "{out}");
}

#[test]
fn extremes_and_nonsense_do_no_harm() {
    let most = u64::MAX;
    let far = "9999-12-30T22:00:00.999999999Z";
    let lines = [
        format!(r#"{{"at":{most},"msg":"tick"}}"#),
        format!(
            r#"{{"at":{most},"msg":{{"reply":[65535,{{"code":{{"user_code":1,"verification_uri":[],"complete":null,
            "expires_in":{{"secs":{most},"nanos":999999999}},"interval":{{"secs":{most},"nanos":0}}}}}}]}}}}"#
        )
        .replace('\n', ""),
        format!(r#"{{"at":0,"msg":{{"reply":[0,{{"polled":{{"trouble":[{{"secs":{most},"nanos":0}},"x"]}}}}]}}}}"#),
        format!(r#"{{"at":1,"msg":{{"reply":[0,{{"clock":"{far}"}}]}}}}"#),
        format!(
            r#"{{"at":2,"msg":{{"reply":[0,{{"presence":{{"Ok":{{"state":"online","last_heard":"{far}",
            "server_now":"-009999-01-02T01:59:59Z"}}}}}}]}}}}"#
        )
        .replace('\n', ""),
        r#"{"at":3,"msg":{"act":"more-time"}}"#.into(),
        r#"{"at":3,"msg":{"act":{"type":"\u001b"}}}"#.into(),
        r#"{"at":4,"msg":{"reply":[0,{"looked":{"Err":{"fault":"needs-person","question":"q","flag":"rm -rf /"}}}]}}"#
            .into(),
        r#"{"at":4,"msg":{"died":[0,"enroll","words"]}}"#.into(),
        r#"{"at":4,"msg":{"no-such":1}}"#.into(),
        "[[[[[[".into(),
        String::new(),
    ];
    let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
    let player = played(&lines);
    let mut out = Vec::new();
    Plain::default().show(&player.wizard, &mut out).unwrap();
    let out = String::from_utf8(out).unwrap();
    assert!(!out.contains("rm -rf") && !out.contains('\u{1b}'), "{out}");
}

#[test]
fn what_is_no_recording_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("x");
    for text in ["", "{}", "hello", &header().replace("\"recording\":1", "\"recording\":2")] {
        fs::write(&path, text).unwrap();
        assert!(matches!(read(&path), Err(Fault::BadRecording { .. })), "{text}");
    }
    assert!(matches!(read(folder.path()), Err(Fault::BadRecording { .. })));
    assert!(matches!(read(Path::new("/dev/zero")), Err(Fault::BadRecording { .. })));
}
