use super::*;
use clap::CommandFactory;

#[test]
fn the_table_of_flags_is_consistent() {
    Cli::command().debug_assert();
}

#[test]
fn flags_work_with_and_without_the_word_enroll() {
    let args = ["--profile", "acme", "--yes"].map(OsString::from);
    let bare = Enroll::of(&args).unwrap();
    let mut named = vec![OsString::from("enroll")];
    named.extend(args);
    assert_eq!(Enroll::of(&named).unwrap(), bare);
    assert!(bare.yes);
}

#[test]
fn the_resume_command_holds_safe_words_only() {
    let enroll = Enroll {
        profile: Some("acme".into()),
        name: Some("x'; rm -rf ~".into()),
        location: Some("DE".into()),
        context: Some("Müller GmbH 1".into()),
        yes: true,
        ..Enroll::default()
    };
    assert_eq!(
        enroll.resume(),
        "landfall --profile acme --context 'Müller GmbH 1' --name ... --location DE --yes"
    );
}
