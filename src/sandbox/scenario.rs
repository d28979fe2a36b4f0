//! What a sandbox is made of and what goes wrong in it: by name, or as a file says.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use serde::Deserialize;

mod file;

/// The most clients that an account is given.
pub const MOST_CLIENTS: u32 = 20_000;
/// The clients of the account in `many-clients`.
const MANY: u32 = 1_000;
/// The largest scenario file, in bytes.
const LARGEST: u64 = 64 * 1024;

use super::cluster::EVERYWHERE;
use super::pychron::trouble::{self, Trouble};

/// A named fault script. More than one part may be set.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Scenario {
    /// How the sign-in goes.
    pub sign_in: SignIn,
    /// How the jobs manager's rollout goes.
    pub rollout: Rollout,
    /// What goes wrong at the stand-in of pychronAPI.
    pub trouble: Trouble,
    /// How many clients the account has, if more than the few that it always has.
    pub clients: u32,
    /// What the cluster is made of.
    pub shape: Shape,
    /// What the cluster's user may not do: verbs on resources, as [`super::cluster::ClusterOptions`] has them.
    pub forbid: Vec<(String, String)>,
}

/// What a cluster is made of.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Shape {
    /// Its nodes; one of the usual size if there are none here.
    pub nodes: Vec<Node>,
    /// The quota that every namespace is given.
    pub quota: BTreeMap<String, String>,
    /// What each container gets and may ask for.
    pub limits: Limits,
}

/// A node.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Node {
    /// Its name; one is made up if it is empty.
    pub name: String,
    /// Its processors.
    pub cpu: String,
    /// Its memory.
    pub memory: String,
    /// How many pods it takes.
    pub pods: u16,
    /// Labels beside those that every node has.
    pub labels: BTreeMap<String, String>,
    /// What keeps pods off: `KEY=VALUE:NoSchedule`.
    pub taints: Vec<String>,
    /// Whether it takes no new pods.
    pub unschedulable: bool,
}

impl Default for Node {
    fn default() -> Self {
        Self {
            name: String::new(),
            cpu: "8".to_owned(),
            memory: "32Gi".to_owned(),
            pods: 110,
            labels: BTreeMap::new(),
            taints: Vec::new(),
            unschedulable: false,
        }
    }
}

/// The bounds of each container, by resource.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Limits {
    /// What one may use that does not say.
    pub default: BTreeMap<String, String>,
    /// What one asks for that does not say.
    pub default_request: BTreeMap<String, String>,
    /// The most that one may use.
    pub max: BTreeMap<String, String>,
    /// The least that one may ask for.
    pub min: BTreeMap<String, String>,
}

/// How the simulated sign-in goes, apart from what the person on the activation page does.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum SignIn {
    /// As the person decides.
    #[default]
    Normal,
    /// The request is declined by itself shortly after the code was handed out.
    Denied,
    /// The device code lives only a few seconds and nobody approves it.
    Expires,
    /// The first polls are answered with `slow_down`.
    SlowDown,
    /// After the approval the page shows six digits, which must be typed on the machine.
    ReverseCode,
}

/// How the simulated rollout goes. The fault hits the jobs manager; the other workloads are well.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Rollout {
    /// All is well.
    #[default]
    Normal,
    /// The image does not exist: ErrImagePull, ImagePullBackOff.
    ImagePullFails,
    /// The container exits with code 1 again and again.
    CrashLoop,
    /// It asks for more than any node has.
    Unschedulable,
    /// The image takes 20 s to pull, then all is well.
    SlowPull,
}

/// Every name that `--scenario` takes, with a word on what it does.
pub const NAMES: &[(&str, &str)] = &[
    ("image-pull-fails", "the jobs manager's image does not exist"),
    ("crash-loop", "the jobs manager exits with code 1 again and again"),
    ("unschedulable", "the jobs manager asks for more than any node has"),
    ("slow-pull", "an image takes 20 s to pull, then all is well"),
    ("denied", "the sign-in is declined"),
    ("expires", "the code runs out before anybody approves"),
    ("slow-down", "the server asks to be polled less often"),
    ("reverse-code", "the page shows six digits, to be typed on the machine"),
    ("many-clients", "the account has 1,000 clients"),
    ("quota-full", "the namespace may hold two pods only"),
    ("small-node", "the node has room for very little"),
    ("no-cluster-lists", "what is in all namespaces may not be listed at once, only one by one"),
];

/// The names that the stand-in of pychronAPI takes, with a word on what each does.
pub fn pychron_names() -> impl Iterator<Item = (&'static str, &'static str)> {
    trouble::NAMES.iter().map(|(name, _, does)| (*name, *does))
}

impl Scenario {
    /// The scenario of that name, if there is one.
    pub fn named(name: &str) -> Option<Self> {
        let mut scenario = Self::default();
        match name {
            "image-pull-fails" => scenario.rollout = Rollout::ImagePullFails,
            "crash-loop" => scenario.rollout = Rollout::CrashLoop,
            "unschedulable" => scenario.rollout = Rollout::Unschedulable,
            "slow-pull" => scenario.rollout = Rollout::SlowPull,
            "denied" => scenario.sign_in = SignIn::Denied,
            "expires" => scenario.sign_in = SignIn::Expires,
            "slow-down" => scenario.sign_in = SignIn::SlowDown,
            "reverse-code" => scenario.sign_in = SignIn::ReverseCode,
            "many-clients" => scenario.clients = MANY,
            "quota-full" => {
                scenario.shape.quota.insert("pods".to_owned(), "2".to_owned());
            }
            "small-node" => {
                let node = Node { cpu: "100m".to_owned(), memory: "64Mi".to_owned(), ..Node::default() };
                scenario.shape.nodes.push(node);
            }
            "no-cluster-lists" => {
                scenario.forbid.push(("list".to_owned(), format!("*{EVERYWHERE}")));
            }
            _ => scenario.trouble = Trouble::named(name)?,
        }
        // Some names mean the same at both control planes.
        scenario.trouble = Trouble::named(name).unwrap_or_default();
        Some(scenario)
    }

