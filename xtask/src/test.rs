//! `cargo xtask test`: every check, in the order in which they fail fastest.

use crate::programs::run as run_program;
use crate::workspace::Workspace;
use crate::{docs, node, prerequisites, python, tidy, ui};
use anyhow::{Context, Result, bail};
use std::time::{Duration, Instant};

/// What was asked for.
#[derive(Debug, PartialEq, Eq)]
struct Options {
    end_to_end: bool,
    only: Option<String>,
}

struct Step {
    name: &'static str,
    run: fn(&Workspace, &Options) -> Result<()>,
}

/// The tests come last so that their summary closes the output.
const STEPS: &[Step] = &[
    Step { name: "prerequisites", run: prerequisites },
    Step { name: "format", run: format },
    Step { name: "tidy", run: |workspace, _| tidy::run(workspace) },
    Step { name: "ui", run: web_app },
    Step { name: "clippy", run: clippy },
    Step { name: "docs", run: |workspace, _| docs::run(workspace, &["--check".to_owned()]) },
    Step { name: "build", run: build },
    Step { name: "doctests", run: doctests },
    Step { name: "tests", run: tests },
];

/// Python environments of the end-to-end tests: folder, requirements below `e2e`, and the variable
/// that tells the tests where it is. Datadog's library patches what it finds, so it has its own, one
/// for each generation of it.
const END_TO_END_ENVIRONMENTS: [(&str, &str, &str); 4] = [
    ("venv", "requirements.txt", "HANNUN_PYTHON"),
    ("venv-datadog", "requirements-datadog.txt", "HANNUN_PYTHON_DATADOG"),
    ("venv-datadog-2", "requirements-datadog-2.txt", "HANNUN_PYTHON_DATADOG_2"),
    ("venv-cost", "requirements-cost.txt", "HANNUN_PYTHON_COST"),
];
const END_TO_END_MODULES: &str = "e2e-node";

pub fn run(workspace: &Workspace, arguments: &[String]) -> Result<()> {
    if arguments == ["--list"] {
        STEPS.iter().for_each(|step| println!("{}", step.name));
        return Ok(());
    }
    let options = parse(arguments)?;
    let mut times: Vec<(&str, Duration)> = Vec::new();
    let mut outcome = Ok(());
    for step in STEPS {
        if options.only.as_deref().is_some_and(|only| only != step.name) {
            continue;
        }
        println!("\n── {} ──", step.name);
        let start = Instant::now();
        outcome = (step.run)(workspace, &options);
        times.push((step.name, start.elapsed()));
        if outcome.is_err() {
            break;
        }
    }
    println!("\n{}", table(&times, outcome.is_ok()));
    let last = times.last().map_or("", |(name, _)| *name);
    outcome.with_context(|| {
        format!("step `{last}` failed; repeat only this one with: cargo xtask test --only {last}")
    })
}

fn parse(arguments: &[String]) -> Result<Options> {
    let mut options = Options { end_to_end: true, only: None };
    let mut rest = arguments.iter();
    while let Some(argument) = rest.next() {
        match argument.as_str() {
            "--no-e2e" => options.end_to_end = false,
            "--only" => {
                let name = rest.next().context("--only takes the name of a step")?;
                if !STEPS.iter().any(|step| step.name == name) {
                    bail!("no step `{name}`; `cargo xtask test --list` names them");
                }
                options.only = Some(name.clone());
            }
            other => bail!("no option `{other}`; there are --no-e2e, --only <step> and --list"),
        }
    }
    Ok(options)
}

fn table(times: &[(&str, Duration)], passed: bool) -> String {
    let mut lines: Vec<String> = times
        .iter()
        .map(|(name, time)| format!("{name:<14} {:>7.1} s", time.as_secs_f64()))
        .collect();
    let total: Duration = times.iter().map(|(_, time)| *time).sum();
    let verdict = if passed { "passed" } else { "FAILED" };
    lines.push(format!("{:<14} {:>7.1} s  {verdict}", "total", total.as_secs_f64()));
    lines.join("\n")
}

fn prerequisites(workspace: &Workspace, options: &Options) -> Result<()> {
    prerequisites::to_test(workspace, options.end_to_end)?;
    if options.end_to_end {
        for (name, requirements, _) in END_TO_END_ENVIRONMENTS {
            let requirements = workspace.root.join("e2e").join(requirements);
            python::environment(workspace, name, &requirements)?;
        }
        node::modules(workspace, END_TO_END_MODULES, &workspace.root.join("e2e"))?;
    }
    println!("everything is here");
    Ok(())
}

fn format(workspace: &Workspace, _: &Options) -> Result<()> {
    run_program(workspace.cargo().args(["fmt", "--all", "--check"]))
        .context("mend it with: cargo fmt --all")
}

fn web_app(workspace: &Workspace, _: &Options) -> Result<()> {
    ui::check(workspace)?;
    ui::build(workspace)
}

fn clippy(workspace: &Workspace, _: &Options) -> Result<()> {
    let arguments = ["clippy", "--workspace", "--all-targets", "--", "-D", "warnings"];
    run_program(workspace.cargo().args(arguments))
}

fn build(workspace: &Workspace, _: &Options) -> Result<()> {
    // `--tests` chooses the features of the tests: see `BINARY_TARGETS`.
    run_program(workspace.cargo().args(["build", "--workspace", "--bins", "--tests"]))
}

fn doctests(workspace: &Workspace, _: &Options) -> Result<()> {
    run_program(workspace.cargo().args(["test", "--quiet", "--workspace", "--doc"]))
}

fn tests(workspace: &Workspace, options: &Options) -> Result<()> {
    // A binary that is older than the source would be tested otherwise.
    build(workspace, options)?;
    let mut command = workspace.cargo();
    command.args(["nextest", "run", "--workspace", "--no-tests", "fail"]);
    if std::env::var_os("CI").is_some() {
        command.args(["--profile", "ci"]);
    }
    if !options.end_to_end {
        command.args(["-E", "not package(hannun-e2e)"]);
    }
    command.env("HANNUN_BIN", workspace.binary("debug", "hannun"));
    for (name, _, variable) in END_TO_END_ENVIRONMENTS {
        let python = python::interpreter(workspace, name);
        if python.exists() {
            command.env(variable, python);
        }
    }
    let modules = node::modules_folder(workspace, END_TO_END_MODULES);
    if modules.exists() {
        command.env("HANNUN_NODE_MODULES", modules);
    }
    run_program(&mut command)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(arguments: &[&str]) -> Result<Options> {
        parse(&arguments.iter().map(|it| (*it).to_owned()).collect::<Vec<_>>())
    }

    #[test]
    fn options_are_read_in_any_order() {
        let expected = Options { end_to_end: false, only: Some("tests".to_owned()) };
        assert_eq!(parsed(&["--only", "tests", "--no-e2e"]).unwrap(), expected);
        assert_eq!(parsed(&["--no-e2e", "--only", "tests"]).unwrap(), expected);
        assert_eq!(parsed(&[]).unwrap(), Options { end_to_end: true, only: None });
    }

    #[test]
    fn unknown_steps_and_options_are_refused() {
        assert!(parsed(&["--only", "nothing"]).is_err());
        assert!(parsed(&["--only"]).is_err());
        assert!(parsed(&["--fast"]).is_err());
    }

    #[test]
    fn the_table_shows_each_step_and_the_sum() {
        let times = [("format", Duration::from_millis(1_500)), ("tests", Duration::from_secs(100))];
        assert_eq!(
            table(&times, false),
            "format             1.5 s\ntests            100.0 s\ntotal            101.5 s  FAILED"
        );
    }
}
