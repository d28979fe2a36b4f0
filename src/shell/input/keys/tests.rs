use super::*;
use Key::{Char, Ctrl, Down, End, Enter, Esc, Home, PageDown, PageUp, Tab, Up};

fn keys(keys: &[Key]) -> Vec<Raw> {
    keys.iter().map(|key| Raw::Key(*key)).collect()
}

#[test]
fn whole_reads_mean_their_keys() {
    let table: &[(&[u8], &[Key])] = &[
        (b"q", &[Char('q')]),
        (b"\r", &[Enter]),
        (b"\r\n", &[Enter]),
        (b"\r\0", &[Enter]),
        (b"\n", &[Enter]),
        (b"\n\n", &[Enter, Enter]),
        (b"\r\r", &[Enter, Enter]),
        (b"\t", &[Tab]),
        (b"\x7f", &[Key::Backspace]),
        (b"\x08", &[Key::Backspace]),
        (b"\x03\x04\x1a\x0c", &[Ctrl('c'), Ctrl('d'), Ctrl('z'), Ctrl('l')]),
        ("é世🙂".as_bytes(), &[Char('é'), Char('世'), Char('🙂')]),
        (b"\x1b[A\x1b[B", &[Up, Down]),
        (b"\x1bOA\x1bOB\x1bOM", &[Up, Down, Enter]),
        (b"\x1b[1;5A", &[Up]),
        (b"\x1b[H\x1b[F\x1b[1~\x1b[4~\x1b[7~\x1b[8~", &[Home, End, Home, End, Home, End]),
        (b"\x1b[5~\x1b[6~\x1b[6;2~", &[PageUp, PageDown, PageDown]),
        // An escape and a key that a slow line brought together.
        (b"\x1bq", &[Esc, Char('q')]),
        (b"\x1b\x1b[A", &[Esc, Up]),
        // Function keys, focus, mouse, answers of the terminal, noise: nothing.
        (b"\x1b[3~\x1b[15~\x1b[Z\x1b[C\x1b[D\x1bOP\x1b[[A", &[]),
        (b"\x1b[I\x1b[O", &[]),
        (b"\x1b[M !!\x1b[<0;10;10M\x1b[<0;10;10m", &[]),
        (b"\x1b]11;rgb:0/0/0\x07\x1b]11;x\x1b\\\x1bP1$r0m\x1b\\\x1b[?62;c\x1b[12;40R", &[]),
        (b"\xff\xfe\xc3(", &[Char('(')]),
        (b"\x1b[12\x03", &[Ctrl('c')]),
    ];
    for (bytes, wanted) in table {
        let mut state = Keys::default();
        assert_eq!(state.feed(bytes), keys(wanted), "{:?}", bytes.escape_ascii().to_string());
        assert_eq!(
            (state.waits(), state.settle()),
            (false, Vec::new()),
            "{:?}",
            bytes.escape_ascii().to_string()
        );
    }
}

#[test]
fn a_sequence_in_pieces_is_the_same_key() {
    for whole in [&b"\x1b[A"[..], b"\x1bOA", b"\x1b[5~", "世".as_bytes(), b"\x1b[M !!", b"\x1b]0;x\x07"] {
        let mut one = Keys::default();
        let wanted = one.feed(whole);
        for at in 1..whole.len() {
            let mut state = Keys::default();
            let mut got = state.feed(&whole[..at]);
            got.extend(state.feed(&whole[at..]));
            assert_eq!(got, wanted, "{:?} cut at {at}", whole.escape_ascii().to_string());
        }
    }
}

#[test]
fn the_late_tail_of_an_escape_does_no_harm() {
    // Esc, then nothing for a while: Esc. Then the rest of the arrow arrives, whole or byte by byte.
    for tail in [&[&b"[A"[..]][..], &[b"[", b"A"], &[b"[1;", b"5A"], &[b"OA"], &[b"O", b"A"], &[b"[5", b"~"]]
    {
        let mut state = Keys::default();
        assert_eq!(state.feed(b"\x1b"), Vec::new());
        assert_eq!(state.settle(), keys(&[Esc]));
        for piece in tail {
            assert_eq!(state.feed(piece), Vec::new(), "{tail:?}");
        }
        assert_eq!(state.feed(b"q"), keys(&[Char('q')]), "{tail:?}");
    }
    // A key that is no tail is a key.
    let mut state = Keys::default();
    state.feed(b"\x1b");
    assert_eq!(state.settle(), keys(&[Esc]));
    assert_eq!(state.feed(b"q["), keys(&[Char('q'), Char('[')]));
}

#[test]
fn a_bracketed_paste_is_one_thing() {
    let mut state = Keys::default();
    assert_eq!(
        state.feed(b"a\x1b[200~yes\r\x1b[A\x03\x1b[201~b"),
        vec![Raw::Key(Char('a')), Raw::Paste("yes\r\u{1b}[A\u{3}".to_owned().into()), Raw::Key(Char('b'))]
    );
    let whole = b"\x1b[200~two\rlines\x1b[201~";
    for at in 1..whole.len() {
        let mut got = state.feed(&whole[..at]);
        got.extend(state.feed(&whole[at..]));
        assert_eq!(got, vec![Raw::Paste("two\rlines".to_owned().into())], "cut at {at}");
    }
}

#[test]
fn a_paste_is_bounded_and_one_without_an_end_gives_up() {
    let mut state = Keys::default();
    assert_eq!(state.feed(b"\x1b[200~"), Vec::new());
    for _ in 0..1000 {
        assert_eq!(state.feed(&[b'x'; 1024]), Vec::new());
    }
    assert_eq!(state.settle(), vec![Raw::Paste("x".repeat(PASTE_LIMIT).into())]);
    assert_eq!(state.feed(b"\x03"), keys(&[Ctrl('c')]));
}

#[test]
fn no_bytes_are_held_for_ever() {
    for start in [&b"\x1b["[..], b"\x1b]", b"\x1bP", b"\x1b[200"] {
        let mut state = Keys::default();
        state.feed(start);
        state.feed(&[b'1'; 200]);
        state.settle();
        assert_eq!(state.feed(b"\x03"), keys(&[Ctrl('c')]), "{:?}", start.escape_ascii().to_string());
    }
}

proptest::proptest! {
    #[test]
    fn any_bytes_in_any_pieces_leave_a_working_keyboard(reads: Vec<Vec<u8>>) {
        let mut state = Keys::default();
        for read in &reads {
            state.feed(read);
            proptest::prop_assert!(state.held.len() <= LONGEST + read.len());
        }
        state.settle();
        state.settle();
        proptest::prop_assert!(!state.waits());
        proptest::prop_assert!(state.feed(b"\x03").contains(&Raw::Key(Ctrl('c'))));
    }
}
