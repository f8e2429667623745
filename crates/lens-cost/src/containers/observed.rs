//! What metrics tell of containers and nodes, hour by hour.

use super::hours::{HOUR_MS, Hours};
use super::identity::{CONTAINER_KEY, OTHER_KEY};
use super::names::{self, Says};
use crate::costs::CostError;
use foldhash::{HashMap, HashMapExt};
use hannun_allocation::containers::{ContainerHour, NodeCapacity};
use hannun_model::limits::{COST_CONTAINER_HOURS_MAX, COST_METRIC_ROWS_MAX};
use hannun_query::{Engine, QueryLimits, typed};
use serde::Deserialize;
use std::sync::Arc;

/// Hours that are asked about at once, unless there are too many containers.
const PART_HOURS: usize = 24;
/// Counters are read from before the time on, so that its first increment is known.
const BEFORE_MS: i64 = 15 * 60_000;
const HOUR_SECONDS: f64 = 3600.0;

/// A container in an hour, as observed.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Use {
    pub hour: ContainerHour,
    /// Whether any metric told its usage of processors and memory.
    pub has_cpu: bool,
    pub has_memory: bool,
    /// Bytes that went in and out.
    pub bytes: f64,
}

/// Everything observed in some hours, by the key of [`super::identity`] and the place of the hour.
#[derive(Debug, Default)]
pub struct Observed {
    pub containers: HashMap<(Arc<str>, usize), Use>,
    /// By pod.
    pub pod_bytes: HashMap<(Arc<str>, usize), f64>,
    /// By node or task.
    pub capacity: HashMap<(Arc<str>, usize), NodeCapacity>,
}

#[derive(Debug, Deserialize)]
struct GaugeRow {
    hour_ms: i64,
    key: Option<String>,
    other: Option<String>,
    metric: String,
    average: Option<f64>,
    points: u64,
    first_ms: i64,
    last_ms: i64,
}

#[derive(Debug, Deserialize)]
struct CounterRow {
    hour_ms: i64,
    key: Option<String>,
    other: Option<String>,
    metric: String,
    increase: Option<f64>,
    points: u64,
    first_ms: i64,
    last_ms: i64,
}

/// Reads what metrics tell of these hours.
pub async fn observe(engine: &Arc<Engine>, hours: &Hours) -> Result<Observed, CostError> {
    let mut collector = Collector::default();
    let mut parts: Vec<Hours> = hours.parts(PART_HOURS).collect();
    while let Some(part) = parts.pop() {
        let limits = QueryLimits::asked(Some(COST_METRIC_ROWS_MAX), None);
        let gauges = engine.rows::<GaugeRow>(&gauges_sql(&part), limits).await?;
        let counters = engine.rows::<CounterRow>(&counters_sql(&part), limits).await?;
        if (gauges.truncated || counters.truncated) && part.count > 1 {
            parts.extend(part.parts(part.count.div_ceil(2)));
            continue;
        }
        gauges.rows.into_iter().for_each(|row| collector.add_gauge(hours, row));
        counters.rows.into_iter().for_each(|row| collector.add_counter(hours, row));
        let is_too_much = gauges.truncated
            || counters.truncated
            || collector.readings.len() > COST_CONTAINER_HOURS_MAX;
        if is_too_much {
            let message = "there were too many containers in this time: ask for a shorter one";
            return Err(CostError::Invalid(message.to_owned()));
        }
    }
    Ok(collector.finish())
}

fn gauges_sql(hours: &Hours) -> String {
    format!(
        "SELECT CAST(hour AS BIGINT) / 1000000 AS hour_ms, key, other, metric_name AS metric, \
         avg(value) AS average, {POINTS} FROM (SELECT date_trunc('hour', time) AS hour, time, \
         {CONTAINER_KEY} AS key, {OTHER_KEY} AS other, metric_name, value FROM metric_points \
         WHERE metric_name IN ({}) AND {}) AS points GROUP BY hour, key, other, metric_name",
        names::gauges_sql(),
        within(hours.from_ms, hours.to_ms())
    )
}

