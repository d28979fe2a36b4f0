use super::*;

fn file(text: &str) -> ProfileFile {
    ProfileFile { path: "/etc/landfall/profiles.toml".into(), text: text.into() }
}

fn resolved(wanted: &Wanted, text: &str) -> Result<Profile, String> {
    resolve(wanted, Some(&file(text))).map_err(|fault| fault.sentence())
}

fn url(raw: &str) -> Url {
    raw.parse().unwrap()
}

fn profile(name: &str, api: &str) -> Profile {
    Profile {
        name: name.into(),
        backend: BackendKind::Provisioning,
        api: url(api),
        oidc: None,
        trust: Trust::default(),
        install: InstallKind::Release,
        chart: None,
        objects: None,
        expect_account: None,
        sandbox: false,
        kubeconfig: None,
        context: None,
        home: None,
    }
}

fn named(name: &str) -> Wanted {
    Wanted { profile: Some(name.into()), ..Wanted::default() }
}

fn api(api: &str) -> Wanted {
    Wanted { api: Some(api.into()), ..Wanted::default() }
}

const LAB: &str = r#"
[lab]
backend = "provisioning"
api = "http://127.0.0.1:8080"
install = "release"
expect_account = 17
sandbox = true
kubeconfig = "lab.kubeconfig"
context = "edge"
"#;

fn lab() -> Profile {
    Profile {
        expect_account: Some(17),
        sandbox: true,
        kubeconfig: Some("/etc/landfall/lab.kubeconfig".into()),
        context: Some("edge".into()),
        home: None,
        ..profile("lab", "http://127.0.0.1:8080")
    }
}

#[test]
fn a_profile_is_read_whole() {
    assert_eq!(resolved(&Wanted::default(), LAB), Ok(lab()));
    assert_eq!(resolved(&named("lab"), LAB), Ok(lab()));
}

#[test]
fn a_file_may_hold_one_profile_without_a_table() {
    let one = |text| resolved(&Wanted::default(), text);
    assert_eq!(one("api = 'https://a.example'"), Ok(profile("profiles", "https://a.example")));
    assert_eq!(one("name = 'acme'\napi = 'https://a.example'"), Ok(profile("acme", "https://a.example")));
}

#[test]
fn the_reference_service_is_built_in() {
    for (name, api) in [
        ("tracebloc-prod", "https://api.tracebloc.io"),
        ("tracebloc-stg", "https://stg-api.tracebloc.io"),
        ("tracebloc-dev", "https://dev-api.tracebloc.io"),
    ] {
        let built_in = resolve(&named(name), None).unwrap();
        assert!(
            built_in.trust.allows("dev.tracebloc.io") && !built_in.trust.allows("tracebloc.io.evil.example")
        );
        assert_eq!(Profile { trust: Trust::default(), ..built_in }, profile(name, api));
    }
}

#[test]
fn flags_win() {
    let wanted = Wanted {
        expect_account: Some(18),
        kubeconfig: Some("/k".into()),
        context: Some("other".into()),
        ..named("lab")
    };
    let expected = Profile {
        expect_account: Some(18),
        kubeconfig: Some("/k".into()),
        context: Some("other".into()),
        ..lab()
    };
    assert_eq!(resolved(&wanted, LAB), Ok(expected));
}

#[test]
fn another_address_drops_what_was_said_about_the_old_one() {
    let moved = |name: &str, api: &str, sandbox| Profile {
        name: name.into(),
        api: url(api),
        expect_account: None,
        sandbox,
        ..lab()
    };
    assert_eq!(resolved(&api("https://b.example"), LAB), Ok(moved("b.example", "https://b.example", false)));
    assert_eq!(resolved(&api("http://[::1]:9"), LAB), Ok(moved("[::1]:9", "http://[::1]:9", true)));
    // The same address changes nothing.
    assert_eq!(resolved(&api("http://127.0.0.1:8080/"), LAB), Ok(lab()));
    let pinned = Wanted { expect_account: Some(5), ..api("https://b.example") };
    assert_eq!(resolved(&pinned, LAB).unwrap().expect_account, Some(5));
    // No file, or several profiles and none named: the address stands alone.
    let alone = Ok(profile("b.example", "https://b.example"));
    assert_eq!(resolve(&api("https://b.example"), None).map_err(|f| f.sentence()), alone);
    let two = "[a]\napi = 'https://a.example'\n[b]\napi = 'https://c.example'";
    assert_eq!(resolved(&api("https://b.example"), two), alone);
}

