//! This machine.

use crate::doctor::facts::{Cgroup, ClusterSide, Disk, Layered, Machine, Network, ProxyProblem};
use crate::doctor::table::{Entry, Finding, Judge};
use crate::foreign::Text;

/// A file system with less than this left is full for our purposes: an image alone may take as much.
const FULL: u64 = 1 << 30;
/// From this share on a kubelet begins to evict (nodefs.available<10%), in percent used.
const TIGHT: u64 = 90;
/// Programs with less memory left than this fail sooner or later, in bytes.
const LITTLE_MEMORY: u64 = 256 << 20;
/// Kernels before this lack what today's container runtimes ask for.
const OLD_KERNEL: (u64, u64) = (4, 18);
/// A clock that is off by more breaks TLS and tokens; by less it only confuses logs. In seconds.
const SKEW_FAILS: i64 = 300;
const SKEW_WARNS: i64 = 30;

/// The checks.
pub const CHECKS: &[Entry] = &[
    Entry {
        id: "M01",
        title: "clock",
        after: &["N06", "N08", "N05", "N07", "N04", "N03", "N02", "N01", "A01"],
        judge: Judge::Network(clock),
    },
    Entry { id: "M02", title: "time zone", after: &[], judge: Judge::Machine(time_zone) },
    Entry { id: "M03", title: "disk", after: &[], judge: Judge::Machine(disk) },
    Entry { id: "M04", title: "file entries left", after: &["M03"], judge: Judge::Machine(inodes) },
    Entry { id: "M05", title: "memory", after: &[], judge: Judge::Machine(memory) },
    Entry { id: "M06", title: "processor", after: &[], judge: Judge::Machine(processor) },
    Entry { id: "M07", title: "kernel", after: &[], judge: Judge::Machine(kernel) },
    Entry { id: "M08", title: "control groups", after: &["M07"], judge: Judge::Machine(cgroup) },
    Entry { id: "M09", title: "terminal", after: &[], judge: Judge::Machine(terminal) },
    Entry { id: "M10", title: "locale and glyphs", after: &[], judge: Judge::Machine(locale) },
    Entry { id: "M11", title: "modes of our files", after: &[], judge: Judge::Machine(modes) },
    Entry { id: "M12", title: "owners of our files", after: &["M16"], judge: Judge::Machine(owners) },
    Entry { id: "M13", title: "random numbers", after: &[], judge: Judge::Machine(random) },
    Entry { id: "M14", title: "proxy variables", after: &[], judge: Judge::Machine(proxies) },
    Entry { id: "M15", title: "login in proxy variables", after: &[], judge: Judge::Machine(proxy_login) },
    Entry { id: "M16", title: "user and home", after: &[], judge: Judge::Machine(user) },
    Entry { id: "M17", title: "NO_PROXY and the cluster", after: &[], judge: Judge::Both(no_proxy) },
    Entry { id: "M18", title: "CA certificates", after: &["A01"], judge: Judge::Way(authorities) },
    Entry { id: "M19", title: "temporary folder", after: &["M03"], judge: Judge::Machine(temporary) },
    Entry { id: "M20", title: "host name", after: &[], judge: Judge::Machine(host) },
];

fn clock(network: &Network) -> Finding {
    let Some(http) = network.http.works() else { return Finding::unknown("no server told its time") };
    let Some(date) = http.date else {
        return Finding::unknown("the server's answer held no time");
    };
    // The answer was on its way for at most as long as it took; that is no skew.
    let off = http.at.duration_since(date).as_secs();
    let margin = i64::try_from(http.took.as_secs()).unwrap_or(0) + 1;
    let off = if off.abs() <= margin { 0 } else { off };
    let (way, size) = if off > 0 { ("fast", off) } else { ("slow", -off) };
    let told = format!("this clock is {} {way}, by the control plane's time", span(size));
    let evidence = [format!("here {}, there {}", http.at.strftime("%F %T UTC"), date.strftime("%F %T UTC"))];
    let fix = "set the clock: timedatectl set-ntp true";
    match size {
        0..=SKEW_WARNS => Finding::pass("agrees with the control plane's time"),
        size if size <= SKEW_FAILS => Finding::warn(told).because(evidence).fix(fix),
        _ => Finding::fail(told).because(evidence).fix(fix),
    }
}

fn span(seconds: i64) -> String {
    match seconds {
        0..=119 => format!("{seconds} s"),
        120..=7199 => format!("{} min", seconds / 60),
        7200..=172_799 => format!("{} h", seconds / 3600),
        _ => format!("{} days", seconds / 86_400),
    }
}