    /// The scenario of that name, or in that file. Says in one sentence what is wrong.
    pub fn given(given: &str) -> Result<Self, String> {
        if let Some(scenario) = Self::named(given) {
            return Ok(scenario);
        }
        let names: Vec<&str> = NAMES.iter().map(|(name, _)| *name).collect();
        let is_path = given.contains(['/', '.']);
        let wrong = |why: String| format!("the file {given} cannot be used: {why}");
        match fs::metadata(Path::new(given)) {
            Ok(about) if about.len() > LARGEST => Err(wrong(format!("it is larger than {LARGEST} bytes"))),
            Ok(_) => {
                let text = fs::read_to_string(given).map_err(|error| wrong(error.to_string()))?;
                file::parse(&text).map_err(wrong)
            }
            Err(error) if is_path => Err(wrong(error.to_string())),
            Err(_) => {
                let pychron: Vec<&str> = pychron_names().map(|(name, _)| name).collect();
                Err(format!(
                    "no scenario and no file has that name; the scenarios are: {}; with --backend pychron: {}",
                    names.join(", "),
                    pychron.join(", ")
                ))
            }
        }
    }

    /// This scenario with what another one sets.
    fn and(mut self, other: Self) -> Self {
        if other.sign_in != SignIn::default() {
            self.sign_in = other.sign_in;
        }
        if other.rollout != Rollout::default() {
            self.rollout = other.rollout;
        }
        if other.trouble != Trouble::default() {
            self.trouble = other.trouble;
        }
        self.clients = self.clients.max(other.clients);
        self.shape.nodes.extend(other.shape.nodes);
        self.shape.quota.extend(other.shape.quota);
        self.forbid.extend(other.forbid);
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_listed_name_is_a_scenario_of_its_own() {
        let all: Vec<_> = NAMES.iter().map(|(name, _)| Scenario::named(name).expect(name)).collect();
        for (i, one) in all.iter().enumerate() {
            assert_ne!(*one, Scenario::default());
            assert!(!all[..i].contains(one));
        }
        assert_eq!(Scenario::named("nonsense"), None);
    }

    #[test]
    fn a_file_says_what_the_sandbox_is_made_of() {
        let text = "like = ['slow-pull', 'slow-down']\nclients = 40\nforbid = ['list secrets', 'list * in all namespaces']\n[[node]]\ncpu = '2'\n[[node]]\nname = 'gpu-1'\n\
                    taints = ['gpu=yes:NoSchedule']\n[quota]\npods = 5\n[limits.max]\nmemory = '1Gi'\n";
        let named = Node {
            name: "gpu-1".to_owned(),
            taints: vec!["gpu=yes:NoSchedule".to_owned()],
            ..Node::default()
        };
        let one = |key: &str, value: &str| BTreeMap::from([(key.to_owned(), value.to_owned())]);
        let expected = Scenario {
            sign_in: SignIn::SlowDown,
            rollout: Rollout::SlowPull,
            clients: 40,
            shape: Shape {
                nodes: vec![Node { cpu: "2".to_owned(), ..Node::default() }, named],
                quota: one("pods", "5"),
                limits: Limits { max: one("memory", "1Gi"), ..Limits::default() },
            },
            trouble: Trouble::None,
            forbid: [("list", "secrets"), ("list", "* in all namespaces")]
                .map(|(verb, resource)| (verb.to_owned(), resource.to_owned()))
                .to_vec(),
        };
        assert_eq!(file::parse(text), Ok(expected));
        assert_eq!(file::parse(""), Ok(Scenario::default()));
    }

    #[test]
    fn a_file_that_cannot_be_used_says_why() {
        for (text, why) in [
            ("clients = 1\nclient = 2", "line 2: unknown field `client`"),
            ("like = ['nothing']", "like = \"nothing\" names no scenario"),
            ("clients = 1000000", "more than a sandbox holds"),
            ("[[node]]\ncpu = 'many'", "node.cpu = \"many\" is no amount"),
            ("[quota]\npods = 'x'", "quota.pods = \"x\" is no amount"),
            ("[[node]]\ntaints = ['gpu']", "not of the form KEY=VALUE:NoSchedule"),
            ("forbid = ['list']", "not of the form VERB RESOURCE"),
            ("forbid = ['list pods in lab']", "not of the form VERB RESOURCE"),
            ("[[node]]\nname = 'a'\n[[node]]\nname = 'a'", "two nodes are named \"a\""),
        ] {
            let said = file::parse(text).expect_err(text);
            assert!(said.contains(why), "{text:?} says {said:?}");
        }
        let said = Scenario::given("nonsense").expect_err("no such name");
        assert!(
            said.starts_with("no scenario and no file has that name; the scenarios are: image-pull-fails")
        );
        assert!(Scenario::given("/nonexistent/s.toml").expect_err("no such file").contains("cannot be used"));
    }
}
