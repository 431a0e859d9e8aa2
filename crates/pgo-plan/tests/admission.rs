//! What the API server is told about requests: the objects of a good one, every mistake of a bad one.

#![expect(clippy::unwrap_used, reason = "a test fails loudly")]

mod support;

use k8s_openapi::api::core::v1::PersistentVolumeClaim;
use pgo_plan::valid::{
    Admitted, DatabaseImage, NewCluster, NewReplica, Surroundings, admit, admit_replica, secrets, series,
    validate,
};
use pgo_plan::{Defaults, Observed, labels, plan};

fn request() -> NewCluster {
    NewCluster {
        name: "hippo".into(),
        namespace: "pgouser1".into(),
        owner: "admin".into(),
        workflow: "2b8e0f2c-0000-4000-8000-000000000000".into(),
        now: "2026-01-02T03:00:00Z".into(),
        autofail: true,
        ..NewCluster::default()
    }
}

fn around() -> Surroundings {
    Surroundings {
        policies: ["p1".into(), "p2".into()].into(),
        node_labels: ["disk=ssd".into()].into(),
        ..Surroundings::default()
    }
}

fn admitted(request: &NewCluster) -> Admitted {
    admit(request, &Defaults::built_in(), &around(), &Observed::default()).unwrap()
}

/// The complaints as a person reads them, one a line.
fn refused(request: &NewCluster, around: &Surroundings) -> String {
    let complaints = admit(request, &Defaults::built_in(), around, &Observed::default()).unwrap_err();
    complaints
        .iter()
        .map(ToString::to_string)
        .collect::<Vec<_>>()
        .join("\n")
}

#[test]
fn a_request_becomes_a_diary_a_policies_task_and_a_cluster() {
    let admitted = admitted(&NewCluster {
        user: "app".into(),
        labels: "env=prod,team=a".into(),
        policies: "p1,p2".into(),
        replica_count: 2,
        node_label: "disk=ssd".into(),
        anti_affinity: "required".into(),
        sync_replication: Some(true),
        resources_config: "small".into(),
        ..request()
    });
    insta::assert_yaml_snapshot!("workflow", admitted.workflow);
    insta::assert_yaml_snapshot!("policies", admitted.policies);
    insta::assert_yaml_snapshot!("cluster", admitted.cluster);
}

#[test]
fn what_is_admitted_is_valid() {
    validate(&admitted(&request()).cluster, &Defaults::built_in()).unwrap();
}

#[test]
fn policies_that_do_not_exist_make_no_task_and_are_named() {
    let named = |policies: &str| {
        let admitted = admitted(&NewCluster {
            policies: policies.into(),
            ..request()
        });
        (admitted.policies.is_some(), admitted.unknown_policies)
    };
    assert_eq!(named("p1, nowhere"), (false, vec!["nowhere".to_owned()]));
    assert_eq!(named("p1,p2"), (true, Vec::new()));
    assert_eq!(named(" ,"), (false, Vec::new()));
}

#[test]
fn every_mistake_is_named_at_once_with_its_flag() {
    let bad = NewCluster {
        name: "Hippo".into(),
        replica_count: -1,
        labels: "env".into(),
        custom_config: "mine".into(),
        secret_from: "rhino".into(),
        service_type: "Ingress".into(),
        backrest_storage_type: "tape".into(),
        metrics: true,
        node_label: "zone=moon".into(),
        storage_config: "gold".into(),
        replica_storage_config: "silver".into(),
        resources_config: "huge".into(),
        anti_affinity: "sometimes".into(),
        ..request()
    };
    insta::assert_snapshot!("mistakes", refused(&bad, &around()));
}

#[test]
fn labels_that_are_ours_are_nobody_else_s() {
    for label in [
        "pg-cluster=other",
        "name=other",
        "vendor=x",
        "autofail=false",
        "service-type=NodePort",
    ] {
        let bad = NewCluster {
            labels: format!("team=a,{label}"),
            ..request()
        };
        let key = label.split('=').next().unwrap();
        assert_eq!(
            refused(&bad, &around()),
            format!("--labels: the label \"{key}\" belongs to pgo: choose another one")
        );
    }
}

