//! The report: JSON for machines, Markdown for people.

use crate::peers::PeerReport;
use crate::questions::Answered;
use serde_json::{Value, json};

const MB: f64 = 1e6;
const GB: f64 = 1e9;

/// What loading one data set into a fresh server took.
#[derive(Debug, Clone)]
pub struct LoadFigures {
    pub name: String,
    pub rows: u64,
    /// As protobuf without compression, whatever was sent.
    pub raw_bytes: u64,
    pub seconds: f64,
    pub pushed_back: u64,
    /// Until the last acknowledgement, and until nothing was left to publish or merge.
    pub cpu_seconds_acknowledged: f64,
    pub cpu_seconds_settled: f64,
    pub settle_seconds: f64,
    pub peak_bytes: u64,
    pub parquet_bytes: u64,
    pub disk_bytes: u64,
}

impl LoadFigures {
    fn json(&self) -> Value {
        let rows = self.rows as f64;
        let raw = self.raw_bytes as f64;
        json!({
            "name": self.name, "rows": self.rows, "raw_bytes": self.raw_bytes,
            "raw_bytes_per_row": raw / rows, "seconds": self.seconds,
            "pushed_back": self.pushed_back,
            "rows_per_second": rows / self.seconds,
            "mb_per_second": raw / MB / self.seconds,
            "rows_per_cpu_second_acknowledged": rows / self.cpu_seconds_acknowledged,
            "rows_per_cpu_second": rows / self.cpu_seconds_settled,
            "mb_per_cpu_second": raw / MB / self.cpu_seconds_settled,
            "cpu_seconds": self.cpu_seconds_settled,
            "cpu_seconds_per_gb": self.cpu_seconds_settled / (raw / GB),
            "settle_seconds": self.settle_seconds,
            "peak_bytes": self.peak_bytes, "peak_bytes_per_raw_gb": self.peak_bytes as f64 / (raw / GB),
            "parquet_bytes": self.parquet_bytes, "disk_bytes": self.disk_bytes,
            "parquet_bytes_per_row": self.parquet_bytes as f64 / rows,
            "parquet_bytes_per_raw_byte": self.parquet_bytes as f64 / raw,
            "disk_bytes_per_row": self.disk_bytes as f64 / rows,
        })
    }
}

/// Everything of one scale.
#[derive(Debug, Default)]
pub struct ScaleReport {
    pub scale: u64,
    pub loads: Vec<LoadFigures>,
    pub visibility_ms: f64,
    pub tail_delay_ms: f64,
    pub answers: Vec<Answered>,
    pub idle_cpu_percent: f64,
    pub idle_bytes: u64,
    pub page_cache_dropped: bool,
    pub peers: Vec<PeerReport>,
    /// Answers that differ between engines, or from the known truth.
    pub disagreements: Vec<String>,
}

impl ScaleReport {
    /// As JSON.
    pub fn json(&self) -> Value {
        let peers: Vec<Value> = self
            .peers
            .iter()
            .map(|peer| match &peer.outcome {
                Ok(report) => json!({"name": peer.name, "report": report}),
                Err(reason) => json!({"name": peer.name, "skipped": reason}),
            })
            .collect();
        let answers: Vec<Value> = self
            .answers
            .iter()
            .map(|answer| {
                json!({"name": answer.name, "cold_ms": answer.cold_ms, "warm_ms": answer.warm_ms})
            })
            .collect();
        json!({
            "scale": self.scale,
            "loads": self.loads.iter().map(LoadFigures::json).collect::<Vec<_>>(),
            "visibility_ms": self.visibility_ms, "tail_delay_ms": self.tail_delay_ms, "questions": answers,
            "idle_cpu_percent": self.idle_cpu_percent, "idle_bytes": self.idle_bytes,
            "page_cache_dropped": self.page_cache_dropped,
            "peers": peers, "disagreements": self.disagreements,
        })
    }

