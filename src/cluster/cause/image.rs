//! Images: being pulled, and the reasons why a pull fails.

use jiff::{SignedDuration, Timestamp};

use super::clean::{QUOTE, clean, safe};
use super::container::{Part, quote};
use super::finding::Finding;
use super::pod::called;
use super::view::{Event, View};
use super::words::{lasting, many};
use super::{Kind, Timer, TimerKind};

/// What a pull's error message says, in lower case, in this order: the first sign decides.
///
/// The texts are those of Go's net, tls and x509 packages, of containerd (`core/remotes/docker`), of CRI-O
/// (`containers/image`) and of the registries; the tests hold whole messages with their sources.
const SIGNS: &[(&str, Kind)] = &[
    ("no match for platform in manifest", Kind::ImageWrongPlatform),
    ("no image found in manifest list", Kind::ImageWrongPlatform),
    ("no image found in image index", Kind::ImageWrongPlatform),
    ("toomanyrequests", Kind::ImageRateLimited),
    ("too many requests", Kind::ImageRateLimited),
    ("pull rate limit", Kind::ImageRateLimited),
    ("failed to get reader from content store", Kind::ImageUnreadable),
    ("server gave http response to https client", Kind::RegistryNotHttps),
    ("first record does not look like a tls handshake", Kind::RegistryNotHttps),
    ("x509:", Kind::RegistryCertificate),
    ("tls: failed to verify certificate", Kind::RegistryCertificate),
    ("proxyconnect", Kind::RegistryProxy),
    ("proxy authentication required", Kind::RegistryProxy),
    // A proxy's refusal comes without the number that a registry's has.
    ("head : forbidden", Kind::RegistryProxy),
    ("get : forbidden", Kind::RegistryProxy),
    ("socks connect", Kind::RegistryProxy),
    ("no such host", Kind::RegistryName),
    ("temporary failure in name resolution", Kind::RegistryName),
    ("server misbehaving", Kind::RegistryName),
    ("dial tcp: lookup ", Kind::RegistryName),
    ("no route to host", Kind::RegistryNoRoute),
    ("network is unreachable", Kind::RegistryNoRoute),
    ("no space left on device", Kind::NodeDiskFull),
    ("pull access denied", Kind::ImageUnauthorised),
    ("insufficient_scope", Kind::ImageUnauthorised),
    ("unauthorized", Kind::ImageUnauthorised),
    ("authentication required", Kind::ImageUnauthorised),
    ("access to the resource is denied", Kind::ImageUnauthorised),
    ("no basic auth credentials", Kind::ImageUnauthorised),
    ("403 forbidden", Kind::ImageUnauthorised),
    ("denied:", Kind::ImageUnauthorised),
    ("source image rejected", Kind::ImageRefused),
    ("signature validation failed", Kind::ImageRefused),
    ("rejected by policy", Kind::ImageRefused),
    ("connection refused", Kind::RegistryUnavailable),
    ("connection reset", Kind::RegistryUnavailable),
    ("internal server error", Kind::RegistryUnavailable),
    ("bad gateway", Kind::RegistryUnavailable),
    ("service unavailable", Kind::RegistryUnavailable),
    ("gateway timeout", Kind::RegistryTimeout),
    ("gateway time-out", Kind::RegistryTimeout),
    ("i/o timeout", Kind::RegistryTimeout),
    ("tls handshake timeout", Kind::RegistryTimeout),
    ("connection timed out", Kind::RegistryTimeout),
    ("client.timeout", Kind::RegistryTimeout),
    ("context deadline exceeded", Kind::RegistryTimeout),
    ("manifest unknown", Kind::ImageNotFound),
    ("name unknown", Kind::ImageNotFound),
    ("not found", Kind::ImageNotFound),
    (" 404", Kind::ImageNotFound),
    ("unexpected eof", Kind::RegistryUnavailable),
    (": eof", Kind::RegistryUnavailable),
    ("short-name", Kind::ImageNameInvalid),
];

/// Which kind of failure a pull's error message tells of.
///
/// Names and addresses in it are left out first: they are the image author's and the registry's to choose, and a
/// signed address or a digest may hold any sign.
pub(super) fn classify(message: &str) -> Kind {
    let told = unquoted(message);
    let told: Vec<&str> = told.split_whitespace().filter(|word| !is_name(word)).collect();
    let lower = told.join(" ").to_ascii_lowercase();
    SIGNS.iter().find(|(sign, _)| lower.contains(sign)).map_or(Kind::PullFailed, |(_, kind)| *kind)
}

