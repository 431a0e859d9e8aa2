//! The configuration in force: the last one that made sense.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::{Configuration, Defaults, Images, Remark};

/// The files of the `ConfigMap`, if it exists, and which version of it they are.
#[derive(Clone, Copy, Debug)]
pub struct Files<'a> {
    /// The `ConfigMap`'s `resourceVersion`; none where it does not exist.
    pub version: Option<&'a str>,
    /// Its files by name.
    pub files: Option<&'a BTreeMap<String, String>>,
}

/// The configuration in force, and what was said last that could not be taken up.
#[derive(Clone, Debug)]
pub struct InForce {
    images: Images,
    /// The version that was looked at last.
    version: Option<String>,
    /// Whether what is in force has a `pgo.yaml` of its own.
    own: bool,
    defaults: Arc<Defaults>,
    warnings: Vec<Remark>,
    refused: Vec<Remark>,
}

/// What became of a change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Change {
    /// It was known already, or says the same.
    None,
    /// It is in force.
    TakenUp,
    /// It cannot be used; what was in force stays.
    Refused,
}

impl InForce {
    /// Reads the configuration at start: there is nothing yet that could stay in force.
    pub fn start(given: Files<'_>, images: Images) -> Result<Self, Vec<Remark>> {
        let configuration = Configuration::read(given.files, &images)?;
        Ok(Self {
            images,
            version: given.version.map(str::to_owned),
            own: says_pgo_yaml(given),
            defaults: Arc::new(configuration.defaults),
            warnings: configuration.warnings,
            refused: Vec::new(),
        })
    }

    /// Whether this version has been looked at.
    pub fn knows(&self, version: Option<&str>) -> bool {
        self.version.as_deref() == version
    }

    /// Takes up a change, unless it makes no sense. That the `ConfigMap` or its `pgo.yaml` is gone or empty is no change
    /// to what is built in, which would replace the images of every cluster: it counts only at start.
    pub fn take_up(&mut self, given: Files<'_>) -> Change {
        if self.knows(given.version) {
            return Change::None;
        }
        self.version = given.version.map(str::to_owned);
        let own = says_pgo_yaml(given);
        let configuration = if given.files.is_none_or(BTreeMap::is_empty) || (self.own && !own) {
            Err(vec![gone()])
        } else {
            Configuration::read(given.files, &self.images)
        };
        match configuration {
            Ok(configuration) => {
                let stays = self.refused.is_empty()
                    && *self.defaults == configuration.defaults
                    && self.warnings == configuration.warnings;
                self.defaults = Arc::new(configuration.defaults);
                self.warnings = configuration.warnings;
                self.refused.clear();
                self.own = own;
                if stays { Change::None } else { Change::TakenUp }
            }
            Err(mistakes) => {
                self.refused = mistakes;
                Change::Refused
            }
        }
    }

    /// The values.
    pub fn defaults(&self) -> Arc<Defaults> {
        Arc::clone(&self.defaults)
    }

    /// What the writer of the configuration in force should know.
    pub fn warnings(&self) -> &[Remark] {
        &self.warnings
    }

    /// What is wrong with what the `ConfigMap` says now; empty if it is in force.
    pub fn refused(&self) -> &[Remark] {
        &self.refused
    }

    /// One sentence if what the `ConfigMap` says is not in force. It repeats no value: anybody may read it.
    pub fn trouble(&self) -> Option<String> {
        let count = self.refused.len();
        let mistakes = if count == 1 { "mistake" } else { "mistakes" };
        (count > 0).then(|| {
            format!(
                "ConfigMap {} has {count} {mistakes} and is not in force, the configuration before it is",
                super::CONFIG_MAP
            )
        })
    }
}

fn says_pgo_yaml(given: Files<'_>) -> bool {
    let text = given.files.and_then(|files| files.get(super::section::FILE));
    text.is_some_and(|text| !text.trim().is_empty())
}

fn gone() -> Remark {
    Remark {
        file: super::CONFIG_MAP.to_owned(),
        line: None,
        key: String::new(),
        sentence: "or its pgo.yaml is gone: restore it, or restart pgo to go on with what is built in"
            .to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::defaults::BUILT_IN;

    fn files(pgo_yaml: &str) -> BTreeMap<String, String> {
        [("pgo.yaml".to_owned(), pgo_yaml.to_owned())].into()
    }

    fn given<'a>(version: &'a str, files: &'a BTreeMap<String, String>) -> Files<'a> {
        Files {
            version: Some(version),
            files: Some(files),
        }
    }

    fn user(user: &str) -> BTreeMap<String, String> {
        files(&BUILT_IN.replace("User: testuser", &format!("User: {user}")))
    }

    #[test]
    fn a_change_is_taken_up_and_one_that_makes_no_sense_leaves_the_last_good_one() {
        let absent = Files {
            version: None,
            files: None,
        };
        let mut in_force = InForce::start(given("1", &user("app")), Images::default()).unwrap();
        assert_eq!(
            in_force.take_up(given("1", &user("other"))),
            Change::None,
            "the version is known"
        );
        assert_eq!(
            in_force.take_up(given("2", &user("app"))),
            Change::None,
            "it says the same"
        );
        assert_eq!(in_force.take_up(given("3", &user("rhino"))), Change::TakenUp);
        assert_eq!(in_force.defaults().cluster.user, "rhino");
        assert_eq!(in_force.trouble(), None);

        assert_eq!(in_force.take_up(given("4", &user("Not A User"))), Change::Refused);
        assert_eq!(in_force.defaults().cluster.user, "rhino");
        assert_eq!(in_force.refused()[0].key, "Cluster.User");
        let trouble = in_force.trouble().unwrap();
        assert!(
            trouble.contains("1 mistake and") && !trouble.contains("Not A User"),
            "{trouble}"
        );

        assert_eq!(
            in_force.take_up(given("5", &user("rhino"))),
            Change::TakenUp,
            "what was said is in force again"
        );
        assert_eq!(in_force.trouble(), None);
        assert_eq!(in_force.take_up(absent), Change::Refused);
        assert_eq!(in_force.take_up(given("6", &BTreeMap::new())), Change::Refused);
        assert_eq!(in_force.take_up(given("7", &files(" \n"))), Change::Refused);
        assert_eq!(in_force.defaults().cluster.user, "rhino");
    }

    #[test]
    fn one_that_makes_no_sense_is_no_start() {
        let mistakes = InForce::start(given("1", &user("Not A User")), Images::default()).unwrap_err();
        assert_eq!(mistakes.len(), 1);
    }

    #[test]
    fn warnings_change_with_the_configuration() {
        let mut in_force = InForce::start(given("1", &user("app")), Images::default()).unwrap();
        assert_eq!(in_force.warnings(), []);
        let mut more = user("app");
        more.insert("pvc.json".to_owned(), "{}".to_owned());
        assert_eq!(in_force.take_up(given("2", &more)), Change::TakenUp);
        assert_eq!(in_force.warnings()[0].file, "pvc.json");
    }
}
