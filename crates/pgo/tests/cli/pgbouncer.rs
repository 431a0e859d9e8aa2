//! `create pgbouncer` and `delete pgbouncer`.

use crate::{Pgo, answered, observed, recorded, sends};

#[test]
fn requests_are_those_of_4_2() {
    let stub = answered(recorded!("create_pgbouncer.response.json"));
    let pgo = Pgo::at("create pgbouncer mycluster --pgbouncer-pass=pw", &stub);
    sends(&pgo, &stub, recorded!("create_pgbouncer.request.json"));

    let stub = answered(recorded!("delete_pgbouncer.response.json"));
    let pgo = Pgo::at("delete pgbouncer mycluster --no-prompt", &stub);
    sends(&pgo, &stub, recorded!("delete_pgbouncer.request.json"));
    assert_eq!(stub.received()[0].line, "DELETE /pgbouncer");
}

#[test]
fn pgbouncer() {
    insta::assert_snapshot!(observed(&[
        (
            "create pgbouncer hippo -s a=b",
            recorded!("create_pgbouncer.response.json")
        ),
        (
            "create pgbouncer hippo other",
            r#"{"Results":["hippo already has pgbouncer added"],"Code":"error","Msg":""}"#
        ),
        (
            "create pgbouncer hippo -o json",
            r#"{"Results":["hippo already has pgbouncer added"],"Code":"error","Msg":"no"}"#
        ),
        ("create pgbouncer", "{}"),
        (
            "delete pgbouncer hippo --no-prompt",
            recorded!("delete_pgbouncer.response.json")
        ),
        ("delete pgbouncer", "{}"),
    ]));
}