    /// As Markdown.
    pub fn markdown(&self) -> String {
        let mut out = format!("\n## Scale {}\n\n", self.scale);
        self.load_table(&mut out);
        self.question_table(&mut out);
        let cold = if self.page_cache_dropped { "dropped" } else { "NOT dropped (needs root)" };
        out.push_str(&format!(
            "\nTime to first visibility {:.1} ms (send to seen, median), to a \
             reader that follows the logs {:.1} ms. Idle: {:.2} % of a core, \
             {:.0} MB resident. Page cache {cold} before cold questions.\n",
            self.visibility_ms,
            self.tail_delay_ms,
            self.idle_cpu_percent,
            self.idle_bytes as f64 / MB
        ));
        for peer in &self.peers {
            if let Err(reason) = &peer.outcome {
                out.push_str(&format!("\nSKIPPED peer {}: {reason}\n", peer.name));
            }
        }
        for disagreement in &self.disagreements {
            out.push_str(&format!("\n**DISAGREEMENT** {disagreement}\n"));
        }
        out
    }

    fn load_table(&self, out: &mut String) {
        out.push_str(
            "| store | rows | raw MB | rows/s | MB/s | rows/CPU-s | raw MB/CPU-s | CPU-s/GB | \
             peak MB | data bytes/row | data/raw | disk bytes/row |\n\
             |---|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|\n",
        );
        for load in &self.loads {
            let (rows, raw) = (load.rows as f64, load.raw_bytes as f64);
            out.push_str(&format!(
                "| Hannun {} | {} | {:.1} | {:.0} | {:.1} | {:.0} | {:.1} | {:.1} | {:.0} | {:.1} | \
                 {:.3} | {:.1} |\n",
                load.name,
                load.rows,
                raw / MB,
                rows / load.seconds,
                raw / MB / load.seconds,
                rows / load.cpu_seconds_settled,
                raw / MB / load.cpu_seconds_settled,
                load.cpu_seconds_settled / (raw / GB),
                load.peak_bytes as f64 / MB,
                load.parquet_bytes as f64 / rows,
                load.parquet_bytes as f64 / raw,
                load.disk_bytes as f64 / rows,
            ));
        }
        for (name, report) in self.peer_reports() {
            for table in report["tables"].as_array().into_iter().flatten() {
                let number = |key: &str| table[key].as_f64().unwrap_or(f64::NAN);
                out.push_str(&format!(
                    "| {name} {} | {} | {:.1} | {:.0} | {:.1} | {:.0} | {:.1} | {:.1} | {:.0} | {:.1} | \
                     {:.3} | {:.1} |\n",
                    table["table"].as_str().unwrap_or_default(),
                    table["rows"],
                    number("raw_bytes") / MB,
                    number("rows") / number("seconds"),
                    number("raw_bytes") / MB / number("seconds"),
                    number("rows") / number("cpu_seconds"),
                    number("raw_bytes") / MB / number("cpu_seconds"),
                    number("cpu_seconds") / (number("raw_bytes") / GB),
                    number("peak_bytes") / MB,
                    number("disk_bytes") / number("rows"),
                    number("disk_bytes") / number("raw_bytes"),
                    number("disk_bytes") / number("rows"),
                ));
            }
        }
    }

    fn peer_reports(&self) -> impl Iterator<Item = (String, &Value)> {
        self.peers.iter().filter_map(|peer| {
            let report = peer.outcome.as_ref().ok()?;
            let version = report["version"].as_str().unwrap_or_default();
            Some((format!("{} {version}", peer.name), report))
        })
    }

