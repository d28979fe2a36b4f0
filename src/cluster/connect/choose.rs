//! Which context of a kubeconfig is meant.

use crate::error::Fault;
use crate::foreign::Text;

/// The contexts of a kubeconfig.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Contexts {
    /// Their names, in the order of the file.
    pub names: Vec<String>,
    /// The one that the file says is current.
    pub current: Option<String>,
}

impl Contexts {
    fn shown(&self) -> Vec<Text> {
        self.names.iter().map(|name| Text::new(name)).collect()
    }

    fn has(&self, name: &str) -> bool {
        self.names.iter().any(|known| known == name)
    }
}

/// The context to use: the one asked for; else the only one; else, where a person watches, the current one.
/// Nobody watching and several contexts is a fault, because "current" is then an accident of the last kubectl.
pub fn choose(contexts: &Contexts, wanted: Option<&str>, unattended: bool) -> Result<String, Fault> {
    if let Some(wanted) = wanted {
        return if contexts.has(wanted) {
            Ok(wanted.to_owned())
        } else {
            Err(Fault::BadInput { what: Text::new(&format!("--context {wanted}")), why: no_such(contexts) })
        };
    }
    if let [only] = contexts.names.as_slice() {
        return Ok(only.clone());
    }
    match &contexts.current {
        Some(current) if !unattended && contexts.has(current) => Ok(current.clone()),
        _ => Err(Fault::SeveralContexts { contexts: contexts.shown() }),
    }
}

fn no_such(contexts: &Contexts) -> Text {
    let names = contexts.shown();
    let names: Vec<&str> = names.iter().map(Text::as_str).collect();
    Text::new(&format!("the kubeconfig has no such context; it has {}", names.join(", ")))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn contexts(names: &[&str], current: Option<&str>) -> Contexts {
        Contexts {
            names: names.iter().map(|&name| name.to_owned()).collect(),
            current: current.map(str::to_owned),
        }
    }

    #[test]
    fn who_chooses_the_context() {
        let (one, two) = (contexts(&["a"], None), contexts(&["a", "b"], Some("b")));
        let lost = contexts(&["a", "b"], Some("c"));
        for (contexts, wanted, unattended, chosen) in [
            (&one, None, true, Some("a")),
            (&one, None, false, Some("a")),
            (&two, None, false, Some("b")),
            (&two, None, true, None),
            (&two, Some("a"), true, Some("a")),
            (&two, Some("a"), false, Some("a")),
            (&lost, None, false, None),
        ] {
            let got = choose(contexts, wanted, unattended);
            let expected = chosen
                .map(str::to_owned)
                .ok_or(Fault::SeveralContexts { contexts: vec![Text::new("a"), Text::new("b")] });
            assert_eq!(got, expected, "{contexts:?} {wanted:?} {unattended}");
        }
    }

    #[test]
    fn a_wrong_name_tells_the_right_ones() {
        let two = contexts(&["a", "b"], None);
        assert_eq!(
            choose(&two, Some("x"), true),
            Err(Fault::BadInput {
                what: "--context x".into(),
                why: "the kubeconfig has no such context; it has a, b".into()
            })
        );
    }
}