fn time_zone(machine: &Machine) -> Finding {
    match &machine.time_zone {
        Some(zone) => Finding::pass(format!("{zone}")),
        None => Finding::warn("no time zone is set, so times here are UTC and no location is proposed")
            .fix("set it: timedatectl set-timezone Europe/Berlin"),
    }
}

/// A size in bytes, as people say it.
pub fn size(bytes: u64) -> String {
    let tenths = |unit: u32| (bytes >> unit.saturating_sub(4)) * 10 / 16;
    match bytes {
        0..=0xfffff => format!("{} Ki", bytes >> 10),
        0x10_0000..=0x3fff_ffff => format!("{} Mi", bytes >> 20),
        _ => format!("{}.{} Gi", tenths(30) / 10, tenths(30) % 10),
    }
}

fn used(disk: &Disk) -> u64 {
    100 - (disk.free.saturating_mul(100) / disk.total.max(1)).min(100)
}

fn disk(machine: &Machine) -> Finding {
    if machine.disks.is_empty() {
        return Finding::unknown("no file system could be asked");
    }
    if let Some(disk) = machine.disks.iter().find(|disk| disk.read_only) {
        return Finding::fail(format!("{} takes no writes: it is mounted read-only", disk.path))
            .fix("find out why in: dmesg --level err,warn");
    }
    let told = |disk: &Disk| format!("disk {} % full at {}", used(disk), disk.path);
    let left = |disk: &Disk| [format!("{} of {} left", size(disk.free), size(disk.total))];
    let fix = "make room; what is largest is told by: sudo du -xh / | sort -h | tail -20";
    if let Some(disk) = machine.disks.iter().find(|disk| disk.free < FULL && used(disk) >= TIGHT) {
        return Finding::fail(told(disk)).because(left(disk)).fix(fix);
    }
    if let Some(disk) = machine.disks.iter().find(|disk| used(disk) >= TIGHT) {
        return Finding::warn(format!("{}; images may be evicted", told(disk))).because(left(disk)).fix(fix);
    }
    let most = machine.disks.iter().max_by_key(|disk| used(disk));
    Finding::pass(most.map_or_else(String::new, |disk| format!("at most {} % full", used(disk))))
}

fn inodes(machine: &Machine) -> Finding {
    let counted: Vec<&Disk> = machine.disks.iter().filter(|disk| disk.inodes > 0).collect();
    if counted.is_empty() {
        return Finding::nothing("these file systems have no such limit");
    }
    match counted.iter().find(|disk| disk.free_inodes * 100 < disk.inodes * 3) {
        Some(disk) => Finding::fail(format!("{} has no room for more files, whatever its size", disk.path))
            .because([format!("{} of {} file entries left", disk.free_inodes, disk.inodes)])
            .fix("remove what made so many small files; it is told by: sudo du -x --inodes / | sort -n | tail -20"),
        None => Finding::pass("enough file entries are left"),
    }
}

fn memory(machine: &Machine) -> Finding {
    let Some((total, available)) = machine.memory else { return Finding::unknown("the kernel does not say") };
    let told = format!("{} of {} memory left", size(available), size(total));
    if available < LITTLE_MEMORY {
        Finding::fail(told).fix("end what takes it; it is told by: ps aux --sort=-rss | head")
    } else if available.saturating_mul(20) < total {
        Finding::warn(told).fix("see what takes it: ps aux --sort=-rss | head")
    } else {
        Finding::pass(told)
    }
}

fn processor(machine: &Machine) -> Finding {
    let Some(load) = machine.load else { return Finding::unknown("the kernel does not say how busy it is") };
    let told = format!("{} processors, load {}.{:02}", machine.cpus, load / 100, load % 100);
    if load > machine.cpus.max(1) * 400 {
        Finding::warn(format!("busy four times over: {told}")).fix("see what runs: top -b -n 1 | head -20")
    } else {
        Finding::pass(told)
    }
}

fn kernel(machine: &Machine) -> Finding {
    let Some(version) = &machine.kernel else {
        return Finding::unknown("the kernel does not say its version");
    };
    let mut numbers =
        version.split(|c: char| !c.is_ascii_digit()).map(|part| part.parse::<u64>().unwrap_or(0));
    let (major, minor) = (numbers.next().unwrap_or(0), numbers.next().unwrap_or(0));
    if (major, minor) < OLD_KERNEL {
        Finding::warn(format!("Linux {version} is older than container runtimes are tested with"))
            .fix("update the system, then restart it")
    } else {
        Finding::pass(format!("Linux {version}"))
    }
}

