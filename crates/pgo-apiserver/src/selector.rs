//! Label selectors, as kube applies them.

use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;
use kube::core::{Expression, Selector};
use pgo_plan::selector::{self, Requirement};

use crate::refusal::Refusal;

/// Selects what carries one label.
pub(crate) fn equal(key: &str, value: &str) -> Selector {
    Expression::Equal(key.to_owned(), value.to_owned()).into()
}

/// The value of a label; empty when it is absent.
pub(crate) fn value<'a>(meta: &'a ObjectMeta, key: &str) -> &'a str {
    meta.labels
        .as_ref()
        .and_then(|labels| labels.get(key))
        .map_or("", String::as_str)
}

/// Reads a selector: `a=b,c!=d,e in (f,g),h notin (i),j,!k`.
pub(crate) fn parse(text: &str) -> Result<Selector, Refusal> {
    let requirements = selector::parse(text).map_err(Refusal::Asked)?;
    Ok(requirements.into_iter().map(expression).collect())
}

fn expression(requirement: Requirement) -> Expression {
    match requirement {
        Requirement::Equal(key, value) => Expression::Equal(key, value),
        Requirement::NotEqual(key, value) => Expression::NotEqual(key, value),
        Requirement::In(key, values) => Expression::In(key, values),
        Requirement::NotIn(key, values) => Expression::NotIn(key, values),
        Requirement::Exists(key) => Expression::Exists(key),
        Requirement::DoesNotExist(key) => Expression::DoesNotExist(key),
    }
}

#[cfg(test)]
mod tests {
    use kube::core::SelectorExt as _;

    use super::*;

    fn matches(text: &str, labels: &[(&str, &str)]) -> bool {
        let labels = labels
            .iter()
            .map(|(key, value)| ((*key).to_owned(), (*value).to_owned()))
            .collect();
        parse(text)
            .unwrap_or_else(|error| panic!("{error}"))
            .matches(&labels)
    }

    #[test]
    fn every_form_that_kubernetes_knows_is_read() {
        let labels = [("env", "dev"), ("name", "hippo"), ("example.com/tier", "")];
        for selector in [
            "env=dev",
            "env==dev",
            "env!=prod",
            "absent!=x",
            "env in (dev, test)",
            "env notin (prod)",
            "env",
            "!absent",
            "name=hippo,env in (test,dev),!absent",
            " env = dev ",
            "example.com/tier=",
        ] {
            assert!(matches(selector, &labels), "{selector}");
        }
        for selector in [
            "env=prod",
            "env!=dev",
            "env in (prod)",
            "env notin (dev)",
            "absent",
            "!env",
            "env=dev,name=x",
        ] {
            assert!(!matches(selector, &labels), "{selector}");
        }
    }

    proptest::proptest! {
        #[test]
        fn any_selector_is_read_or_refused(text in "[a-z=!,() ]{0,30}|.*", value in "[a-z0-9]{0,5}") {
            if let Ok(selector) = parse(&text) {
                let labels = [("a", value.as_str())].map(|(key, value)| (key.to_owned(), value.to_owned()));
                let _whether = selector.matches(&labels.into());
            }
        }
    }
}
