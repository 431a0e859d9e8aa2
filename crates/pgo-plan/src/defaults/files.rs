//! The ConfigMap `pgo-config`: several files, each of which can be given alone.

use std::collections::BTreeMap;
use std::path::Path;

use super::images::Images;
use super::remark::Remark;
use super::{Defaults, postgres_ha, read, section};

/// Name of the `ConfigMap`, in the operator's namespace.
pub const CONFIG_MAP: &str = "pgo-config";

/// Files of version 4.2 that say how to fill in a pooler; taken up with the pooler.
const POOLER: [&str; 3] = ["pgbouncer.ini", "users.txt", "pgbouncer_hba.conf"];

/// What the configuration comes to.
#[derive(Clone, Debug, PartialEq)]
pub struct Configuration {
    /// The values.
    pub defaults: Defaults,
    /// What its writer should know; nothing of it keeps anything from working.
    pub warnings: Vec<Remark>,
}

impl Configuration {
    /// Reads the files of the `ConfigMap`, or says everything that is wrong with them. A file that is missing or
    /// empty, like a `ConfigMap` that does not exist, says what is built in.
    pub fn read(files: Option<&BTreeMap<String, String>>, images: &Images) -> Result<Self, Vec<Remark>> {
        let file = |name: &str| {
            files
                .and_then(|files| files.get(name))
                .filter(|text| !text.trim().is_empty())
        };
        let own = file(section::FILE)
            .map_or_else(|| Ok((Defaults::built_in(), Vec::new())), |text| read::read(text));
        let postgres_ha =
            file(postgres_ha::FILE).map_or_else(|| Ok(Default::default()), |text| postgres_ha::read(text));
        let ((mut defaults, mut warnings), (custom, further)) = match (own, postgres_ha) {
            (Ok(own), Ok(postgres_ha)) => (own, postgres_ha),
            (own, postgres_ha) => {
                let mut mistakes = own.err().unwrap_or_default();
                mistakes.extend(postgres_ha.err().unwrap_or_default());
                return Err(mistakes);
            }
        };
        defaults.postgres_ha = custom;
        warnings.extend(further);
        warnings.extend(
            files
                .into_iter()
                .flat_map(BTreeMap::keys)
                .filter_map(|name| superfluous(name)),
        );
        Ok(Self {
            defaults: images.over(defaults),
            warnings,
        })
    }
}

fn superfluous(name: &str) -> Option<Remark> {
    let sentence = match name {
        section::FILE | postgres_ha::FILE => return None,
        name if POOLER.contains(&name) => "is not used: pgo writes the configuration of a pooler itself",
        name if Path::new(name).extension().is_some_and(|it| it == "json") => {
            "means nothing any more and is ignored: objects are made in code, not from templates"
        }
        _ => "is not known and is ignored",
    };
    Some(Remark {
        file: name.to_owned(),
        line: None,
        key: String::new(),
        sentence: sentence.to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(files: &[(&str, &str)]) -> Result<Configuration, Vec<Remark>> {
        let files = files
            .iter()
            .map(|(name, text)| ((*name).to_owned(), (*text).to_owned()))
            .collect();
        Configuration::read(Some(&files), &Images::default())
    }

    #[test]
    fn without_a_config_map_and_with_an_empty_one_what_is_built_in_applies() {
        for files in [None, Some(&BTreeMap::new())] {
            let configuration = Configuration::read(files, &Images::default()).unwrap();
            assert_eq!(configuration.defaults, Defaults::built_in());
            assert_eq!(configuration.warnings, []);
        }
    }

    #[test]
    fn each_file_can_be_given_alone() {
        let pgo_yaml = super::super::BUILT_IN.replace("Port: 5432", "Port: 5433");
        let one = read(&[("pgo.yaml", &pgo_yaml)]).unwrap().defaults;
        assert_eq!((one.cluster.port, one.postgres_ha.shared.0.len()), (5433, 0));
        let other = read(&[
            ("postgres-ha.yaml", "postgresql: {parameters: {jit: false}}"),
            ("pgo.yaml", " \n"),
        ]);
        let other = other.unwrap().defaults;
        assert_eq!(
            (other.cluster.port, other.postgres_ha.shared.0["jit"].as_str()),
            (5432, "off")
        );
    }

    #[test]
    fn mistakes_in_two_files_are_told_together() {
        let mistakes = read(&[("postgres-ha.yaml", "["), ("pgo.yaml", "Cluster: 5")]).unwrap_err();
        let files: Vec<_> = mistakes.iter().map(|mistake| mistake.file.as_str()).collect();
        assert!(
            files.contains(&"pgo.yaml") && files.contains(&"postgres-ha.yaml"),
            "{files:?}"
        );
    }

    #[test]
    fn files_that_mean_nothing_are_named() {
        let configuration = read(&[
            ("cluster-deployment.json", "{}"),
            ("pgbouncer.ini", "x"),
            ("note", "x"),
        ])
        .unwrap();
        let said: Vec<_> = configuration.warnings.iter().map(ToString::to_string).collect();
        assert_eq!(said.len(), 3, "{said:?}");
        for (start, line) in [
            "cluster-deployment.json means nothing",
            "note is not known",
            "pgbouncer.ini is not used",
        ]
        .iter()
        .zip(&said)
        {
            assert!(line.starts_with(start), "{line}");
        }
    }

    #[test]
    fn images_of_the_environment_win() {
        let images = Images {
            ccp_tag: "newer".into(),
            ..Images::default()
        };
        let defaults = Configuration::read(None, &images).unwrap().defaults;
        assert_eq!(defaults.cluster.image_tag, "newer");
        assert_eq!(
            defaults.cluster.image_prefix,
            Defaults::built_in().cluster.image_prefix
        );
    }
}
