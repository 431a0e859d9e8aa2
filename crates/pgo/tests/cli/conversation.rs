//! What was recorded of version 4.2: command lines, the requests that its client sent, answers of its server.

use serde_json::Value;

use crate::{Answer, Pgo, Stub};

/// An answer that carries this.
pub(crate) fn answered(body: &str) -> Stub {
    Stub::answering(&[Answer::json(body)])
}

/// Runs command lines against servers of their own, and writes down all that can be observed.
pub(crate) fn observed(lines: &[(&str, &str)]) -> String {
    let observed: Vec<String> = lines
        .iter()
        .map(|(line, body)| {
            let stub = answered(body);
            Pgo::at(line, &stub).observe(Some(&stub))
        })
        .collect();
    observed.join("\n")
}

/// Asserts that a command line sends one request, and that it is the recorded one: a body, or a line of HTTP.
pub(crate) fn sends(pgo: &Pgo, stub: &Stub, recorded: &str) {
    let (code, stdout, stderr) = pgo.run();
    assert_eq!(code, 0, "{stdout}{stderr}");
    let received = stub.received();
    assert_eq!(received.len(), 1);
    if recorded.starts_with("GET ") {
        assert_eq!(received[0].line, recorded.trim());
        assert_eq!(received[0].body, "");
    } else {
        let value = |json: &str| serde_json::from_str::<Value>(json).unwrap();
        assert_eq!(value(&received[0].body), value(recorded));
    }
}
