//! `-o`: the same answers for machines and for people who want to see all.

use crate::{Answer, Pgo, Stub, recorded};

fn observe(line: &str, answers: &[&str]) -> String {
    let answers: Vec<Answer> = answers.iter().map(|body| Answer::json(body)).collect();
    let stub = Stub::answering(&answers);
    Pgo::at(line, &stub).observe(Some(&stub))
}

#[test]
fn shows_speak_yaml() {
    insta::assert_snapshot!(
        [
            observe("show pvc a b -o yaml", &[recorded!("show_pvc.response.json")]),
            observe(
                "show workflow abc -o yaml",
                &[recorded!("show_workflow.response.json")]
            ),
            observe("test hippo -o yaml", &[recorded!("test_cluster.response.json")]),
        ]
        .join("\n")
    );
}

#[test]
fn actions_speak_json() {
    let refusal = r#"{"Results":null,"Code":"error","Msg":"no clusters found"}"#;
    insta::assert_snapshot!(
        [
            observe(
                "create cluster hippo -o json",
                &[recorded!("create_cluster.response.json")]
            ),
            observe(
                "delete cluster a b --no-prompt -o json",
                &[refusal, recorded!("delete_cluster.response.json")]
            ),
            observe(
                "scale hippo --no-prompt -o yaml",
                &[recorded!("scale.response.json")]
            ),
            observe(
                "scaledown hippo --query -o json",
                &[recorded!("scale_query.response.json")]
            ),
            observe("version -o json", &[recorded!("version.response.json")]),
        ]
        .join("\n")
    );
}

#[test]
fn a_form_that_nobody_knows_is_refused_before_anything_is_asked() {
    let lines = [
        "show cluster hippo -o JSON",
        "show pvc hippo -o xml",
        "show workflow abc --output=csv",
        "create cluster hippo -o wide",
        "delete cluster hippo -o wide",
        "scale hippo -o wide",
        "scaledown hippo --target=x -o wide",
        "version -o wide",
    ];
    insta::assert_snapshot!(lines.map(|line| observe(line, &["{}"])).join("\n"));
}

#[test]
fn wide_shows_what_4_2_did_not_know() {
    let answer = r#"{"Results":[{"cluster":{"metadata":{"name":"hippo","creationTimestamp":"2020-01-02T03:04:05Z"},
        "spec":{"name":"hippo"},"status":{"conditions":[{"type":"Ready","status":"False","reason":"Starting",
        "message":"waiting for the primary","lastTransitionTime":"2020-01-02T03:04:05Z"}]}},
        "Replicas":[{"Name":"hippo-abcd","State":"pgreplica Created","Message":"waiting for the first backup"}]}],
        "Code":"ok","Msg":""}"#;
    insta::assert_snapshot!(observe("show cluster hippo -o wide", &[answer]));
}

#[test]
fn progress_does_not_mix_with_an_answer_for_machines() {
    let ready = r#"{"Results":[{"cluster":{"metadata":{"name":"mycluster"},"spec":{"name":"mycluster"},"status":{
        "conditions":[{"type":"Ready","status":"True","reason":"Ready","message":"",
        "lastTransitionTime":"2020-01-02T03:04:05Z"}]}}}],"Code":"ok","Msg":""}"#;
    let stub = Stub::answering(&[
        Answer::json(recorded!("create_cluster.response.json")),
        Answer::json(ready),
    ]);
    let (code, stdout, stderr) = Pgo::at("create cluster mycluster --wait -o json", &stub).run();
    assert_eq!(code, 0);
    assert!(
        serde_json::from_str::<serde_json::Value>(&stdout).is_ok(),
        "{stdout}"
    );
    assert!(stderr.contains(" is ready ("), "{stderr}");
}

#[test]
fn a_person_is_asked_beside_what_a_machine_reads() {
    let stub = Stub::answering(&[Answer::json(recorded!("delete_cluster.response.json"))]);
    let ask = |typed| {
        Pgo::at("delete cluster hippo -o json", &stub)
            .typing(typed)
            .observe(None)
    };
    insta::assert_snapshot!([ask("perhaps\nyes\n"), ask("no\n")].join("\n"));
}