fn cgroup(machine: &Machine) -> Finding {
    match &machine.cgroup {
        Cgroup::Two(controllers) => {
            let wanted = ["cpu", "memory", "pids"];
            let missing: Vec<&str> = wanted
                .into_iter()
                .filter(|name| !controllers.iter().any(|have| have.as_str() == *name))
                .collect();
            if missing.is_empty() {
                Finding::pass("version 2, with cpu, memory and pids")
            } else {
                Finding::warn(format!("version 2 without {}: limits of pods do not hold", missing.join(", ")))
                    .fix("on a Raspberry Pi add to /boot/firmware/cmdline.txt: cgroup_memory=1 cgroup_enable=memory")
            }
        }
        Cgroup::One => Finding::warn("version 1, which Kubernetes no longer maintains (1.31)")
            .fix("boot with: systemd.unified_cgroup_hierarchy=1"),
        Cgroup::Unknown => Finding::unknown("no control groups are mounted here"),
    }
}

fn terminal(machine: &Machine) -> Finding {
    let terminal = &machine.terminal;
    let why = [terminal.why.face, terminal.why.colour];
    if terminal.tty && matches!(terminal.term.as_str(), "" | "dumb" | "unknown") {
        return Finding::warn("a terminal of which nothing is known, so plain lines are used")
            .because(why)
            .fix("say what it is, for example: export TERM=xterm-256color");
    }
    Finding::pass(terminal.why.face).because(why)
}

fn locale(machine: &Machine) -> Finding {
    let terminal = &machine.terminal;
    let lower = terminal.locale.to_ascii_lowercase();
    if lower.contains("utf-8") || lower.contains("utf8") || !terminal.tty {
        Finding::pass(terminal.why.glyphs)
    } else {
        let told = if lower.is_empty() {
            "no locale is set".to_owned()
        } else {
            format!("the locale is {}", terminal.locale)
        };
        Finding::warn(format!("{told}, so only ASCII is drawn"))
            .because([terminal.why.glyphs])
            .fix("say it for this session: export LC_ALL=C.UTF-8")
    }
}

fn modes(machine: &Machine) -> Finding {
    if machine.files.is_empty() {
        return Finding::nothing("nothing of ours is on this machine yet");
    }
    if let Some(file) = machine.files.iter().find(|file| file.is_link) {
        return Finding::fail(format!("{} is a symbolic link", file.path))
            .fix("landfall follows none here: put a real file or folder in its place");
    }
    match machine.files.iter().find(|file| file.private && file.mode & 0o077 != 0) {
        Some(file) => Finding::warn(format!("{} is open to other users", file.path))
            .because([format!("mode {:o}", file.mode & 0o777)])
            .fix(format!("close it: chmod go= {}", shell(&file.path))),
        None => Finding::pass("what is private is closed to others"),
    }
}

/// A path as one word of a shell; one that needs quoting is left for the person.
pub fn shell(path: &Text) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_./".contains(c);
    if path.chars().all(plain) { path.to_string() } else { "...".into() }
}

fn owners(machine: &Machine) -> Finding {
    if machine.files.is_empty() {
        return Finding::nothing("nothing of ours is on this machine yet");
    }
    match machine.files.iter().find(|file| file.private && file.owner != machine.uid) {
        Some(file) => Finding::fail(format!(
            "{} belongs to user {}, and this runs as {}",
            file.path, file.owner, machine.user
        ))
        .fix(format!("give it back: sudo chown -R {} {}", machine.uid, shell(&file.path))),
        None => Finding::pass("what is ours belongs to us"),
    }
}

fn random(machine: &Machine) -> Finding {
    match machine.random {
        Some(true) => Finding::pass("ready"),
        Some(false) => {
            Finding::fail("the system's random numbers are not ready: no safe password can be made")
                .fix("wait a minute after the start; a virtual machine may need a virtio-rng device")
        }
        None => Finding::unknown("the system does not say"),
    }
}

fn proxies(machine: &Machine) -> Finding {
    if machine.proxies.is_empty() {
        return Finding::nothing("no proxy variable is set");
    }
    let wrong = |problem: ProxyProblem| machine.proxies.iter().find(|one| one.problem == Some(problem));
    if let Some(one) = wrong(ProxyProblem::Malformed) {
        return Finding::fail(format!("{} is no address, so no proxy is used", one.name))
            .fix(format!("write it whole: export {}=http://HOST:PORT", one.name));
    }
    if let Some(one) = wrong(ProxyProblem::Scheme) {
        return Finding::warn(format!("{} names a kind of proxy that is not spoken here", one.name))
            .because([one.shown.clone()])
            .fix(format!("name an HTTP proxy: export {}=http://HOST:PORT", one.name));
    }
    let told: Vec<String> = machine.proxies.iter().map(|one| format!("{}={}", one.name, one.shown)).collect();
    Finding::pass("well-formed").because(told)
}