#[test]
fn automatic_failover_is_on_or_off() {
    let mut cluster = admitted(&request()).cluster;
    for (value, means) in [
        ("true", Some(true)),
        ("false", Some(false)),
        ("maybe", None),
        ("", None),
    ] {
        let labels = cluster.metadata.labels.get_or_insert_default();
        labels.insert("autofail".into(), value.into());
        let valid = validate(&cluster, &Defaults::built_in());
        assert_eq!(valid.as_ref().ok().map(|valid| valid.autofail), means, "{value}");
        if let Err(complaints) = valid {
            assert_eq!(complaints[0].about, "metadata.labels.autofail");
        }
    }
}

#[test]
fn images_have_names_that_a_registry_can_have() {
    for (image, fits) in [
        ("crunchy-postgres-gis-ha", true),
        ("sub/image_2.x", true),
        ("../image", false),
        ("image/", false),
        ("a//b", false),
        (".", false),
        ("host:5000/image", false),
        ("image:tag", false),
        ("Image", false),
    ] {
        let named = NewCluster {
            image: image.into(),
            ..request()
        };
        let admitted = admit(&named, &Defaults::built_in(), &around(), &Observed::default());
        assert_eq!(admitted.is_ok(), fits, "{image}");
    }
}

#[test]
fn the_registry_of_an_image_is_the_host_of_its_prefix() {
    for (name, address) in [
        (
            "registry.example.com/a/b/image",
            (Some("registry.example.com"), "a/b/image"),
        ),
        ("10.0.0.1:5000/image", (Some("10.0.0.1:5000"), "image")),
        ("localhost/image", (Some("localhost"), "image")),
        ("crunchydata/image", (None, "crunchydata/image")),
        ("/image", (None, "/image")),
        ("image", (None, "image")),
    ] {
        let image = DatabaseImage {
            name: name.into(),
            tag: "tag".into(),
        };
        assert_eq!(image.address(), address);
    }
}

#[test]
fn images_have_names_that_are_not_too_long() {
    let mut defaults = Defaults::built_in();
    let host = "registry.example.com:5000";
    for (prefix, name, tag, complaint) in [
        (format!("{host}/pgo"), 251, 128, None),
        (host.to_owned(), 255, 1, None),
        (
            format!("{host}/pgo"),
            252,
            1,
            Some("--ccp-image: the name of the image is too long"),
        ),
        (
            "pgo".to_owned(),
            252,
            1,
            Some("it has 256 characters, at most 255"),
        ),
        (host.to_owned(), 5000, 1, Some("it has 5000 characters")),
        (host.to_owned(), 1, 129, Some("at most 128 of them")),
    ] {
        defaults.cluster.image_prefix = prefix;
        let asked = NewCluster {
            image: "x".repeat(name),
            image_tag: "t".repeat(tag),
            ..request()
        };
        let admitted = admit(&asked, &defaults, &around(), &Observed::default());
        let said: Vec<_> = admitted.err().iter().flatten().map(ToString::to_string).collect();
        match complaint {
            None => assert!(said.is_empty(), "{name} {tag}: {said:?}"),
            Some(words) => assert!(said.len() == 1 && said[0].contains(words), "{said:?}"),
        }
    }
}

#[test]
fn what_only_the_cluster_shows_is_said_in_flags_too() {
    let bad = NewCluster {
        user: "postgres".into(),
        image_tag: "no tag".into(),
        ..request()
    };
    insta::assert_snapshot!("mistakes-of-the-spec", refused(&bad, &around()));
}

#[test]
fn an_existing_name_is_refused_in_the_old_words() {
    let around = Surroundings {
        taken: ["hippo".into()].into(),
        ..around()
    };
    assert_eq!(
        refused(&request(), &around),
        "pgcluster hippo was found: \"hippo\" exists already in this namespace, choose another name"
    );
    let around = Surroundings {
        leaving: ["hippo".into()].into(),
        ..around
    };
    assert_eq!(
        refused(&request(), &around),
        "pgcluster hippo was found: \"hippo\" is being removed, try again when the name is free ('pgo show cluster \
         hippo -o wide' shows how far it is)"
    );
}