    fn question_table(&self, out: &mut String) {
        out.push_str("\n| question | Hannun cold ms | warm ms |");
        let peers: Vec<_> =
            self.peer_reports().filter(|(_, report)| report["questions"].is_array()).collect();
        for (name, _) in &peers {
            out.push_str(&format!(" {name} cold ms | warm ms | warm ratio |"));
        }
        out.push_str("\n|---|--:|--:|");
        out.push_str(&"--:|--:|--:|".repeat(peers.len()));
        for answer in &self.answers {
            out.push_str(&format!(
                "\n| {} | {:.1} | {:.1} |",
                answer.name, answer.cold_ms, answer.warm_ms
            ));
            for (_, report) in &peers {
                let mut questions = report["questions"].as_array().into_iter().flatten();
                let peer = questions.find(|question| question["name"] == answer.name);
                match peer {
                    Some(peer) => {
                        let number = |key: &str| peer[key].as_f64().unwrap_or(f64::NAN);
                        let ratio = answer.warm_ms / number("warm_ms");
                        out.push_str(&format!(
                            " {:.1} | {:.1} | {ratio:.2} |",
                            number("cold_ms"),
                            number("warm_ms")
                        ));
                    }
                    None => out.push_str(" – | – | – |"),
                }
            }
        }
        out.push('\n');
    }
}

/// How cost grew from the first scale to the last, as factors of the growth of the data.
pub fn growth(scales: &[ScaleReport]) -> String {
    let (Some(first), Some(last)) = (scales.first(), scales.last()) else { return String::new() };
    if first.scale == last.scale {
        return String::new();
    }
    let data = last.scale as f64 / first.scale as f64;
    let mut out = format!(
        "\n## Growth from scale {} to {} (data × {data})\n\n| what | × |\n|---|--:|\n",
        first.scale, last.scale
    );
    for (small, large) in first.loads.iter().zip(&last.loads) {
        let cpu = large.cpu_seconds_settled / small.cpu_seconds_settled;
        let disk = large.parquet_bytes as f64 / small.parquet_bytes as f64;
        let peak = large.peak_bytes as f64 / small.peak_bytes as f64;
        out.push_str(&format!("| {} CPU seconds | {cpu:.2} |\n", small.name));
        out.push_str(&format!("| {} data bytes | {disk:.2} |\n", small.name));
        out.push_str(&format!("| {} peak memory | {peak:.2} |\n", small.name));
    }
    for (small, large) in first.answers.iter().zip(&last.answers) {
        let (cold, warm) = (large.cold_ms / small.cold_ms, large.warm_ms / small.warm_ms);
        out.push_str(&format!("| {}, cold | {cold:.2} |\n", small.name));
        out.push_str(&format!("| {}, warm | {warm:.2} |\n", small.name));
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scale(scale: u64, cpu_seconds: f64) -> ScaleReport {
        let load = LoadFigures {
            name: "spans".to_owned(),
            rows: 1_000,
            raw_bytes: 500_000,
            seconds: 2.0,
            pushed_back: 0,
            cpu_seconds_acknowledged: cpu_seconds / 2.0,
            cpu_seconds_settled: cpu_seconds,
            settle_seconds: 1.0,
            peak_bytes: 1_000_000,
            parquet_bytes: 40_000,
            disk_bytes: 60_000,
        };
        ScaleReport { scale, loads: vec![load], ..ScaleReport::default() }
    }

    #[test]
    fn figures_are_per_row_and_per_processor_second() {
        let load = &scale(1, 0.5).json()["loads"][0];
        assert_eq!(load["rows_per_cpu_second"], 2_000.0);
        assert_eq!(load["mb_per_cpu_second"], 1.0);
        assert_eq!(load["cpu_seconds_per_gb"], 1_000.0);
        assert_eq!(load["parquet_bytes_per_row"], 40.0);
        assert_eq!(load["parquet_bytes_per_raw_byte"], 0.08);
    }

    #[test]
    fn growth_is_told_only_between_different_scales() {
        assert_eq!(growth(&[scale(1, 0.5)]), "");
        let text = growth(&[scale(1, 0.5), scale(10, 6.0)]);
        assert!(text.contains("| spans CPU seconds | 12.00 |"), "{text}");
    }
}
