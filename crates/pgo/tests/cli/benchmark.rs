//! `benchmark`, `show benchmark`, `delete benchmark`.

use crate::{Pgo, answered, observed, recorded, sends};

#[test]
fn requests_are_those_of_4_2() {
    for (line, request, response) in [
        (
            "benchmark --selector=env=dev --clients=2 --jobs=3 --scale=4 --transactions=5 --database=db --init-opts=-x \
             --benchmark-opts=-y --policy=p1",
            recorded!("create_benchmark.request.json"),
            recorded!("create_benchmark.response.json"),
        ),
        (
            "benchmark -s env=dev -c 2 -j 3 --scale 0x4 -t 05 -d db -i -x -b -y -p p1",
            recorded!("create_benchmark.request.json"),
            recorded!("create_benchmark.response.json"),
        ),
        (
            "show benchmark --selector=pg-cluster=mycluster",
            recorded!("show_benchmark.request.json"),
            recorded!("show_benchmark.response.json"),
        ),
    ] {
        let stub = answered(response);
        sends(&Pgo::at(line, &stub), &stub, request);
    }
}

#[test]
fn benchmarks() {
    insta::assert_snapshot!(observed(&[
        (
            "benchmark hippo other",
            recorded!("create_benchmark.response.json")
        ),
        ("benchmark -s a=b", r#"{"Results":[],"Code":"ok"}"#),
        ("benchmark", "{}"),
        ("show benchmark hippo", recorded!("show_benchmark.response.json")),
        (
            "show benchmark hippo",
            r#"{"Results":[],"Code":"error","Msg":"no benchmark jobs found"}"#
        ),
        ("show benchmark", "{}"),
        (
            "delete benchmark hippo --no-prompt",
            recorded!("delete_benchmark.response.json")
        ),
        (
            "delete benchmark -s a=b --no-prompt -n other",
            r#"{"Results":[],"Code":"ok"}"#
        ),
        ("delete benchmark", "{}"),
    ]));
}