/// An address, an image reference, a path or a digest; `i/o` is a word.
fn is_name(word: &str) -> bool {
    (word.contains('/') && word != "i/o") || word.contains("sha256:")
}

/// `text` without what stands between quotation marks, as Go writes them: one within is escaped.
fn unquoted(text: &str) -> String {
    let (mut kept, mut pending) = (String::new(), String::new());
    let (mut inside, mut escaped) = (false, false);
    for letter in text.chars() {
        match letter {
            '"' if !escaped => {
                pending.clear();
                inside = !inside;
            }
            _ if inside => pending.push(letter),
            _ => kept.push(letter),
        }
        escaped = inside && letter == '\\' && !escaped;
    }
    // A quotation that was cut off is none.
    kept + &pending
}

/// The image cannot be had: in the words of the container's waiting state.
pub(super) fn look(view: &View, part: &Part, reason: &str, message: &str) -> Finding {
    let failed = |event: &Event| event.reason == "Failed" && part.is_image_of(event);
    let latest = view.latest(part.uid(), &["Failed"], failed);
    // Older kubelets give the cause of a back-off only in the event of the failed pull.
    let told = match classify(message) {
        Kind::PullFailed => latest.map_or(message, |event| event.message),
        _ => message,
    };
    let kind = match reason {
        "ErrImageNeverPull" => Kind::ImageNeverPulled,
        "InvalidImageName" => Kind::ImageNameInvalid,
        "ImageInspectError" => Kind::ImageUnreadable,
        "SignatureValidationFailed" => Kind::ImageRefused,
        "RegistryUnavailable" => match classify(told) {
            Kind::PullFailed => Kind::RegistryUnavailable,
            kind => kind,
        },
        _ => classify(told),
    };
    // The status keeps the last failure while the next try runs; where a retry can help, that try is the news.
    if may_heal(kind)
        && let Some(again) = pulling(view, part)
    {
        return again;
    }
    let tries = view.span(part.uid(), &["Failed"], failed).map_or(0, |(_, count)| count);
    let since = part.since(view, failed);
    let sentence = format!("{} cannot start: {}.", part.who(view), sentence(kind, part.image(), told));
    let sentence = match tries {
        0 | 1 => sentence,
        tries => format!("{} It was tried {}.", sentence, many(tries, "time")),
    };
    Finding::new(kind, sentence, called(part.pod), since)
        .says(reason, if message.is_empty() { told } else { message })
        .timer((reason == "ImagePullBackOff").then(|| back_off(tries, latest.map(|event| event.last))))
        .next(next(kind, part.image()))
}

fn may_heal(kind: Kind) -> bool {
    matches!(super::rule(kind).hopeless, super::Hopeless::After(120))
}

/// The pause before the next pull. (kubelet, `pkg/kubelet/images/image_manager.go`: 10 s, doubling to 300 s)
fn back_off(tries: i64, failed: Option<Timestamp>) -> Timer {
    let doublings = u32::try_from((tries - 1).clamp(0, 5)).unwrap_or(0);
    let pause = SignedDuration::from_secs((10_i64 << doublings).min(300));
    let due = failed.filter(|_| tries > 0).and_then(|failed| failed.checked_add(pause).ok());
    Timer {
        kind: TimerKind::PullBackOff,
        due,
        length: due.map(|_| pause),
        says: "the pull back-off; the node's pauses between tries grow from 10 s to 5 min".to_owned(),
    }
}

/// The image is being pulled right now: the newest thing that the node says about it.
pub(super) fn pulling(view: &View, part: &Part) -> Option<Finding> {
    let about = |event: &Event| part.is_image_of(event);
    let started = view.latest(part.uid(), &["Pulling"], about)?;
    let ended = view.latest(part.uid(), &["Pulled", "Failed", "BackOff"], about);
    if ended.is_some_and(|ended| ended.last >= started.last) {
        return None;
    }
    let who = part.who(view);
    let image = clean(part.image(), QUOTE);
    let time = lasting(Some(started.last.max(view.scene.since)), view.now());
    let again = if started.count > 1 { " again" } else { "" };
    let sentence = format!("{who} is pulling its image {image}{again}{time}.");
    Some(
        Finding::new(Kind::Pulling, sentence, called(part.pod), Some(started.last))
            .says(started.reason, started.message)
            .next("Nothing to do: a large image or a slow line takes its time."),
    )
}

/// The registry that an image reference names. (distribution/reference, familiar names)
fn registry(image: &str) -> String {
    let first = image.split_once('/').map_or("", |(first, _)| first);
    let named = first.contains(['.', ':']) || first == "localhost";
    clean(if named { first } else { "docker.io" }, QUOTE)
}

