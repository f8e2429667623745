//! `hannun cost generate`: synthetic bills with known truth.

use anyhow::{Result, bail};
use clap::Args;
use hannun_bill_generator::{Format, Month, Options, generate_with};
use indicatif::{HumanCount, ProgressBar, ProgressStyle};
use std::path::PathBuf;
use std::time::{SystemTime, UNIX_EPOCH};

#[derive(Debug, Clone, Args)]
pub struct GenerateSettings {
    /// Folder that the bills are written to; a folder for each format is made in it.
    #[arg(long, value_name = "DIR")]
    pub out: PathBuf,
    /// Months, the last of them the one that is over.
    #[arg(long, default_value_t = 3, value_name = "N")]
    pub months: u32,
    /// The first month, such as 2026-08, instead.
    #[arg(long, value_name = "MONTH")]
    pub first_month: Option<String>,
    /// The same seed makes the same bills, byte for byte.
    #[arg(long, default_value_t = 7, value_name = "N")]
    pub seed: u64,
    /// Lines in all months together, about.
    #[arg(long, default_value_t = 1_000_000, value_name = "N")]
    pub lines: u64,
    /// cur2-csv, cur2-parquet, cur-legacy, cur-legacy-overwrite, focus12-csv, focus12-parquet,
    /// focus14-csv or focus14-parquet; more than once for several.
    #[arg(long = "format", default_value = "cur2-csv", value_name = "FORMAT")]
    pub formats: Vec<Format>,
    /// USD, KRW, EUR or JPY.
    #[arg(long, default_value = "USD", value_name = "CODE")]
    pub currency: String,
    /// Write the first month a second time as it was before it was right, to the folder draft.
    #[arg(long, default_value_t = true, action = clap::ArgAction::Set, value_name = "BOOL")]
    pub draft: bool,
    /// Lines of one file.
    #[arg(long, default_value_t = 1_000_000, value_name = "N")]
    pub lines_per_file: u64,
}

pub fn run(settings: &GenerateSettings) -> Result<()> {
    if settings.out.is_dir() && settings.out.read_dir()?.next().is_some() {
        bail!("{} is not empty; name a new folder", settings.out.display());
    }
    let mut options = Options::new(&settings.out);
    options.seed = settings.seed;
    options.months = settings.months;
    options.first_month = first_month(settings)?;
    options.lines = settings.lines;
    options.currency.clone_from(&settings.currency);
    options.formats.clone_from(&settings.formats);
    options.formats.sort();
    options.formats.dedup();
    options.with_draft = settings.draft;
    options.lines_per_file = settings.lines_per_file;
    let bar = bar(settings.lines);
    let truth = generate_with(&options, &mut |lines| bar.set_position(lines))?;
    bar.finish_and_clear();
    for period in &truth.periods {
        println!(
            "{}: {} lines, billed {} {}, amortized {}",
            period.period,
            HumanCount(period.lines + period.split.lines),
            period.totals.billed,
            truth.currency,
            period.totals.effective
        );
    }
    println!(
        "All of it is synthetic; what is true of it is in {}.",
        settings.out.join("truth.json").display()
    );
    Ok(())
}

fn first_month(settings: &GenerateSettings) -> Result<Month> {
    if let Some(text) = &settings.first_month {
        return Ok(Month::parse(text)?);
    }
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
    let mut month = Month::of(now as i64);
    for _ in 0..settings.months {
        month = month.previous();
    }
    Ok(month)
}

fn bar(lines: u64) -> ProgressBar {
    let bar = ProgressBar::new(lines);
    if let Ok(style) = ProgressStyle::with_template("lines {bar:40} {human_pos} {per_sec} {eta}") {
        bar.set_style(style);
    }
    bar
}
