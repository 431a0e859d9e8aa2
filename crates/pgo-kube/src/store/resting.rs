//! How an object lies in a store until somebody looks at it.
//!
//! The structs of Kubernetes' kinds take kilobytes, nearly all of them for what an object could say and ours do not, and
//! a thousand clusters have twenty thousand objects. Text has room for what is said only; it is read when somebody asks.

use std::sync::Arc;

use super::Memory;

/// An object, or the text of one.
#[derive(Debug)]
pub(super) enum Resting<M> {
    Ready(Arc<M>),
    Text(Arc<Text>),
}

#[derive(Debug)]
pub(super) struct Text {
    /// Beside the rest, because it changes alone.
    version: Option<Box<str>>,
    json: Box<str>,
}

impl<M> Clone for Resting<M> {
    fn clone(&self) -> Self {
        match self {
            Self::Ready(object) => Self::Ready(Arc::clone(object)),
            Self::Text(text) => Self::Text(Arc::clone(text)),
        }
    }
}

impl<M: Memory> Resting<M> {
    pub(super) fn of(mut object: M) -> Self {
        let version = object.meta_mut().resource_version.take();
        // One that is there must never look as if it were not.
        let is_read_the_same = |text: &String| M::of_text(text).as_ref() == Some(&object);
        if let Some(json) = object.to_text().filter(is_read_the_same) {
            let version = version.map(String::into_boxed_str);
            let json = json.into_boxed_str();
            return Self::Text(Arc::new(Text { version, json }));
        }
        object.meta_mut().resource_version = version;
        Self::Ready(Arc::new(object))
    }

    /// The object; always one, for the text was read once before it was kept.
    pub(super) fn object(&self) -> Option<Arc<M>> {
        match self {
            Self::Ready(object) => Some(Arc::clone(object)),
            Self::Text(text) => {
                let mut object = M::of_text(&text.json)?;
                object.meta_mut().resource_version = text.version.as_deref().map(str::to_owned);
                Some(Arc::new(object))
            }
        }
    }

    /// The version, to be compared.
    pub(super) fn version(&self) -> u64 {
        number(match self {
            Self::Ready(object) => object.meta().resource_version.as_deref(),
            Self::Text(text) => text.version.as_deref(),
        })
    }

    /// Whether a later version of the object differs in nothing but its version.
    pub(super) fn same(&self, later: &mut Self) -> bool {
        match (self, later) {
            (Self::Ready(known), Self::Ready(later)) => {
                // Nobody else has it yet: this clones nothing.
                let later = Arc::make_mut(later);
                let version = later.meta_mut().resource_version.take();
                later
                    .meta_mut()
                    .resource_version
                    .clone_from(&known.meta().resource_version);
                let same = **known == *later;
                later.meta_mut().resource_version = version;
                same
            }
            (Self::Text(known), Self::Text(later)) => known.json == later.json,
            _ => false,
        }
    }
}

/// Resource versions are compared as numbers, which Kubernetes promises since 1.35 and has always done. One that is no
/// number counts as new, so that a server with other ideas costs an extra pass and nothing else.
pub(super) fn number(version: Option<&str>) -> u64 {
    version
        .and_then(|version| version.parse().ok())
        .unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;
    use serde_json::{Value, json};

    use super::*;

    /// Reads what it likes.
    #[derive(Clone, Debug, PartialEq)]
    struct Forgetful(ObjectMeta);

    impl Memory for Forgetful {
        fn meta(&self) -> &ObjectMeta {
            &self.0
        }
        fn meta_mut(&mut self) -> &mut ObjectMeta {
            &mut self.0
        }
        fn cluster(&self) -> Option<&str> {
            None
        }
        fn json(&self) -> serde_json::Result<Value> {
            Ok(json!({}))
        }
        fn to_text(&self) -> Option<String> {
            Some(self.0.name.clone().unwrap_or_default())
        }
        fn of_text(text: &str) -> Option<Self> {
            (!text.is_empty()).then(|| Self(named(text)))
        }
    }

    fn named(name: &str) -> ObjectMeta {
        ObjectMeta {
            name: Some(name.to_owned()),
            ..ObjectMeta::default()
        }
    }

    fn versioned(object: ObjectMeta, version: &str) -> Forgetful {
        Forgetful(ObjectMeta {
            resource_version: Some(version.to_owned()),
            ..object
        })
    }

    #[test]
    fn what_lay_as_text_is_what_it_was() {
        let object = versioned(named("hippo"), "7");
        let resting = Resting::of(object.clone());
        assert!(matches!(resting, Resting::Text(_)), "{resting:?}");
        assert_eq!(
            (resting.version(), resting.object().as_deref()),
            (7, Some(&object))
        );
        let mut later = Resting::of(versioned(named("hippo"), "8"));
        assert!(resting.same(&mut later));
        assert_eq!(later.version(), 8);
    }

    #[test]
    fn what_no_text_would_give_back_stays_as_it_is() {
        let labelled = ObjectMeta {
            labels: Some([("a".to_owned(), "b".to_owned())].into()),
            ..named("hippo")
        };
        for object in [labelled, ObjectMeta::default()] {
            let object = versioned(object, "7");
            let resting = Resting::of(object.clone());
            assert_eq!(
                (resting.version(), resting.object().as_deref()),
                (7, Some(&object))
            );
            let mut later = Resting::of(versioned(object.0, "8"));
            assert!(resting.same(&mut later));
            assert_eq!(later.version(), 8);
        }
    }
}