#[test]
fn what_cannot_be_used_is_named_with_its_file() {
    let two = "[a]\napi = 'https://a.example'\n[b]\napi = 'https://b.example'";
    let file = "The profile file /etc/landfall/profiles.toml: ";
    let inside = |why: &str| format!("{file}in the profile a, {why}.");
    for (wanted, text, expected) in [
        (Wanted::default(), "[a]\napi = 'https://a.example'\ntoken = 'x'", inside("the key token is not known; known are: api, backend, install, engine, objects, helm, expect_account, sandbox, kubeconfig, context, home, client_id, scopes, verification_hosts, device_authorization_endpoint, expect_subject, ca_cert, ca_sha256, plain_http")),
        (Wanted::default(), "[a]\nsandbox = true", inside("the key api is missing; it is the address to sign in at")),
        (Wanted::default(), "[a]\napi = 'a.example'", inside("api is \"a.example\"; an address looks like https://api.acme.example")),
        (Wanted::default(), "[a]\napi = 'localhost:8080'", inside("api is \"localhost:8080\"; an address looks like https://api.acme.example")),
        (Wanted::default(), "[a]\napi = 'https://a.example'\nsandbox = true", inside("sandbox is true, but its API is not on this machine")),
        (Wanted::default(), "[a]\napi = 'https://a.example'\nkubeconfig = '~/k'", inside("kubeconfig begins with ~, which only a shell understands; write the whole path")),
        (Wanted::default(), "[a]\napi = 'https://a.example'\nbackend = 'x'", inside("unknown variant `x`, expected one of `provisioning`, `oidc`, `pychron`")),
        (Wanted::default(), "[a]\napi = 'https://a.example'\nexpect_account = -1", inside("invalid value: integer `-1`, expected u64")),
        (Wanted::default(), "[tracebloc-prod]\napi = 'https://evil.example'", format!("{file}the profile tracebloc-prod is built in; give yours another name.")),
        (named("tracebloc-prod"), "[tracebloc-prod]\napi = 'https://evil.example'", format!("{file}the profile tracebloc-prod is built in; give yours another name.")),
        (Wanted::default(), "[sandbox]\napi = 'http://127.0.0.1:1'\nsandbox = true", format!("{file}the profile sandbox is built in; give yours another name.")),
        (Wanted::default(), "name = 'sandbox'\napi = 'https://evil.example'", format!("{file}the profile sandbox is built in; give yours another name.")),
        (named("sandbox"), "", "The flag --profile: the sandbox has its own address, and is gone when it ends; start it with: landfall sandbox.".into()),
        (Wanted::default(), "context = 'x'", format!("{file}the key context stands outside of a profile; a profile begins with its name, as in [acme].")),
        (Wanted::default(), "[\"a\\u001b\"]\napi = 'https://a.example'", format!("{file}a profile's name is one short line of plain text.")),
        (Wanted::default(), two, "No profile is chosen: there are several; name one with --profile: a, b.".into()),
        (named("c"), two, "The flag --profile: there is no profile \"c\"; there are: a, b, sandbox, tracebloc-prod, tracebloc-stg, tracebloc-dev.".into()),
        (api("b.example"), two, "The flag --api: it is \"b.example\"; an address looks like https://api.acme.example.".into()),
    ] {
        assert_eq!(resolved(&wanted, text), Err(expected), "{text}");
    }
    let broken = resolved(&Wanted::default(), "[a]\napi = \n").unwrap_err();
    assert!(broken.starts_with(&format!("{file}line 2: ")), "{broken}");
}

#[test]
fn nothing_configured_says_which_flag_to_give() {
    let expected = "No profile is configured: give --profile NAME (sandbox, tracebloc-prod, \
                    tracebloc-stg, tracebloc-dev), --profile-file FILE or --api URL; or try it without any server: \
                    landfall sandbox.";
    assert_eq!(resolve(&Wanted::default(), None).unwrap_err().sentence(), expected);
    assert_eq!(resolved(&Wanted::default(), "# nothing").unwrap_err(), expected);
}

#[test]
fn who_has_not_decided_is_asked() {
    let folder = tempfile::tempdir().unwrap();
    let own = profiles_path(folder.path());
    let asked = |wanted: &Wanted| undecided(wanted, None, Some(folder.path())).unwrap();
    assert!(asked(&Wanted::default()));
    assert!(!asked(&named("tracebloc-prod")) && !asked(&api("https://b.example")));
    std::fs::write(&own, LAB).unwrap();
    assert!(!asked(&Wanted::default()));
    assert!(!undecided(&Wanted::default(), Some(&own), None).unwrap());
    std::fs::write(&own, "[a]\napi = 'https://a.example'\n[b]\napi = 'https://b.example'").unwrap();
    assert!(asked(&Wanted::default()));
}

