//! One recorded conversation per message: what version 4.2 sends and answers, read and written again.

#![expect(clippy::unwrap_used, reason = "helpers of tests may panic")]

use pgo_api::*;
use serde_json::Value;

/// Reads a recorded request and writes it again: nothing may change, not even the order of the keys.
fn check_request<C: Call>(recorded: &str) {
    let (request, expected) = match recorded.strip_prefix("GET ") {
        Some(address) => {
            let (path, query) = address
                .trim_end()
                .split_once('?')
                .unwrap_or((address.trim_end(), ""));
            let name = C::ROUTE.path_key().map(|_| path.rsplit_once('/').unwrap().1);
            (decode_request::<C>(name, query, b""), (address.trim_end(), None))
        }
        None => (
            decode_request::<C>(None, "", recorded.as_bytes()),
            (C::ROUTE.path, Some(compact(recorded))),
        ),
    };
    assert_eq!(request.mismatch, None);
    let written = encode_request(&request.request).unwrap();
    let body = written
        .body
        .map(|body| String::from_utf8(body).unwrap().trim_end().to_owned());
    assert_eq!(
        (written.method, written.address.as_str(), body),
        (C::ROUTE.method, expected.0, expected.1)
    );
}

/// Reads a recorded answer and writes it again: every key of 4.2 must be there with its value.
fn check_response<R: Reply>(recorded: &str) {
    let answer = Answer::<R>::decode(recorded.as_bytes()).unwrap();
    let written: Value = serde_json::from_slice(&to_json(&answer).unwrap()).unwrap();
    let missing = missing(&serde_json::from_str(recorded).unwrap(), &written, "");
    assert!(missing.is_empty(), "{missing:#?}\nin {written:#}");
}

/// Lists where `found` lacks or changes something of `wanted`. A list or map may be empty where 4.2 has `null`.
fn missing(wanted: &Value, found: &Value, at: &str) -> Vec<String> {
    match (wanted, found) {
        (Value::Object(wanted), Value::Object(found)) => wanted
            .iter()
            .flat_map(|(key, value)| match found.get(key) {
                Some(other) => missing(value, other, &format!("{at}.{key}")),
                None => vec![format!("{at}.{key} is missing")],
            })
            .collect(),
        (Value::Array(wanted), Value::Array(found)) if wanted.len() == found.len() => wanted
            .iter()
            .zip(found)
            .flat_map(|(one, other)| missing(one, other, &format!("{at}[]")))
            .collect(),
        (Value::Null, Value::Array(found)) if found.is_empty() => Vec::new(),
        (Value::Null, Value::Object(found)) if found.is_empty() => Vec::new(),
        _ if wanted == found => Vec::new(),
        _ => vec![format!("{at}: {found} instead of {wanted}")],
    }
}

/// Removes the white space between the tokens of a JSON text.
fn compact(json: &str) -> String {
    let (mut written, mut in_string, mut escaped) = (String::new(), false, false);
    for character in json.chars() {
        if in_string || !character.is_whitespace() {
            written.push(character);
        }
        if character == '"' && !escaped {
            in_string = !in_string;
        }
        escaped = in_string && character == '\\' && !escaped;
    }
    written
}

/// One test for each message; the recordings have its name. Requests are addresses (`http`) or bodies (`json`).
macro_rules! messages {
    ($($name:ident: $request:ty, $form:literal;)*) => {
        $(
            #[test]
            fn $name() {
                check_request::<$request>(include_str!(concat!("golden/", stringify!($name), ".request.", $form)));
                check_response::<<$request as Call>::Reply>(include_str!(concat!("golden/", stringify!($name), ".response.json")));
            }
        )*

        #[test]
        fn every_message_is_recorded() {
            let recorded = [$(Description::of::<$request>().message),*];
            let wanted: Vec<_> = catalogue().into_iter().map(|call| call.message).collect();
            assert_eq!(recorded.as_slice(), wanted.as_slice());
        }
    };
}

messages! {
    create_backup: CreateBackupRequest, "json";
    show_backup: ShowBackupRequest, "http";
    restore: RestoreRequest, "json";
    show_basebackup: ShowBasebackupRequest, "http";
    delete_basebackup: DeleteBasebackupRequest, "http";
    create_basebackup: CreateBasebackupRequest, "json";
    restore_basebackup: RestoreBasebackupRequest, "json";
    create_benchmark: CreateBenchmarkRequest, "json";
    delete_benchmark: DeleteBenchmarkRequest, "json";
    show_benchmark: ShowBenchmarkRequest, "json";
    cat: CatRequest, "json";
    clone: CloneRequest, "json";
    create_cluster: CreateClusterRequest, "json";
    show_cluster: ShowClusterRequest, "json";
    delete_cluster: DeleteClusterRequest, "json";
    update_cluster: UpdateClusterRequest, "json";
    test_cluster: TestClusterRequest, "json";
    scale: ScaleRequest, "http";
    scale_query: ScaleQueryRequest, "http";
    scale_down: ScaleDownRequest, "http";
    show_config: ShowConfigRequest, "http";
    df: DfRequest, "http";
    failover: FailoverRequest, "json";
    failover_query: FailoverQueryRequest, "http";
    label: LabelRequest, "json";
    delete_label: DeleteLabelRequest, "json";
    load: LoadRequest, "json";
    ls: LsRequest, "json";
    show_namespace: ShowNamespaceRequest, "json";
    delete_namespace: DeleteNamespaceRequest, "json";
    create_namespace: CreateNamespaceRequest, "json";
    update_namespace: UpdateNamespaceRequest, "json";
    create_pgbouncer: CreatePgbouncerRequest, "json";
    delete_pgbouncer: DeletePgbouncerRequest, "json";
    post_delete_pgbouncer: PostDeletePgbouncerRequest, "json";
    create_dump: CreateDumpRequest, "json";
    show_dump: ShowDumpRequest, "http";
    restore_dump: RestoreDumpRequest, "json";
    update_pgorole: UpdatePgoroleRequest, "json";
    delete_pgorole: DeletePgoroleRequest, "json";
    create_pgorole: CreatePgoroleRequest, "json";
    show_pgorole: ShowPgoroleRequest, "json";
    update_pgouser: UpdatePgouserRequest, "json";
    delete_pgouser: DeletePgouserRequest, "json";
    create_pgouser: CreatePgouserRequest, "json";
    show_pgouser: ShowPgouserRequest, "json";
    create_policy: CreatePolicyRequest, "json";
    show_policy: ShowPolicyRequest, "json";
    delete_policy: DeletePolicyRequest, "json";
    apply_policy: ApplyPolicyRequest, "json";
    show_pvc: ShowPvcRequest, "json";
    reload: ReloadRequest, "json";
    create_schedule: CreateScheduleRequest, "json";
    delete_schedule: DeleteScheduleRequest, "json";
    show_schedule: ShowScheduleRequest, "json";
    status: StatusRequest, "http";
    upgrade: UpgradeRequest, "json";
    update_user: UpdateUserRequest, "json";
    create_user: CreateUserRequest, "json";
    show_user: ShowUserRequest, "json";
    delete_user: DeleteUserRequest, "json";
    version: VersionRequest, "http";
    show_workflow: ShowWorkflowRequest, "http";
}

#[test]
fn create_cluster_with_everything() {
    check_request::<CreateClusterRequest>(include_str!("golden/create_cluster_with_everything.request.json"));
}
