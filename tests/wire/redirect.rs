//! Redirects: only GET, only to the same scheme, host and port, at most three.

use landfall::backend::{Backend, DeviceContext, Proof};
use landfall::error::Fault;

use super::Bench;
use super::peer::{Peer, answer, recorded};

fn to(status: u16, target: &str) -> super::peer::Act {
    answer(status, &format!("Location: {target}\r\n"), "")
}

#[tokio::test]
async fn a_get_follows_on_the_same_host() {
    let peer = Peer::start(|seen, nth| match nth {
        0 => to(301, "/a"),
        1 => to(302, "b?x=1"),
        2 => to(308, &format!("http://{}/c", seen.header("host").unwrap())),
        _ => recorded("userinfo"),
    })
    .await;
    let bench = Bench::new(&peer);
    assert_eq!(bench.api.who(bench.session).await.unwrap().id, 1);
    assert_eq!(peer.calls(), ["GET /userinfo/", "GET /a", "GET /b?x=1", "GET /c"]);
}

#[tokio::test]
async fn a_loop_ends() {
    let peer = Peer::always(|| to(302, "/again")).await;
    let bench = Bench::new(&peer);
    let fault = bench.api.who(bench.session).await.unwrap_err();
    assert!(matches!(fault, Fault::NotTheApi { .. }), "{fault:?}");
    assert_eq!(peer.calls().len(), 4);
}

#[tokio::test]
async fn a_token_never_goes_to_another_place() {
    let other = Peer::always(|| recorded("userinfo")).await;
    let port = other.url("/userinfo/");
    let name = port.replace("127.0.0.1", "localhost");
    for target in [port, name, "https://127.0.0.1:1/".into(), "ftp://127.0.0.1/".into()] {
        let told = target.clone();
        let peer = Peer::always(move || to(302, &target)).await;
        let bench = Bench::new(&peer);
        let fault = bench.api.who(bench.session).await.unwrap_err();
        let Fault::NotTheApi { status, title, .. } = &fault else { panic!("{fault:?}") };
        assert_eq!(*status, 302);
        let place = told.split('/').take(3).collect::<Vec<_>>().join("/");
        assert_eq!(title.as_str(), format!("sends us on to {place}"));
        assert_eq!(peer.calls().len(), 1);
    }
    assert_eq!(other.calls(), Vec::<String>::new());
}

#[tokio::test]
async fn a_post_follows_nowhere() {
    for status in [301, 302, 303, 307, 308] {
        let peer = Peer::always(move || to(status, "/elsewhere")).await;
        let bench = Bench::new(&peer);
        let begun = bench.api.begin(&DeviceContext::default()).await;
        assert!(matches!(begun, Err(Fault::NotTheApi { .. })), "{begun:?}");
        assert!(bench.api.revoke(bench.session).await.is_err());
        let username = "6f1c2d3e-0000-4a5b-8c9d-0123456789ab".parse().unwrap();
        let password = bench.password(1, "c1");
        let proof = bench.api.prove(1, &"c1".parse().unwrap(), &username, password).await;
        assert!(matches!(proof, Proof::Unknown(_)), "{proof:?}");
        assert_eq!(peer.calls(), ["POST /device/code", "POST /auth/revoke", "POST /api-token-auth/"]);
    }
}
