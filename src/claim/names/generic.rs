//! Host names that say nothing about the machine.

/// Words that name a distribution, a board, a role or a cloud's habit, not a machine.
const WORDS: &[&str] = &[
    "alma",
    "almalinux",
    "alpine",
    "amazon",
    "amazonlinux",
    "amd64",
    "arch",
    "archlinux",
    "arm64",
    "armbian",
    "azure",
    "box",
    "centos",
    "cloud",
    "cluster",
    "compute",
    "computer",
    "container",
    "coreos",
    "debian",
    "default",
    "desktop",
    "dietpi",
    "docker",
    "droplet",
    "ec2",
    "edge",
    "fedora",
    "flatcar",
    "gentoo",
    "home",
    "host",
    "instance",
    "internal",
    "jetson",
    "k3s",
    "k8s",
    "kali",
    "kubernetes",
    "laptop",
    "linux",
    "linuxmint",
    "live",
    "local",
    "localdomain",
    "localhost",
    "lts",
    "machine",
    "manjaro",
    "master",
    "minikube",
    "mint",
    "nixos",
    "node",
    "none",
    "opensuse",
    "orangepi",
    "pc",
    "raspberry",
    "raspberrypi",
    "raspbian",
    "redhat",
    "rhel",
    "rocky",
    "rockylinux",
    "root",
    "server",
    "sles",
    "stream",
    "suse",
    "talos",
    "template",
    "test",
    "ubuntu",
    "unknown",
    "vagrant",
    "virtualbox",
    "vm",
    "vmware",
    "vps",
    "worker",
    "workstation",
];

/// Whether a host name says nothing about the machine: `localhost`, a bare distribution (`ubuntu`,
/// `debian-12`, `raspberrypi4`), or what a cloud or an installer makes up (`ip-10-0-0-7`, `i-0abc12de`,
/// `DESKTOP-A1B2C3D`, a container's id).
pub fn is_generic(host: &str) -> bool {
    let host = host.to_ascii_lowercase();
    let parts: Vec<&str> = host.split(['-', '_', '.', ' ']).filter(|part| !part.is_empty()).collect();
    match parts.as_slice() {
        [] => true,
        [one] if hex(one, 12) => true,
        ["ip" | "ec2", number, ..] if number.bytes().all(|b| b.is_ascii_digit()) => true,
        ["i" | "vm" | "vps" | "instance", id, ..] if hex(id, 6) => true,
        ["desktop" | "laptop" | "win", id] if made_up(id) => true,
        parts => parts.iter().any(|part| size(part)) || parts.iter().all(|part| empty_word(part)),
    }
}

/// A known word with or without a number, or a number alone.
fn empty_word(part: &str) -> bool {
    let word = part.trim_end_matches(|c: char| c.is_ascii_digit());
    word.is_empty() || WORDS.contains(&word) || WORDS.contains(&part)
}

/// A machine size as clouds put it into names, for example `2vcpu`.
fn size(part: &str) -> bool {
    part.strip_suffix("vcpu").is_some_and(|n| !n.is_empty() && n.bytes().all(|b| b.is_ascii_digit()))
}

/// Hexadecimal digits of at least that many, with a decimal digit among them ("facade" is a word).
fn hex(part: &str, least: usize) -> bool {
    part.len() >= least
        && part.bytes().all(|b| b.is_ascii_hexdigit())
        && part.bytes().any(|b| b.is_ascii_digit())
}

/// The seven characters and more that Windows makes up.
fn made_up(part: &str) -> bool {
    (7..=11).contains(&part.len()) && part.bytes().any(|b| b.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_an_installer_or_a_cloud_makes_up_is_generic() {
        for host in [
            "",
            "localhost",
            "localhost-live",
            "ubuntu",
            "Ubuntu-22-04",
            "ubuntu-server",
            "debian12",
            "raspberrypi",
            "raspberrypi4",
            "ip-10-0-0-7",
            "ip-172-31-5-9",
            "ec2-3-120-1-7",
            "i-0abc12de34f",
            "instance-1",
            "instance-20260101-101010",
            "vm-1",
            "vps123456",
            "ubuntu-s-1vcpu-2gb-fra1-01",
            "DESKTOP-A1B2C3D",
            "1f2e3d4c5b6a",
            "192",
            "node-1",
            "rocky9",
        ] {
            assert!(is_generic(host), "{host}");
        }
    }

    #[test]
    fn what_somebody_chose_is_not() {
        for host in
            ["gpu-box-01", "munich-radiology", "lab-a", "ubuntu-lab", "facade", "ip-camera", "desktop-anna"]
        {
            assert!(!is_generic(host), "{host}");
        }
    }
}
