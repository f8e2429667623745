//! Runs the reference shop against a receiver of OTLP: `shop ENDPOINT FOLDER [SCENARIO] [DAYS]
//! [LIVE SECONDS]`. The endpoint `none` throws a history away, to measure the shop alone.

use hannun_demo::{
    Collector, Export, HistoryOptions, LIVE_RATE, OtlpCollector, ShopError, ShopOptions,
    backfill_into, live, terminal_report,
};
use std::time::{Duration, Instant};

struct Nobody;

impl Collector for Nobody {
    fn deliver(&mut self, _export: Export) -> Result<(), ShopError> {
        Ok(())
    }
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [endpoint, folder, rest @ ..] = arguments.as_slice() else {
        return Err("usage: shop ENDPOINT FOLDER [SCENARIO] [DAYS] [LIVE SECONDS]".into());
    };
    let mut options = ShopOptions::new(endpoint, folder);
    if let Some(scenario) = rest.first() {
        options.scenario = scenario.parse()?;
    }
    let days: f64 = rest.get(1).map_or(Ok(3.0), |days| days.parse())?;
    let live_seconds: u64 = rest.get(2).map_or(Ok(0), |seconds| seconds.parse())?;
    let (stop, stopped) = tokio::sync::watch::channel(false);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        if days > 0.0 {
            let history = HistoryOptions { days, until: None };
            let began = Instant::now();
            let collector: Box<dyn Collector> = match endpoint.as_str() {
                "none" => Box::new(Nobody),
                endpoint => Box::new(OtlpCollector::new(endpoint, &[])?),
            };
            let report = terminal_report();
            let truth =
                backfill_into(collector, &options, &history, stopped.clone(), report).await?;
            let seconds = began.elapsed().as_secs_f64();
            let spans: u64 = truth.spans.values().sum();
            println!("{spans} spans in {seconds:.1} s, {:.0} a second", spans as f64 / seconds);
        }
        if live_seconds > 0 {
            let shop = live(&options, LIVE_RATE, stopped);
            let timer = async {
                tokio::time::sleep(Duration::from_secs(live_seconds)).await;
                stop.send(true)
            };
            let (truth, _) = tokio::join!(shop, timer);
            println!("{}", serde_json::to_string_pretty(&truth?)?);
        }
        Ok(())
    })
}