#[test]
fn a_secret_of_another_cluster_is_not_taken_for_one_s_own() {
    let asked = |name: &str, user: &str| NewCluster {
        name: name.into(),
        user: user.into(),
        ..request()
    };
    let beside = |there: &NewCluster| Surroundings {
        secret_owners: secrets(&admitted(there).cluster, &Defaults::built_in())
            .into_iter()
            .map(|secret| (secret, there.name.clone()))
            .collect(),
        ..around()
    };
    let (long, short) = (asked("w-a", "app"), asked("w", "a-postgres"));
    assert_eq!(
        refused(&short, &beside(&long)),
        "--username: Secret w-a-postgres-secret would be needed, which is cluster \"w-a\"'s: choose another user"
    );
    assert_eq!(
        refused(&long, &beside(&short)),
        "Secret w-a-postgres-secret would be needed, which is cluster \"w\"'s: choose another name"
    );
    for (one, other) in [
        (asked("w", "a-app"), asked("w-a", "app")),
        (asked("w", "a-collect"), asked("w-a", "app")),
    ] {
        refused(&one, &beside(&other));
        refused(&other, &beside(&one));
    }
    let none = (asked("w", "a-app"), asked("w-a", "other"));
    for (one, other) in [(&none.0, &none.1), (&none.1, &none.0), (&none.0, &none.0)] {
        admit(one, &Defaults::built_in(), &beside(other), &Observed::default()).unwrap();
    }
}

#[test]
fn kept_volumes_that_do_not_tell_where_to_start_are_complained_about_as_by_the_operator() {
    let kept = |name: &str, last: Option<&str>| {
        let mut metadata = support::metadata(name);
        metadata.annotations = last.map(|last| [(labels::LAST_PRIMARY.to_owned(), last.to_owned())].into());
        PersistentVolumeClaim {
            metadata,
            ..PersistentVolumeClaim::default()
        }
    };
    for (volumes, decided) in [
        (vec![], true),
        (vec![kept("hippo", None)], true),
        (vec![kept("hippo", None), kept("hippo-abcd", None)], false),
        (
            vec![
                kept("hippo", Some("hippo-abcd")),
                kept("hippo-abcd", Some("hippo-abcd")),
            ],
            true,
        ),
        (vec![kept("hippo", Some("hippo-abcd"))], false),
    ] {
        let seen = Observed {
            claims: volumes,
            ..Observed::default()
        };
        let asked = admit(&request(), &Defaults::built_in(), &around(), &seen);
        assert_eq!(asked.is_ok(), decided, "{:?}", seen.claims);
        let Err(complaints) = asked else { continue };
        let applied = plan(&admitted(&request()).cluster, &Defaults::built_in(), &seen);
        let accepted = &applied.status.conditions[0];
        assert_eq!(
            (accepted.reason.as_str(), accepted.message.as_str()),
            ("Undecided", complaints[0].to_string().as_str())
        );
    }
}

#[test]
fn a_series_is_numbered_and_bounded() {
    assert_eq!(series("a", 1).unwrap(), ["a"]);
    assert_eq!(series("a", 3).unwrap(), ["a0", "a1", "a2"]);
    assert!(series("a", 0).is_err() && series("a", 101).is_err());
    let refused = series("all", 2).unwrap_err().to_string();
    assert!(refused.starts_with("\"all\" means every cluster"), "{refused}");
}

#[test]
fn a_replica_takes_from_the_cluster_what_the_request_leaves_out() {
    let cluster = admitted(&NewCluster {
        node_label: "disk=ssd".into(),
        ..request()
    })
    .cluster;
    let asked = NewReplica {
        suffix: "abcd".into(),
        owner: "admin".into(),
        ..NewReplica::default()
    };
    let replica = admit_replica(&asked, &cluster, &Defaults::built_in(), &around()).unwrap();
    insta::assert_yaml_snapshot!("replica", replica);
}

#[test]
fn a_bad_replica_is_refused_with_every_mistake() {
    let cluster = admitted(&request()).cluster;
    let asked = NewReplica {
        suffix: "abcd".into(),
        storage_config: "gold".into(),
        resources_config: "huge".into(),
        node_label: "moon".into(),
        image_tag: "no tag".into(),
        service_type: "Ingress".into(),
        ..NewReplica::default()
    };
    let complaints = admit_replica(&asked, &cluster, &Defaults::built_in(), &around()).unwrap_err();
    let about: Vec<_> = complaints
        .iter()
        .map(|complaint| complaint.about.as_str())
        .collect();
    assert_eq!(
        about,
        [
            "--service-type",
            "--node-label",
            "--storage-config",
            "--resources-config",
            "--ccp-image-tag"
        ]
    );
}
