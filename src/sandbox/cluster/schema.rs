//! The shape of every kind, as Kubernetes' own OpenAPI document says it: types, fields, and how lists merge.

use super::kinds::Kind;
use std::collections::BTreeMap;
use std::sync::LazyLock;

pub mod check;

const TEXT: &str = include_str!("../../../assets/sandbox/kubernetes.txt");

/// What a field holds.
#[derive(Clone, Debug, PartialEq)]
pub enum Sort {
    /// Text.
    Text,
    /// Base64 text.
    Bytes,
    /// True or false.
    Bool,
    /// A whole number of 32 bits.
    Int32,
    /// A whole number of 64 bits.
    Int64,
    /// A number.
    Double,
    /// Any object.
    Object,
    /// A quantity: text or a number.
    Quantity,
    /// A whole number or text.
    IntOrString,
    /// A time, to the second.
    Time,
    /// A time, to the microsecond.
    MicroTime,
    /// A list.
    List(Box<Sort>),
    /// A map from text.
    Map(Box<Sort>),
    /// An object of that type.
    Type(&'static str),
}

/// How the values of two writers become one.
#[derive(Clone, Debug, PartialEq)]
pub enum Merge {
    /// As its type says: objects by field, all else as one value.
    Plain,
    /// As one value, though it has parts.
    Atomic,
    /// A list as a set of values.
    Set,
    /// A list by the values of these keys.
    Map(Vec<&'static str>),
}

/// One field of a type.
#[derive(Clone, Debug, PartialEq)]
pub struct Field {
    /// Its name.
    pub name: &'static str,
    /// Whether it must be there.
    pub required: bool,
    /// Whether being empty is not the same as being absent.
    pub optional: bool,
    /// Its numbers in protocol buffers, from the outside in; zero alone if it has none.
    pub numbers: Vec<u32>,
    /// What it holds.
    pub sort: Sort,
    /// How it merges.
    pub merge: Merge,
    /// Strategy and key of a strategic merge patch; the key may be empty.
    pub patch: Option<(&'static str, &'static str)>,
}

/// Types by name, such as `apps.v1.Deployment`.
pub type Types = BTreeMap<&'static str, Vec<Field>>;

/// All types. Read at first use.
pub static TYPES: LazyLock<Types> = LazyLock::new(|| parse(TEXT));

fn parse(text: &'static str) -> Types {
    let mut types = Types::new();
    let mut last = "";
    for line in text.lines().filter(|line| !line.starts_with('#')) {
        match line.strip_prefix(' ') {
            None => {
                last = line;
                types.entry(line).or_default();
            }
            Some(rest) => types.entry(last).or_default().extend(field(rest)),
        }
    }
    types
}

fn field(line: &'static str) -> Option<Field> {
    let mut words = line.split(' ');
    let name = words.next()?;
    let numbers = words.next()?.split('.').map(|number| number.parse().unwrap_or(0)).collect();
    let sort = sort(words.next()?);
    let (mut merge, mut patch) = (Merge::Plain, None);
    for word in words {
        match word.split_once('=') {
            Some(("map", keys)) => merge = Merge::Map(keys.split(',').collect()),
            Some((_, how)) => patch = Some(how.split_once(':').unwrap_or((how, ""))),
            None if word == "set" => merge = Merge::Set,
            None => merge = Merge::Atomic,
        }
    }
    let plain = name.trim_end_matches(['!', '?']);
    let (required, optional) = (name.ends_with('!'), name.ends_with('?'));
    Some(Field { name: plain, required, optional, numbers, sort, merge, patch })
}

fn sort(text: &'static str) -> Sort {
    let inside = |open: char, close: char| text.strip_prefix(open).and_then(|rest| rest.strip_suffix(close));
    if let Some(item) = inside('[', ']') {
        return Sort::List(Box::new(sort(item)));
    }
    if let Some(item) = inside('{', '}') {
        return Sort::Map(Box::new(sort(item)));
    }
    match text {
        "string" => Sort::Text,
        "bytes" => Sort::Bytes,
        "bool" => Sort::Bool,
        "int32" => Sort::Int32,
        "int64" => Sort::Int64,
        "double" => Sort::Double,
        "object" => Sort::Object,
        "quantity" => Sort::Quantity,
        "int-or-string" => Sort::IntOrString,
        "time" => Sort::Time,
        "micro-time" => Sort::MicroTime,
        name => Sort::Type(name),
    }
}

/// The name of a kind's type.
pub fn type_of(group: &str, version: &str, kind: &str) -> String {
    let group = match group.split('.').next() {
        None | Some("") => "core",
        Some(first) => first,
    };
    format!("{group}.{version}.{kind}")
}

/// The fields of a kind.
pub fn fields_of(kind: &Kind) -> Option<&'static Vec<Field>> {
    TYPES.get(type_of(kind.group, kind.version, kind.name).as_str())
}

#[cfg(test)]
mod tests {
    use super::super::kinds;
    use super::*;

    fn named(sort: &Sort) -> Option<&'static str> {
        match sort {
            Sort::Type(name) => Some(name),
            Sort::List(item) | Sort::Map(item) => named(item),
            _ => None,
        }
    }

    #[test]
    fn every_kind_that_is_served_has_a_schema_without_loose_ends() {
        for kind in kinds::ALL {
            let fields = fields_of(kind).unwrap_or_else(|| panic!("{} has no schema", kind.name));
            assert!(fields.iter().any(|field| field.name == "metadata"), "{}", kind.name);
            let has_status = fields.iter().any(|field| field.name == "status");
            assert_eq!(has_status, kind.status, "{}", kind.name);
        }
        for (name, fields) in TYPES.iter() {
            for field in fields {
                assert!(named(&field.sort).is_none_or(|to| TYPES.contains_key(to)), "{name}.{}", field.name);
            }
        }
    }

    #[test]
    fn a_field_says_what_it_holds_and_how_it_merges() {
        let container = &TYPES["core.v1.Container"];
        let ports = container.iter().find(|field| field.name == "ports").expect("ports");
        assert_eq!(
            *ports,
            Field {
                name: "ports",
                required: false,
                optional: false,
                numbers: vec![6],
                sort: Sort::List(Box::new(Sort::Type("core.v1.ContainerPort"))),
                merge: Merge::Map(vec!["containerPort", "protocol"]),
                patch: Some(("merge", "containerPort")),
            }
        );
    }
}
