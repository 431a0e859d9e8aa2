//! Which volume a pod gets, understood.

use k8s_openapi::apimachinery::pkg::api::resource::Quantity;
use pgo_crd::StorageSpec;
use serde::Serialize;

use crate::labels::{is_label_key, is_label_value};
use crate::quantity;

/// A volume and who may read it.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Storage {
    /// Where the volume comes from.
    pub source: Source,
    /// Group that owns its files.
    pub fs_group: Option<i64>,
    /// Further groups of the pod.
    pub supplemental_groups: Vec<i64>,
}

/// Where a volume comes from.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub enum Source {
    /// A claim of our making, or one of that name that was kept.
    Claim {
        /// Requested size.
        size: Quantity,
        /// Access mode.
        access_mode: String,
        /// `StorageClass`; none means the default one.
        class: Option<String>,
        /// Label of the persistent volumes that may be bound.
        selector: Option<(String, String)>,
    },
    /// A claim that someone else made.
    Existing(String),
    /// A directory that lives as long as its pod.
    Ephemeral,
}

/// What is wrong with a storage specification.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wrong {
    /// The field, as the specification calls it.
    pub field: &'static str,
    /// One sentence that says what to change.
    pub sentence: String,
}

impl Wrong {
    fn new(field: &'static str, sentence: impl Into<String>) -> Self {
        let sentence = sentence.into();
        Self { field, sentence }
    }
}

/// Understands a storage specification, or says everything that is wrong with it.
pub fn validate(spec: &StorageSpec) -> Result<Storage, Vec<Wrong>> {
    let mut wrong = Vec::new();
    let source = match spec.storagetype.as_str() {
        "existing" if spec.name.is_empty() => {
            let sentence = "storage type existing needs the name of a claim: set name";
            wrong.push(Wrong::new("storagetype", sentence));
            Source::Ephemeral
        }
        "existing" => Source::Existing(spec.name.clone()),
        "emptydir" => Source::Ephemeral,
        "create" | "dynamic" | "" => claim(spec, &mut wrong),
        other => {
            let sentence =
                format!("storage type \"{other}\" is not known: give dynamic, create, existing or emptydir");
            wrong.push(Wrong::new("storagetype", sentence));
            // Whichever was meant, what else is said can be wrong too; a size need not be said.
            let size = if spec.size.is_empty() { "1Gi" } else { &spec.size }.to_owned();
            claim(&StorageSpec { size, ..spec.clone() }, &mut wrong)
        }
    };
    if !spec.fsgroup.is_empty() && !spec.supplementalgroups.is_empty() {
        let sentence = "fsgroup and supplementalgroups exclude each other: give one of them";
        wrong.push(Wrong::new("fsgroup", sentence));
    }
    let fs_group = (!spec.fsgroup.is_empty()).then(|| group(&spec.fsgroup, "fsgroup", &mut wrong));
    let groups = spec
        .supplementalgroups
        .split(',')
        .map(str::trim)
        .filter(|text| !text.is_empty());
    let supplemental_groups = groups
        .map(|text| group(text, "supplementalgroups", &mut wrong))
        .collect();
    if wrong.is_empty() {
        Ok(Storage {
            source,
            fs_group,
            supplemental_groups,
        })
    } else {
        Err(wrong)
    }
}

/// What a specification means, in a few words: two that mean the same read the same.
pub(super) fn described(spec: &StorageSpec) -> String {
    let or = |text: &str, default: &str| if text.is_empty() { default } else { text }.to_owned();
    let given = |what: &str, text: &str| (!text.is_empty()).then(|| format!("{what} {text}"));
    let kind = or(&spec.storagetype, "dynamic");
    let source = match kind.as_str() {
        "emptydir" => vec![],
        "existing" => vec![Some(spec.name.clone())],
        _ => vec![
            Some(quantity::canonical(&spec.size).map_or_else(|| spec.size.clone(), |size| size.0)),
            Some(or(&spec.accessmode, "ReadWriteOnce")),
            given("class", &spec.storageclass),
            given("label", &spec.match_labels),
        ],
    };
    let groups = [
        given("fsgroup", &spec.fsgroup),
        given("supplementalgroups", &spec.supplementalgroups),
    ];
    let parts: Vec<_> = source.into_iter().chain(groups).flatten().collect();
    [kind].into_iter().chain(parts).collect::<Vec<_>>().join(" ")
}

fn claim(spec: &StorageSpec, wrong: &mut Vec<Wrong>) -> Source {
    let size = quantity::canonical(&spec.size)
        .filter(|size| size.0 != "0")
        .unwrap_or_else(|| {
            let sentence = format!(
                "size \"{}\" is not the size of a volume: write for example 1Gi",
                spec.size
            );
            wrong.push(Wrong::new("size", sentence));
            Quantity::default()
        });
    let access_mode = match spec.accessmode.as_str() {
        "" => "ReadWriteOnce",
        known @ ("ReadWriteOnce" | "ReadWriteMany" | "ReadOnlyMany") => known,
        other => {
            let sentence = format!(
                "access mode \"{other}\" is not known: give ReadWriteOnce, ReadWriteMany or ReadOnlyMany"
            );
            wrong.push(Wrong::new("accessmode", sentence));
            other
        }
    };
    let selector = match spec.match_labels.split_once('=') {
        None if spec.match_labels.is_empty() => None,
        Some((key, value)) if is_label_key(key.trim()) && is_label_value(value.trim()) => {
            let pair = (key.trim().to_owned(), value.trim().to_owned());
            (spec.storagetype == "create").then_some(pair)
        }
        _ => {
            let sentence = format!(
                "matchLabels \"{}\" is not a label: write one key=value",
                spec.match_labels
            );
            wrong.push(Wrong::new("matchLabels", sentence));
            None
        }
    };
    Source::Claim {
        size,
        access_mode: access_mode.to_owned(),
        class: (!spec.storageclass.is_empty()).then(|| spec.storageclass.clone()),
        selector,
    }
}

fn group(text: &str, field: &'static str, wrong: &mut Vec<Wrong>) -> i64 {
    text.parse::<u32>().map_or_else(
        |_| {
            let sentence = format!("{field} \"{text}\" is not the number of a group");
            wrong.push(Wrong::new(field, sentence));
            0
        },
        i64::from,
    )
}
