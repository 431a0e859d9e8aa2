//! `check`: everything that needs no Kubernetes. `test`: that, and the end-to-end tests.

use anyhow::{Context as _, Result, bail};

use crate::doctor::Purpose;
use crate::say::{self, Step};
use crate::tool::Tool;
use crate::{build, doctor, generate, paths, tidy, up};

/// One part of the checks.
struct Part {
    name: &'static str,
    run: fn() -> Result<()>,
}

/// From the fastest to the slowest, so that most mistakes are heard of early.
const PARTS: &[Part] = &[
    Part {
        name: "format (Rust)",
        run: || cargo(&["fmt", "--all", "--check"]),
    },
    Part {
        name: "format (Go)",
        run: go_format,
    },
    Part {
        name: "shell",
        run: shell,
    },
    Part {
        name: "generated files",
        run: || generate::run(true),
    },
    Part {
        name: "crate edges and documents",
        run: tidy::run,
    },
    Part {
        name: "licences and bans",
        run: deny,
    },
    Part {
        name: "lints (Go)",
        run: || go(&["vet", "./..."]),
    },
    Part {
        name: "tests (Go)",
        run: || go(&["test", "./..."]),
    },
    Part {
        name: "lints (Rust)",
        run: || {
            cargo(&[
                "clippy",
                "--quiet",
                "--locked",
                "--workspace",
                "--all-targets",
                "--",
                "--deny=warnings",
            ])
        },
    },
    Part {
        name: "tests (Rust)",
        run: || {
            show_cargo(&[
                "test",
                "--quiet",
                "--locked",
                "--workspace",
                "--exclude=e2e",
                "--no-fail-fast",
            ])
        },
    },
];

/// `cargo xtask check`
pub(crate) fn run() -> Result<()> {
    doctor::prepare(&[Purpose::Check])?;
    let mut times = Vec::new();
    for part in PARTS {
        let step = Step::begin(part.name);
        (part.run)().with_context(|| format!("check: {}", part.name))?;
        step.done("ok");
        times.push((part.name, step.seconds()));
    }
    say::print(summary("check", &times));
    Ok(())
}

/// `cargo xtask test`
pub(crate) fn test(filters: &[String]) -> Result<()> {
    let mut times = Vec::new();
    let mut measured = |name, work: &dyn Fn() -> Result<()>| {
        let begun = std::time::Instant::now();
        let result = work();
        times.push((name, begun.elapsed().as_secs_f64()));
        result
    };
    // What a whole run needs is found missing before its first minute is spent.
    doctor::prepare(&[Purpose::Check, Purpose::Images])?;
    measured("check", &run)?;
    measured("up", &|| up::run().map(drop))?;
    measured("end-to-end tests", &|| end_to_end(filters))?;
    say::print(summary("test", &times));
    Ok(())
}

/// The end-to-end tests: they find what is up by themselves, and print each test's name.
fn end_to_end(filters: &[String]) -> Result<()> {
    let step = Step::begin("end-to-end tests");
    let tests = build::cargo()?.args(["test", "--locked", "--package", "e2e", "--no-fail-fast"]);
    tests.arg("--").args(filters).show().context("end-to-end tests")?;
    step.done("passed");
    Ok(())
}

/// `cargo xtask bench`
pub(crate) fn bench(args: &[String]) -> Result<()> {
    up::run()?;
    let program = [
        "run",
        "--quiet",
        "--locked",
        "--profile",
        "fast",
        "--package",
        "e2e",
        "--bin",
        "bench",
        "--",
    ];
    build::cargo()?.args(program).args(args).show()
}

fn cargo(args: &[&str]) -> Result<()> {
    build::cargo()?.args(args).run()
}

/// For tests: their summary lines are what people and CI look for.
fn show_cargo(args: &[&str]) -> Result<()> {
    build::cargo()?.args(args).show()
}

/// The two Go modules of the test bed.
const GO_MODULES: [&str; 2] = ["bed", "bed/kube"];

fn go(args: &[&str]) -> Result<()> {
    // The second is Kubernetes itself with a few lines of ours; compiling it is part of bringing the bed up.
    let module = paths::checkout().join(GO_MODULES[0]);
    Tool::new("go").dir(&module).env("GOWORK", "off").args(args).run()
}

fn go_format() -> Result<()> {
    let modules = GO_MODULES.map(|module| paths::checkout().join(module));
    let unformatted = Tool::new("gofmt").arg("-l").args(modules).read()?;
    if !unformatted.trim().is_empty() {
        bail!(
            "run gofmt -w on {}",
            unformatted.split_whitespace().collect::<Vec<_>>().join(" ")
        );
    }
    Ok(())
}

/// Every shell file of the repository.
const SHELL: [&str; 5] = [
    ".ci/run",
    "xtask/prepare",
    "images/base/install",
    "images/postgres/check",
    "images/pgbackrest/stand-in/usr/share/postgresql-common/maintscripts-functions",
];

/// And what only bash reads.
const BASH: [&str; 1] = ["crates/pgo/src/completion/pgo.bash"];

fn shell() -> Result<()> {
    for (dialect, files) in [("sh", &SHELL[..]), ("bash", &BASH[..])] {
        Tool::new("shellcheck")
            .dir(paths::checkout())
            .arg(format!("--shell={dialect}"))
            .args(files)
            .run()?;
    }
    Ok(())
}

/// The release of cargo-deny that deny.toml is written for.
const CARGO_DENY: &str = "0.20.2";

/// Compiles cargo-deny once (two minutes on two cores) and asks it. Advisories need the network and change under our feet:
/// they are for a person, or a nightly job.
fn deny() -> Result<()> {
    let root = paths::cache()?
        .join("tools")
        .join(format!("cargo-deny-{CARGO_DENY}"));
    let program = root.join("bin/cargo-deny");
    if !program.exists() {
        let step = Step::begin(format!("installing cargo-deny {CARGO_DENY} (once)"));
        build::cargo()?
            .env("CARGO_TARGET_DIR", root.join("build"))
            .args([
                "install",
                "--quiet",
                "--locked",
                "cargo-deny",
                "--version",
                CARGO_DENY,
            ])
            .arg("--root")
            .arg(&root)
            .run()?;
        std::fs::remove_dir_all(root.join("build"))?;
        step.done("installed");
    }
    Tool::new(program)
        .dir(paths::checkout())
        .args([
            "--offline",
            "--all-features",
            "check",
            "--hide-inclusion-graph",
            "bans",
            "licenses",
            "sources",
        ])
        .run()
}

fn summary(name: &str, times: &[(&str, f64)]) -> String {
    let total: f64 = times.iter().map(|(_, seconds)| seconds).sum();
    let parts: Vec<String> = times
        .iter()
        .map(|(part, seconds)| format!("{part} {seconds:.0} s"))
        .collect();
    format!("{name}: passed in {total:.0} s ({})", parts.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_shell_file_is_there() {
        for file in SHELL {
            assert!(paths::checkout().join(file).is_file(), "{file}");
        }
    }

    #[test]
    fn the_summary_names_every_part() {
        let times = [("a", 1.4), ("b", 2.0)];
        assert_eq!(summary("check", &times), "check: passed in 3 s (a 1 s, b 2 s)");
    }
}