fn proxy_login(machine: &Machine) -> Finding {
    if machine.proxies.is_empty() {
        return Finding::nothing("no proxy variable is set");
    }
    match machine.proxies.iter().find(|one| one.problem == Some(ProxyProblem::NotEncoded)) {
        Some(one) => Finding::fail(format!(
            "the login in {} holds signs that mean something else in an address",
            one.name
        ))
        .fix("write @ as %40, : as %3A, / as %2F, # as %23 and % as %25 in user name and password"),
        None => Finding::pass("nothing in a login has to be spelled otherwise"),
    }
}

fn user(machine: &Machine) -> Finding {
    let told = format!("runs as {} (user {})", machine.user, machine.uid);
    match &machine.home {
        None => Finding::warn("HOME is not set, so nothing can be remembered here")
            .because([told])
            .fix("set it: export HOME=/root"),
        // Under sudo without -H everything would be written into somebody else's home, as root.
        Some((home, owner)) if *owner != machine.uid => {
            Finding::warn(format!("HOME is {home}, which belongs to user {owner}"))
                .because(
                    machine.sudo_from.iter().map(|who| format!("sudo was called by {who}")).chain([told]),
                )
                .fix("give root its own home: sudo -H landfall")
        }
        Some(_) => Finding::pass(told),
    }
}

fn no_proxy(machine: &Machine, cluster: &ClusterSide) -> Finding {
    if machine.proxies.is_empty() {
        return Finding::nothing("no proxy variable is set");
    }
    let Ok(file) = &cluster.file else { return Finding::nothing("no cluster is known") };
    if file.host.is_empty() {
        return Finding::nothing("no cluster is known");
    }
    let names: Vec<&str> = machine.no_proxy.iter().map(Text::as_str).collect();
    if file.loopback || crate::doctor::facts::bypasses(&names, &file.host) {
        return Finding::pass("the cluster is reached without the proxy");
    }
    if !is_private(&file.host) {
        return Finding::pass("the cluster has a public address, so the proxy may well be meant for it");
    }
    Finding::warn(format!("the cluster at {} would be asked through the proxy", file.host))
        .because([format!("NO_PROXY={}", names.join(","))])
        .fix(format!("add it: export NO_PROXY=\"$NO_PROXY,{}\"", shell(&file.host)))
}

/// Whether a host is one that a proxy outside cannot know: a private address, or a name without a dot.
fn is_private(host: &str) -> bool {
    match host.trim_matches(['[', ']']).parse::<std::net::IpAddr>() {
        Ok(std::net::IpAddr::V4(ip)) => ip.is_private() || ip.is_link_local(),
        Ok(std::net::IpAddr::V6(ip)) => ip.is_unique_local() || ip.is_unicast_link_local(),
        Err(_) => !host.contains('.') || matches!(host.rsplit('.').next(), Some("local" | "internal")),
    }
}

fn authorities(machine: &Machine, network: &Network) -> Finding {
    match machine.authorities {
        Some(0) if network.endpoint.tls == Layered::NotUsed => {
            Finding::nothing("there are none, and nothing here is checked by them")
        }
        Some(0) => Finding::fail("this machine trusts no CA, so no server can be checked")
            .fix("install them: sudo apt-get install ca-certificates"),
        Some(n) => Finding::pass(format!("{n} are trusted")),
        None => Finding::unknown("they could not be read"),
    }
}

fn temporary(machine: &Machine) -> Finding {
    match &machine.temporary {
        Ok(()) => Finding::pass("it can be written to"),
        Err(why) => Finding::warn("the temporary folder cannot be written to")
            .because([why.clone()])
            .fix("name another one: export TMPDIR=/var/tmp"),
    }
}

fn host(machine: &Machine) -> Finding {
    let name = &machine.host;
    let fits = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '.';
    if name.is_empty() || name.as_str() == "(none)" {
        return Finding::warn("this machine has no name")
            .fix("give it one: sudo hostnamectl set-hostname NAME");
    }
    // Kubernetes takes a node's name from it: RFC 1123, lower case.
    if !name.chars().all(fits) || name.chars().any(|c| c.is_ascii_uppercase()) || name.len() > 63 {
        return Finding::warn(format!("the host name {name} is none that Kubernetes takes for a node"))
            .fix("use lower-case letters, digits and dashes: sudo hostnamectl set-hostname NAME");
    }
    Finding::pass(name.clone())
}
