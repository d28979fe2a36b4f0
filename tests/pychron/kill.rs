//! Killed at any moment and run again.

use std::process::Stdio;

use super::rig::Stand;

/// The old key works until the new one is whole: at every moment the two halves that are there are of one key.
#[test]
#[expect(clippy::disallowed_methods, reason = "a test stops processes at odd moments, and asks ssh-keygen")]
fn p02_p16_p21_a_killed_run_leaves_a_key_that_works_and_a_re_run_ends_well() {
    let stand = Stand::start(&["--approve", "0"]);
    assert_eq!(stand.enroll(&[]).code, Some(0));
    let mut cut = 0;
    for step in 0..24u64 {
        let mut child =
            stand.command(&["--yes", "--json", "--replace"]).stdout(Stdio::null()).spawn().unwrap();
        std::thread::sleep(std::time::Duration::from_millis(10 + 7 * step));
        let _ = child.kill();
        cut += u32::from(!child.wait().unwrap().success());
        let key = stand.home(&stand.key());
        let output =
            std::process::Command::new("ssh-keygen").args(["-y", "-P", "", "-f"]).arg(&key).output().unwrap();
        assert!(output.status.success(), "step {step}: {output:?}");
        let public = key.with_file_name(format!("{}.pub", key.file_name().unwrap().to_str().unwrap()));
        if let Ok(line) = std::fs::read_to_string(public) {
            let of = String::from_utf8(output.stdout).unwrap();
            assert!(line.starts_with(of.trim()), "step {step}: the halves are of two keys");
        }
        // Whatever was issued before the end is in its place: a token is there after every cut.
        assert!(stand.token().starts_with("pcy_NMGRL_"), "step {step}");
    }
    assert!(cut > 3, "only {cut} runs were cut short");
    assert_eq!(stand.enroll(&["--replace"]).code, Some(0));
}