/// How many points there are, and from when to when.
const POINTS: &str = "count(*) AS points, CAST(min(time) AS BIGINT) / 1000000 AS first_ms, \
                      CAST(max(time) AS BIGINT) / 1000000 AS last_ms";

/// The increments of each series; one that is less than before began again from zero.
fn counters_sql(hours: &Hours) -> String {
    format!(
        "SELECT CAST(date_trunc('hour', time) AS BIGINT) / 1000000 AS hour_ms, key, other, \
         metric_name AS metric, sum(CASE WHEN aggregation_temporality = 'delta' THEN value \
         WHEN before IS NULL THEN 0.0 WHEN value >= before THEN value - before ELSE value END) \
         AS increase, {POINTS} FROM (SELECT time, {CONTAINER_KEY} AS key, {OTHER_KEY} AS other, \
         metric_name, aggregation_temporality, value, lag(value) OVER (PARTITION BY series_id \
         ORDER BY time) AS before FROM metric_points WHERE metric_name IN ({}) AND {}) AS points \
         WHERE {} GROUP BY hour_ms, key, other, metric_name",
        names::counters_sql(),
        within(hours.from_ms - BEFORE_MS, hours.to_ms()),
        within(hours.from_ms, hours.to_ms())
    )
}

fn within(from_ms: i64, to_ms: i64) -> String {
    format!(
        "time >= {} AND time < {}",
        typed::timestamp_ms(from_ms.max(0)),
        typed::timestamp_ms(to_ms)
    )
}

/// The best that is known of one number.
#[derive(Debug, Clone, Copy)]
struct Best {
    value: f64,
    rank: u8,
}

/// What is known of a container in an hour before it is put together.
#[derive(Debug, Clone, Copy, Default)]
struct Reading {
    cpu_used: Option<Best>,
    cpu_request: Option<Best>,
    memory_used: Option<Best>,
    memory_request: Option<Best>,
    /// Seconds of processor time by a counter.
    cpu_seconds: Option<f64>,
    bytes: f64,
    /// Points of the metric with most of them, and how many milliseconds they span.
    points: u64,
    span_ms: i64,
}

impl Reading {
    fn saw(&mut self, points: u64, span_ms: i64) {
        if points > self.points {
            (self.points, self.span_ms) = (points, span_ms);
        }
    }

    /// The part of the hour in which it ran: as long as its points stand for.
    fn presence(&self, usual_interval_ms: f64) -> f64 {
        let interval_ms = match self.points {
            0 | 1 => usual_interval_ms,
            points => self.span_ms as f64 / (points - 1) as f64,
        };
        (self.points as f64 * interval_ms / HOUR_MS as f64).clamp(0.0, 1.0)
    }
}

fn improve(best: &mut Option<Best>, value: f64, rank: u8) {
    if best.is_none_or(|known| rank < known.rank) {
        *best = Some(Best { value, rank });
    }
}

#[derive(Debug, Default)]
struct Collector {
    keys: HashMap<String, Arc<str>>,
    readings: HashMap<(Arc<str>, usize), Reading>,
    pod_bytes: HashMap<(Arc<str>, usize), f64>,
    node_cpu: HashMap<(Arc<str>, usize), Best>,
    node_memory: HashMap<(Arc<str>, usize), Best>,
}

impl Collector {
    fn key(&mut self, key: String) -> Arc<str> {
        self.keys.entry(key).or_insert_with_key(|key| Arc::from(key.as_str())).clone()
    }