#[test]
fn a_file_named_by_flag_must_be_there_and_ones_own_need_not() {
    let folder = tempfile::tempdir().unwrap();
    let own = profiles_path(folder.path());
    let wanted = named("tracebloc-dev");
    let hosts = ["tracebloc.io", "*.tracebloc.io"].map(str::to_owned).to_vec();
    let trust = Trust { hosts, ..Trust::default() };
    let built_in = Profile { trust, ..profile("tracebloc-dev", "https://dev-api.tracebloc.io") };
    assert_eq!(load(&wanted, None, Some(folder.path())), Ok(built_in.clone()));
    assert_eq!(load(&wanted, None, None), Ok(built_in));
    let missing = load(&wanted, Some(&own), None).unwrap_err();
    assert_eq!(missing.sentence(), format!("The profile file {}: there is no such file.", own.display()));

    std::fs::write(&own, LAB).unwrap();
    let expected = Profile { kubeconfig: Some(folder.path().join("lab.kubeconfig")), ..lab() };
    assert_eq!(load(&Wanted::default(), None, Some(folder.path())), Ok(expected.clone()));
    assert_eq!(load(&Wanted::default(), Some(&own), None), Ok(expected));

    std::fs::write(&own, "#".repeat(70_000)).unwrap();
    let long = load(&wanted, Some(&own), None).unwrap_err();
    assert_eq!(
        long.sentence(),
        format!("The profile file {}: it is longer than a file of profiles can be.", own.display())
    );
}

#[test]
fn an_openid_provider_is_named_with_its_client() {
    let read = |text: &str| {
        let file = ProfileFile {
            path: "/p/profiles.toml".into(),
            text: format!("[corp]\nbackend = \"oidc\"\n{text}"),
        };
        resolve(&Wanted { profile: Some("corp".into()), ..Wanted::default() }, Some(&file))
    };
    let profile =
        read("api = \"https://idp.example\"\nclient_id = \"landfall\"\nexpect_subject = \"alice\"").unwrap();
    let client = profile.oidc.unwrap();
    // Byte for byte: an address that was parsed would end with a slash.
    assert_eq!(client.issuer, "https://idp.example");
    assert_eq!(client.scopes, ["openid", "profile", "email", "offline_access"]);
    assert_eq!(profile.expect_account, Some(client.account("alice")));
    assert_ne!(client.account("alice"), client.account("bob"));
    for (text, why) in [
        ("api = \"https://idp.example\"", "client_id is missing"),
        ("api = \"https://idp.example\"\nclient_id = \"a\"\nscopes = [\"a b\"]", "a scope is one word"),
    ] {
        let said = read(text).unwrap_err().sentence();
        assert!(said.contains(why), "{said}");
    }
    let text = "[acme]\napi = \"https://a.example\"\nclient_id = \"x\"".to_owned();
    let file = ProfileFile { path: "/p/profiles.toml".into(), text };
    let said = resolve(&Wanted::default(), Some(&file)).unwrap_err().sentence();
    assert!(said.contains("go with backend = \"oidc\" only"), "{said}");
}

#[test]
fn objects_to_apply_lie_beside_the_file() {
    let profile =
        |more: &str| resolved(&Wanted::default(), &format!("[a]\napi = 'https://a.example'\n{more}"));
    let beside = PathBuf::from("/etc/landfall/release.yaml");
    assert_eq!(profile("objects = 'release.yaml'").unwrap().objects, Some(beside));
    let whole = profile("objects = '/srv/release.yaml'").unwrap();
    assert_eq!((whole.objects, whole.chart), (Some("/srv/release.yaml".into()), None));
    let chart = "[a.helm]\nchart = 'x'\nvalues.password = 'p'";
    let both = profile(&format!("engine = 'helm'\nobjects = 'release.yaml'\n{chart}")).unwrap_err();
    assert!(both.contains("objects are named, but engine is \"helm\""), "{both}");
}

#[test]
fn whom_a_profile_trusts_is_read_and_goes_with_its_address() {
    let hash = "9f".repeat(32);
    let text = format!(
        "api = 'https://a.example'\nca_cert = 'acme.pem'\nca_sha256 = 'SHA256:{hash}'\nplain_http = true\n\
         verification_hosts = ['App.Acme.example', '*.b\u{fc}cher.example', '10.0.0.1']"
    );
    let trust = Trust {
        ca_cert: Some("/etc/landfall/acme.pem".into()),
        ca_sha256: Some(hash.parse().unwrap()),
        plain_http: true,
        hosts: ["app.acme.example", "*.xn--bcher-kva.example", "10.0.0.1"].map(str::to_owned).to_vec(),
    };
    assert_eq!(resolved(&Wanted::default(), &text).map(|profile| profile.trust), Ok(trust));
    assert_eq!(resolved(&api("https://b.example"), &text).map(|profile| profile.trust), Ok(Trust::default()));
    for (line, why) in [
        ("ca_sha256 = 'abc'", "ca_sha256 is no SHA-256"),
        ("verification_hosts = ['https://app.acme.example']", "which is no host"),
        ("verification_hosts = ['*.example']", "which is no host"),
        ("verification_hosts = ['*']", "which is no host"),
        ("ca_cert = '~/ca.pem'", "ca_cert begins with ~"),
    ] {
        let refused =
            resolved(&Wanted::default(), &format!("api = 'https://a.example'\n{line}")).unwrap_err();
        assert!(refused.contains(why), "{line}: {refused}");
    }
    let plain = format!("api = 'http://a.example'\nplain_http = true\nca_sha256 = '{hash}'");
    assert!(resolved(&Wanted::default(), &plain).unwrap_err().contains("not https"));
}
