use super::*;

#[test]
fn a_link_in_the_place_of_the_file_is_not_followed() {
    let directory = tempfile::tempdir().unwrap();
    let (victim, path) = (
        directory.path().join("victim"),
        directory.path().join("completion.out"),
    );
    fs::write(&victim, "precious").unwrap();
    std::os::unix::fs::symlink(&victim, &path).unwrap();
    replace(&path, b"script").unwrap();
    assert_eq!(fs::read_to_string(&victim).unwrap(), "precious");
    assert_eq!(fs::read_to_string(&path).unwrap(), "script");
    assert_eq!(fs::read_dir(&directory).unwrap().count(), 2);
}

#[test]
fn kubectl_learns_commands_flags_and_where_files_may_stand() {
    let complete = |line: &str| {
        let words: Vec<String> = line.split(' ').map(ToOwned::to_owned).collect();
        for_kubectl(&words)
    };
    assert_eq!(
        complete("sc"),
        "scale\tAdd replicas to clusters\nscaledown\tRemove a replica from a cluster\n:4\n"
    );
    assert!(complete("-n ns show cl").starts_with("cluster\tShow PostgreSQL clusters"));
    assert!(complete("create ").contains("\nuser\t") && !complete("create ").starts_with("backup"));
    let flags = complete("show cluster hippo --a");
    assert!(
        flags.starts_with("--all\tEvery cluster") && flags.contains("--apiserver-url"),
        "{flags}"
    );
    assert_eq!(complete("create policy p --in-file x"), ":0\n");
    assert_eq!(complete("create policy p -i "), ":0\n");
    assert_eq!(complete("create cluster hippo --labels "), ":4\n");
    assert_eq!(complete("show cluster hippo"), ":4\n");
    assert_eq!(complete("show cluster -o "), "json\nyaml\nwide\n:4\n");
    assert_eq!(
        complete("create cluster hippo --service-type=N"),
        "NodePort\n:4\n"
    );
    assert_eq!(complete("create cluster hippo --sync-replication "), ":4\n");
    assert_eq!(complete("delete cluster --delete"), ":4\n");
    assert_eq!(
        complete("help show cl"),
        "cluster\tShow PostgreSQL clusters and what belongs to them\n:4\n"
    );
    assert_eq!(
        complete("completion "),
        "bash\tThe shell\nfish\tThe shell\nzsh\tThe shell\n:4\n"
    );
    assert_eq!(for_kubectl(&[]), complete(""));
}

#[test]
fn every_shell_learns_the_commands_and_nothing_that_is_hidden() {
    for shell in [Shell::Bash, Shell::Zsh, Shell::Fish] {
        let script = script(shell);
        for shown in ["scaledown", "replica-count", "LoadBalancer", "postgresusertopic"] {
            assert!(script.contains(shown), "{shell}: {shown}");
        }
        for hidden in ["delete-data", "delete-backups", "What follows", "Names of"] {
            assert!(!script.contains(hidden), "{shell}: {hidden}");
        }
    }
}

#[test]
fn zsh_finds_the_word_after_a_verb_in_the_first_place() {
    // A word that may stand before the command moves it to the second: zsh then knows no command at all.
    let script = script(Shell::Zsh);
    assert!(script.contains("case $line[1] in") && !script.contains("case $line[2] in"));
    assert!(
        script.contains("\":: :_pgo__subcmd__show_commands\" \\\n\"*::: :->show\""),
        "{script}"
    );
    // A flag may follow a name.
    assert!(
        script.contains("'*:words:' \\") && !script.contains("*::words"),
        "{script}"
    );
    assert!(!script.contains(":_default'"), "files are offered for something");
}

/// What bash offers for the last word of a line. To readline, a sign of equality is a word; where it is the last one, the
/// word that is completed is empty.
fn bash(line: &str) -> Vec<String> {
    let spaced = line.replace('=', " = ");
    let mut words: Vec<&str> = spaced.split_whitespace().collect();
    if line.ends_with(' ') {
        words.push("");
    }
    let (last, before) = (words[words.len() - 1], words[words.len() - 2]);
    let typed = if last == "=" { "" } else { last };
    // Outside of readline, compopt complains.
    let asks = r#"typed="$1" before="$2"; shift 2; source /dev/stdin; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1));
        _pgo_offer pgo "$typed" "$before" 2>/dev/null; printf '%s\n' "${COMPREPLY[@]}""#;
    let mut child = std::process::Command::new("bash")
        .args(["--norc", "-c", asks, "bash", typed, before])
        .args(words)
        .stdin(std::process::Stdio::piped())
        .stdout(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    child
        .stdin
        .take()
        .unwrap()
        .write_all(script(Shell::Bash).as_bytes())
        .unwrap();
    let output = child.wait_with_output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    text.lines()
        .filter(|line| !line.is_empty())
        .map(ToOwned::to_owned)
        .collect()
}

#[test]
fn bash_offers_commands_values_and_flags_each_where_they_belong() {
    assert_eq!(bash("pgo sc"), ["scale", "scaledown"]);
    assert!(bash("pgo show ").contains(&"cluster".to_owned()));
    for line in ["pgo ", "pgo show ", "pgo delete cluster "] {
        let flags: Vec<String> = bash(line)
            .into_iter()
            .filter(|word| word.starts_with('-'))
            .collect();
        assert!(flags.is_empty(), "{line}: {flags:?}");
    }
    assert_eq!(bash("pgo show cluster --sel"), ["--selector"]);
    assert_eq!(bash("pgo delete cluster --delete-"), [""; 0]);
    for line in [
        "pgo show cluster -o ",
        "pgo show cluster --output ",
        "pgo show cluster --output=",
    ] {
        assert_eq!(bash(line), ["json", "yaml", "wide"], "{line}");
    }
    assert_eq!(
        bash("pgo create cluster hippo --pod-anti-affinity=pre"),
        ["preferred"]
    );
    assert_eq!(bash("pgo show cluster --selector "), [""; 0]);
    assert_eq!(bash("pgo completion "), ["bash", "zsh", "fish"]);
    assert_eq!(bash("pgo help show cl"), ["cluster"]);
    assert_eq!(bash("pgo watch all"), ["alltopic"]);
    assert_eq!(bash("pgo show cluster hippo "), [""; 0]);
}
