use std::fs;

use super::*;

fn server() -> GlobalArgs {
    GlobalArgs {
        apiserver_url: Some("https://server".to_owned()),
        ..GlobalArgs::default()
    }
}

fn credentials(variables: &[(&str, &str)]) -> Result<(String, String), String> {
    let mut environment = Environment::from([]);
    for variable in variables {
        environment = environment.with(*variable);
    }
    Credentials::find(&environment)
        .map(|found| (found.username, found.password.into_inner()))
        .map_err(|failure| failure.to_string())
}

fn is(username: &str, password: &str) -> (String, String) {
    (username.to_owned(), password.to_owned())
}

#[test]
fn credentials_are_looked_for_in_the_order_of_4_2() {
    let home = tempfile::tempdir().unwrap();
    let named = home.path().join("named");
    fs::write(home.path().join(".pgouser"), "home:h\n").unwrap();
    fs::write(&named, "named:n\n").unwrap();
    let home = ("HOME", home.path().to_str().unwrap());
    let named = ("PGOUSER", named.to_str().unwrap());
    let pair = [("PGOUSERNAME", "pair"), ("PGOUSERPASS", "p")];

    assert_eq!(credentials(&[home]), Ok(is("home", "h")));
    assert_eq!(credentials(&[home, named]), Ok(is("named", "n")));
    assert_eq!(credentials(&[home, named, pair[0], pair[1]]), Ok(is("pair", "p")));
}

#[test]
fn half_a_pair_is_a_mistake_and_an_empty_half_is_none() {
    let only_name = credentials(&[("PGOUSERNAME", "a"), ("PGOUSERPASS", "")]);
    assert_eq!(
        only_name.unwrap_err(),
        "PGOUSERNAME is set but PGOUSERPASS is not; set both or neither"
    );
    let only_password = credentials(&[("PGOUSERPASS", "a")]);
    assert_eq!(
        only_password.unwrap_err(),
        "PGOUSERPASS is set but PGOUSERNAME is not; set both or neither"
    );
}

#[test]
fn a_named_file_must_be_there() {
    let error = credentials(&[("PGOUSER", "/nowhere/pgouser")]).unwrap_err();
    assert!(error.starts_with("/nowhere/pgouser file not found"), "{error}");
    let error = credentials(&[("PGOUSER", "/")]).unwrap_err();
    assert!(error.starts_with("cannot read /"), "{error}");
}

#[test]
fn a_file_is_one_line_split_at_the_first_colon() {
    let directory = tempfile::tempdir().unwrap();
    let read = |content: &str| {
        let path = directory.path().join("pgouser");
        fs::write(&path, content).unwrap();
        credentials(&[("PGOUSER", path.to_str().unwrap())])
    };
    assert_eq!(read("user:pass:word"), Ok(is("user", "pass:word")));
    assert_eq!(read("\n\nuser:password\r\n\n"), Ok(is("user", "password")));
    assert_eq!(read("user: password \n"), Ok(is("user", " password ")));
    assert_eq!(read(" \t\n  user:password\n \n"), Ok(is("user", "password")));
    for broken in ["", "user", "a:b\nc:d\n"] {
        assert!(
            read(broken)
                .unwrap_err()
                .contains("unable to parse the pgouser file"),
            "{broken:?}"
        );
    }
}

#[test]
fn without_any_credentials_it_says_where_they_belong() {
    let error = credentials(&[("HOME", "/nowhere")]).unwrap_err();
    assert!(error.starts_with("could not find pgouser file"), "{error}");
}

#[test]
fn the_address_is_missed_before_the_credentials() {
    let failure = Session::open(&GlobalArgs::default(), &Environment::from([])).unwrap_err();
    assert_eq!(failure.exit_code(), 255);
    let failure = Session::open(&server(), &Environment::from([("HOME", "/nowhere")])).unwrap_err();
    assert_eq!(failure.exit_code(), 2);
}

#[test]
fn flags_win_over_the_environment() {
    let environment = Environment::from([
        ("PGO_APISERVER_URL", "https://other"),
        ("PGO_NAMESPACE", "other"),
        ("PGO_CA_CERT", "other"),
        ("PGO_CLIENT_CERT", "cert"),
        ("PGOUSERNAME", "u"),
        ("PGOUSERPASS", "p"),
        ("EXCLUDE_OS_TRUST", "T"),
        ("DISABLE_TLS", "yes"),
    ]);
    let args = GlobalArgs {
        namespace: Some("mine".to_owned()),
        pgo_ca_cert: Some("ca".to_owned()),
        pgo_client_key: Some(String::new()),
        ..server()
    };
    let session = Session::open(&args, &environment).unwrap();
    assert_eq!(
        (session.server.as_str(), session.namespace.as_str()),
        ("https://server", "mine")
    );
    assert_eq!(
        session.tls,
        Tls::On(TlsFiles {
            authorities: Some("ca".to_owned()),
            certificate: Some("cert".to_owned()),
            key: None,
            trusts_system: false,
            verifies: true,
        })
    );
}

#[test]
fn tls_is_switched_off_by_flag_or_environment() {
    let pair = [("PGOUSERNAME", "u"), ("PGOUSERPASS", "p")];
    let by_flag = Session::open(
        &GlobalArgs {
            disable_tls: true,
            ..server()
        },
        &Environment::from(pair),
    )
    .unwrap();
    let by_environment =
        Session::open(&server(), &Environment::from(pair).with(("DISABLE_TLS", "true"))).unwrap();
    assert_eq!((by_flag.tls, by_environment.tls), (Tls::Off, Tls::Off));
}