    fn add_gauge(&mut self, hours: &Hours, row: GaugeRow) {
        let (Some(hour), Some(gauge)) = (hours.index(row.hour_ms), names::gauge_of(&row.metric))
        else {
            return;
        };
        let Some(value) = row.average.filter(|value| value.is_finite()) else { return };
        let value = value * gauge.factor;
        if matches!(gauge.says, Says::NodeCpu | Says::NodeMemory) {
            let Some(node) = row.other else { return };
            let key = (self.key(node), hour);
            let known = match gauge.says {
                Says::NodeCpu => &mut self.node_cpu,
                _ => &mut self.node_memory,
            };
            let best = Best { value, rank: gauge.rank };
            let slot = known.entry(key).or_insert(best);
            if gauge.rank < slot.rank {
                *slot = best;
            }
            return;
        }
        let Some(container) = row.key else { return };
        let key = (self.key(container), hour);
        let reading = self.readings.entry(key).or_default();
        reading.saw(row.points, row.last_ms - row.first_ms);
        let slot = match gauge.says {
            Says::CpuUsed => &mut reading.cpu_used,
            Says::CpuRequest => &mut reading.cpu_request,
            Says::MemoryUsed => &mut reading.memory_used,
            Says::MemoryRequest | Says::NodeCpu | Says::NodeMemory => &mut reading.memory_request,
        };
        improve(slot, value, gauge.rank);
    }

    fn add_counter(&mut self, hours: &Hours, row: CounterRow) {
        let counter = names::COUNTERS.iter().find(|it| it.name == row.metric);
        let (Some(hour), Some(counter)) = (hours.index(row.hour_ms), counter) else { return };
        let Some(increase) = row.increase.filter(|value| value.is_finite()) else { return };
        match (counter.seconds, row.key, row.other) {
            (Some(seconds), Some(container), _) => {
                let key = (self.key(container), hour);
                let reading = self.readings.entry(key).or_default();
                reading.saw(row.points, row.last_ms - row.first_ms);
                reading.cpu_seconds.get_or_insert(increase * seconds);
            }
            (None, Some(container), _) => {
                let key = (self.key(container), hour);
                self.readings.entry(key).or_default().bytes += increase;
            }
            (None, None, Some(pod)) => {
                let key = (self.key(pod), hour);
                *self.pod_bytes.entry(key).or_default() += increase;
            }
            _ => {}
        }
    }

    fn finish(self) -> Observed {
        let usual_ms = usual_interval_ms(self.readings.values());
        let of = |reading: &Reading| {
            let presence = reading.presence(usual_ms);
            let by_counter = reading.cpu_seconds.filter(|_| presence > 0.0);
            let by_counter = by_counter.map(|seconds| seconds / HOUR_SECONDS / presence);
            let value = |best: Option<Best>| best.map_or(0.0, |best| best.value);
            Use {
                hour: ContainerHour {
                    presence,
                    cpu_request: value(reading.cpu_request),
                    cpu_used: by_counter.unwrap_or_else(|| value(reading.cpu_used)),
                    memory_request_bytes: value(reading.memory_request),
                    memory_used_bytes: value(reading.memory_used),
                },
                has_cpu: reading.cpu_seconds.is_some() || reading.cpu_used.is_some(),
                has_memory: reading.memory_used.is_some(),
                bytes: reading.bytes,
            }
        };
        let mut capacity: HashMap<(Arc<str>, usize), NodeCapacity> = HashMap::new();
        for (key, best) in self.node_cpu {
            capacity.entry(key).or_default().cpu = Some(best.value);
        }
        for (key, best) in self.node_memory {
            capacity.entry(key).or_default().memory_bytes = Some(best.value);
        }
        Observed {
            containers: self.readings.into_iter().map(|(key, it)| (key, of(&it))).collect(),
            pod_bytes: self.pod_bytes,
            capacity,
        }
    }
}

