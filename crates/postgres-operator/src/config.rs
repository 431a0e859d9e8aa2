//! The operator's configuration: `pgo.yaml` in `ConfigMap` `pgo-config`, or what is built in where there is none.

use k8s_openapi::api::core::v1::ConfigMap;
use pgo_plan::Defaults;

use crate::args::Images;

/// Name of the `ConfigMap`, in the operator's namespace.
pub(crate) const CONFIG_MAP: &str = "pgo-config";
const KEY: &str = "pgo.yaml";

/// Reads the configuration, or says everything that is wrong with it in one sentence.
pub(crate) fn read(stored: Option<&ConfigMap>, images: &Images) -> Result<Defaults, String> {
    let text = stored.and_then(|stored| stored.data.as_ref()?.get(KEY));
    let defaults = match text {
        None => Defaults::built_in(),
        Some(text) => Defaults::parse(text).map_err(|complaints| {
            let complaints: Vec<_> = complaints.iter().map(ToString::to_string).collect();
            format!(
                "{KEY} in ConfigMap {CONFIG_MAP} cannot be used: {}",
                complaints.join("; ")
            )
        })?,
    };
    Ok(images.over(defaults))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stored(text: &str) -> ConfigMap {
        ConfigMap {
            data: Some([(KEY.to_owned(), text.to_owned())].into()),
            ..ConfigMap::default()
        }
    }

    #[test]
    fn without_a_config_map_the_built_in_configuration_applies() {
        assert_eq!(read(None, &Images::default()).unwrap(), Defaults::built_in());
    }

    #[test]
    fn a_configuration_that_makes_no_sense_is_refused_by_name() {
        let refusal = read(Some(&stored("Cluster: 5")), &Images::default()).unwrap_err();
        assert!(refusal.contains("pgo.yaml in ConfigMap pgo-config"), "{refusal}");
    }
}
