//! Everything that is wrong with a request, asked at once.

use std::ops::RangeInclusive;
use std::sync::Arc;

use pgo_api::ALL_CLUSTERS;
use pgo_crd::Pgcluster;
use pgo_plan::complaint::Complaint;
use pgo_plan::labels::is_label_value;
use pgo_plan::valid::NodeLabel;

use super::{App, surroundings, wrong};
use crate::refusal::Refusal;
use crate::selector;

/// Collects what is wrong. Complaints name the flags of the command line, because that is what the caller has typed.
pub(crate) struct Questions<'a> {
    app: &'a App,
    namespace: &'a str,
    complaints: Vec<Complaint>,
}

impl<'a> Questions<'a> {
    /// About a request in a namespace.
    pub(crate) fn new(app: &'a App, namespace: &'a str) -> Self {
        Self {
            app,
            namespace,
            complaints: Vec::new(),
        }
    }

    /// Takes what a check says.
    pub(crate) fn about<T>(&mut self, flag: &str, verdict: Result<T, String>) -> Option<T> {
        verdict
            .map_err(|sentence| self.complaints.push(Complaint::new(flag, sentence)))
            .ok()
    }

    /// A text that must be there.
    pub(crate) fn needed(&mut self, flag: &str, text: &str) {
        if text.is_empty() {
            self.about::<()>(flag, Err("is needed".to_owned()));
        }
    }

    /// A text that may be left out.
    pub(crate) fn unless_empty<T>(
        &mut self,
        flag: &str,
        text: &str,
        check: impl FnOnce(&str) -> Result<T, String>,
    ) {
        if !text.is_empty() {
            self.about(flag, check(text));
        }
    }

    /// One of some words; nothing means that the server chooses.
    pub(crate) fn one_of(&mut self, flag: &str, text: &str, words: &[&str]) {
        if !text.is_empty() && !words.contains(&text) {
            self.about::<()>(
                flag,
                Err(format!("{text:?} is not known: give {}", words.join(" or "))),
            );
        }
    }

    /// A number within bounds.
    pub(crate) fn number(&mut self, flag: &str, number: i64, bounds: RangeInclusive<i64>) {
        if !bounds.contains(&number) {
            let (least, most) = (bounds.start(), bounds.end());
            self.about::<()>(
                flag,
                Err(format!(
                    "{number} is not allowed: give a number from {least} to {most}"
                )),
            );
        }
    }

    /// A number written as text, within bounds.
    pub(crate) fn number_in_text(&mut self, flag: &str, text: &str, bounds: RangeInclusive<i64>) {
        match text.parse() {
            Ok(number) => self.number(flag, number, bounds),
            Err(_) => {
                self.about::<()>(flag, Err(format!("{text:?} is no number")));
            }
        }
    }

    /// A label of the nodes that something prefers.
    pub(crate) fn node_label(&mut self, text: &str) {
        if text.is_empty() || self.about("--node-label", NodeLabel::parse(text)).is_none() {
            return;
        }
        if !surroundings::node_labels(&self.app.office).contains(text) {
            self.about::<()>(
                "--node-label",
                Err(format!("no node carries the label {text:?}: label a node first")),
            );
        }
    }

    /// The name of a storage configuration.
    pub(crate) fn storage_config(&mut self, name: &str) {
        let defaults = self.app.defaults();
        if !name.is_empty() && defaults.storage(name).is_none() {
            let known = defaults.storage.keys().cloned().collect::<Vec<_>>().join(", ");
            self.about::<()>(
                "--storage-config",
                Err(format!("{name:?} was not found: give one of {known}")),
            );
        }
    }

    /// A cluster that must exist.
    pub(crate) fn cluster(&mut self, name: &str) -> Option<Arc<Pgcluster>> {
        if name.is_empty() {
            self.about::<()>("name", Err("the name of a cluster is needed".to_owned()));
            return None;
        }
        let found = self.app.cluster(self.namespace, name);
        self.about("name", found.map_err(|refusal| refusal.to_string()))
    }

    /// Clusters by name, or by a selector, which decides alone.
    pub(crate) fn clusters(&mut self, names: &[String], selector: &str) {
        if selector.is_empty() {
            self.clusters_and_selected(names, selector);
        } else {
            self.unless_selected(selector);
        }
    }

    /// Clusters by name and by selector.
    pub(crate) fn clusters_and_selected(&mut self, names: &[String], selector: &str) {
        if names.is_empty() && selector.is_empty() {
            let sentence = "which clusters? Name them, or give --selector".to_owned();
            self.about::<()>("name", Err(sentence));
        }
        self.unless_selected(selector);
        for name in names {
            self.cluster(name);
        }
    }

    /// Every cluster, or as [`Self::clusters`].
    pub(crate) fn all_or_clusters(&mut self, all: bool, names: &[String], selector: &str) {
        if !all {
            self.clusters(names, selector);
        }
    }

    /// One cluster by name, or several by a selector, which decides alone, or [`ALL_CLUSTERS`]. One that is not there
    /// has nothing to show: scripts for 4.2 get an empty answer, not an error.
    pub(crate) fn found_or_all(&mut self, name: &str, selector: &str) {
        if selector.is_empty() && name != ALL_CLUSTERS {
            self.found(name);
        }
        self.unless_selected(selector);
    }

    /// One cluster by name, which wins over a selector; it need not be there, as in [`Self::found_or_all`].
    pub(crate) fn found_or_selected(&mut self, name: &str, selector: &str) {
        if name.is_empty() && !selector.is_empty() {
            self.unless_selected(selector);
        } else {
            self.found(name);
        }
    }

    /// One cluster by name, which wins over a selector.
    pub(crate) fn cluster_or_selected(&mut self, name: &str, selector: &str) {
        if name.is_empty() && !selector.is_empty() {
            self.unless_selected(selector);
        } else {
            self.cluster(name);
        }
    }

    /// A cluster that may or may not be there.
    fn found(&mut self, name: &str) {
        let sentence = match name {
            "" => "the name of a cluster is needed".to_owned(),
            name if is_label_value(name) => return,
            name => format!("{name:?} is no name of a cluster"),
        };
        self.about::<()>("name", Err(sentence));
    }

    /// A label selector that may be left out.
    pub(crate) fn unless_selected(&mut self, text: &str) {
        let read = |text: &str| selector::parse(text).map_err(|refusal| refusal.to_string());
        self.unless_empty("--selector", text, read);
    }

    /// A policy that must exist.
    pub(crate) fn policy(&mut self, flag: &str, name: &str) {
        let known = self.app.kube.caches.policies.get(self.namespace, name).is_some();
        if !known {
            self.about::<()>(
                flag,
                Err(format!(
                    "policy {name:?} not found in namespace {:?}",
                    self.namespace
                )),
            );
        }
    }

    /// A volume claim that must exist.
    pub(crate) fn claim(&mut self, flag: &str, name: &str) {
        let known = self.app.kube.caches.claims.get(self.namespace, name).is_some();
        if !known {
            self.about::<()>(
                flag,
                Err(format!(
                    "there is no volume claim {name:?} in namespace {:?}",
                    self.namespace
                )),
            );
        }
    }

    /// Everything that is wrong, or nothing.
    pub(crate) fn answer(self) -> Result<(), Refusal> {
        if self.complaints.is_empty() {
            Ok(())
        } else {
            Err(wrong(&self.complaints))
        }
    }
}