/// The median of the intervals of those that tell one; an hour when none does, so that a single
/// point an hour stands for all of it.
fn usual_interval_ms<'a>(readings: impl Iterator<Item = &'a Reading>) -> f64 {
    let told = readings.filter(|it| it.points > 1);
    let mut intervals: Vec<f64> =
        told.map(|it| it.span_ms as f64 / (it.points - 1) as f64).collect();
    if intervals.is_empty() {
        return HOUR_MS as f64;
    }
    let middle = intervals.len() / 2;
    *intervals.select_nth_unstable_by(middle, f64::total_cmp).1
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOURS: Hours = Hours { from_ms: 0, count: 2 };

    fn gauge(metric: &str, average: f64, points: u64) -> GaugeRow {
        GaugeRow {
            hour_ms: 0,
            key: Some("pod/order".to_owned()),
            other: Some("node".to_owned()),
            metric: metric.to_owned(),
            average: Some(average),
            points,
            first_ms: 0,
            last_ms: points.saturating_sub(1) as i64 * 60_000,
        }
    }

    fn counter(metric: &str, key: Option<&str>, increase: f64) -> CounterRow {
        CounterRow {
            hour_ms: 0,
            key: key.map(str::to_owned),
            other: Some("pod".to_owned()),
            metric: metric.to_owned(),
            increase: Some(increase),
            points: 60,
            first_ms: 0,
            last_ms: 59 * 60_000,
        }
    }

    fn key(text: &str) -> (Arc<str>, usize) {
        (Arc::from(text), 0)
    }

    #[test]
    fn counters_win_over_gauges_and_both_work_alone() {
        let observed = |with_counter: bool| {
            let mut collector = Collector::default();
            collector.add_gauge(&HOURS, gauge("container.cpu.usage", 0.5, 60));
            collector.add_gauge(&HOURS, gauge("k8s.container.cpu_request", 2.0, 60));
            if with_counter {
                let row = counter("container.cpu.time", Some("pod/order"), 900.0);
                collector.add_counter(&HOURS, row);
            }
            collector.finish().containers[&key("pod/order")]
        };
        assert_eq!(observed(false).hour.cpu_used, 0.5);
        assert_eq!((observed(true).hour.cpu_used, observed(true).hour.cpu_request), (0.25, 2.0));
        assert_eq!(observed(true).hour.presence, 1.0);
    }

    #[test]
    fn a_container_was_there_as_long_as_its_points_stand_for() {
        let mut collector = Collector::default();
        collector.add_gauge(&HOURS, gauge("container.memory.working_set", 1e9, 30));
        collector.add_counter(&HOURS, counter("container.cpu.time", Some("other"), 3600.0));
        let mut single = gauge("container.memory.working_set", 1e9, 1);
        single.key = Some("short".to_owned());
        collector.add_gauge(&HOURS, single);
        let containers = collector.finish().containers;
        assert_eq!(containers[&key("pod/order")].hour.presence, 0.5);
        assert!((containers[&key("short")].hour.presence - 1.0 / 60.0).abs() < 1e-9);
        assert_eq!(containers[&key("other")].hour.cpu_used, 1.0);
        assert!(!containers[&key("other")].has_memory);
    }

    #[test]
    fn tasks_of_ecs_speak_in_units_of_their_own() {
        let mut collector = Collector::default();
        for (metric, average) in [
            ("container.cpu.reserved", 512.0),
            ("container.memory.reserved", 1024.0),
            ("container.memory.usage", 9e8),
            ("container.memory.utilized", 256.0),
            ("ecs.task.cpu.reserved", 1024.0),
            ("ecs.task.memory.reserved", 2048.0),
        ] {
            collector.add_gauge(&HOURS, gauge(metric, average, 60));
        }
        let row = counter("container.network.io.usage.tx_bytes", Some("pod/order"), 7.0);
        collector.add_counter(&HOURS, row);
        collector.add_counter(&HOURS, counter("k8s.pod.network.io", None, 9.0));
        let observed = collector.finish();
        let found = observed.containers[&key("pod/order")];
        assert_eq!((found.hour.cpu_request, found.bytes), (0.5, 7.0));
        let memory = (found.hour.memory_request_bytes, found.hour.memory_used_bytes);
        assert_eq!(memory, (1_073_741_824.0, 268_435_456.0));
        let capacity = NodeCapacity { cpu: Some(1.0), memory_bytes: Some(2_147_483_648.0) };
        assert_eq!(observed.capacity[&key("node")], capacity);
        assert_eq!(observed.pod_bytes[&key("pod")], 9.0);
    }

    #[test]
    fn points_are_added_up_by_the_hour() {
        insta::assert_snapshot!(gauges_sql(&HOURS));
        insta::assert_snapshot!(counters_sql(&HOURS));
    }
}