/// The host that answers for an image's registry, where it may stand in a command. (docker.io's is another one)
fn host(image: &str) -> Option<String> {
    let registry = registry(image);
    let (name, port) = registry.split_once(':').unwrap_or((&registry, "443"));
    let host = if registry == "docker.io" { "registry-1.docker.io".to_owned() } else { registry.clone() };
    (safe(name).is_some() && port.parse::<u16>().is_ok()).then_some(host)
}

fn sentence(kind: Kind, image: &str, told: &str) -> String {
    let registry = registry(image);
    let image = clean(image, QUOTE);
    match kind {
        Kind::ImageNotFound => format!("its image {image} does not exist (not found at {registry})"),
        Kind::ImageUnauthorised => {
            format!("{registry} does not let it have its image {image}: it is private, or does not exist")
        }
        Kind::ImageRateLimited => {
            format!(
                "{registry} limits how many images may be pulled from here, and image {image} is over the limit"
            )
        }
        Kind::ImageWrongPlatform => {
            format!("its image {image} does not exist for this node's kind of processor")
        }
        Kind::ImageRefused => format!("its image {image} is refused: {}", quote(told)),
        Kind::ImageNameInvalid => format!("its image name {image} is not valid"),
        Kind::ImageNeverPulled => {
            format!("its image {image} is not on the node, and the release forbids pulling it")
        }
        Kind::ImageUnreadable => format!("the node cannot read its image {image}: {}", quote(told)),
        Kind::RegistryName => format!("the name of the registry {registry} cannot be resolved (DNS)"),
        Kind::RegistryCertificate => format!(
            "the node does not trust the certificate that {registry} shows, or something on the way inspects TLS"
        ),
        Kind::RegistryNotHttps => {
            format!("the registry {registry} speaks plain HTTP where HTTPS is expected")
        }
        Kind::RegistryProxy => format!("the proxy on the way to the registry {registry} fails"),
        Kind::RegistryNoRoute => format!("there is no network route to the registry {registry}"),
        Kind::RegistryTimeout => format!("the registry {registry} does not answer in time"),
        Kind::RegistryUnavailable => {
            format!("the registry {registry} refuses the connection or has trouble of its own")
        }
        Kind::NodeDiskFull => format!("the node's disk is full, so its image {image} does not fit"),
        _ => format!("its image {image} cannot be pulled: {}", quote(told)),
    }
}

fn next(kind: Kind, image: &str) -> String {
    let what = match kind {
        Kind::ImageNotFound | Kind::ImageNameInvalid => "Check image and version in the profile's values.",
        Kind::ImageUnauthorised => {
            "Give the cluster access to the image (a pull secret), or correct its name."
        }
        Kind::ImageRateLimited => {
            "Wait for the limit to pass, sign the node in at the registry, or use a mirror."
        }
        Kind::ImageWrongPlatform => "Use an image built for this processor, or another machine.",
        Kind::ImageRefused => "Ask whoever set the image policy of this cluster.",
        Kind::ImageNeverPulled => "Load the image onto the node, or allow pulling in the profile's values.",
        Kind::ImageUnreadable => "Remove the image from the node, so that it is pulled anew.",
        Kind::RegistryName => "Check the node's DNS servers and its network.",
        Kind::RegistryCertificate => {
            "Check the node's clock, and add the CA of the inspecting proxy to the node's container runtime."
        }
        Kind::RegistryNotHttps => {
            "Name the registry as insecure in the node's container runtime, or give it TLS."
        }
        Kind::RegistryProxy => {
            "Check the proxy settings of the node's container runtime, and the proxy itself."
        }
        Kind::RegistryNoRoute | Kind::RegistryTimeout => {
            "Check the node's network, its firewall and whether it needs a proxy."
        }
        Kind::NodeDiskFull => {
            "Free disk space on the node; images that nothing uses go with: crictl rmi --prune"
        }
        _ => "The node tries again by itself; check its way to the registry if it lasts.",
    };
    match (kind, host(image)) {
        (Kind::RegistryName, Some(host)) => {
            let name = host.split_once(':').map_or(host.as_str(), |(name, _)| name);
            format!("{what} To see it on the node: getent hosts {name}")
        }
        (
            Kind::RegistryCertificate
            | Kind::RegistryProxy
            | Kind::RegistryNoRoute
            | Kind::RegistryTimeout
            | Kind::RegistryUnavailable
            | Kind::PullFailed,
            Some(host),
        ) => format!("{what} To see it on the node: curl -v https://{host}/v2/"),
        _ => what.to_owned(),
    }
}
