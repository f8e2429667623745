/** Queries to start from; their titles are in `query.json` under `example`. */

export const EXAMPLES = [
  {
    key: "services_by_p95",
    sql: `select service_name,
       count(*) as requests,
       count(*) filter (where status_code = 'error') as errors,
       percentile(duration, 0.95) / 1e6 as p95_ms
from spans
where start_time >= $from and start_time < $to
  and kind = 'server'
  and ($environment is null or deployment_environment_name = $environment)
group by service_name
order by p95_ms desc
limit 20`,
  },
  {
    key: "requests_over_time",
    sql: `select time_bucket(interval '1 minute', start_time) as minute,
       service_name,
       count(*) as requests
from spans
where start_time >= $from and start_time < $to
  and kind = 'server'
  and ($environment is null or deployment_environment_name = $environment)
group by minute, service_name
order by minute`,
  },
  {
    key: "error_logs",
    sql: `select time, service_name, severity_text, body, trace_id
from logs
where time >= $from and time < $to
  and severity_number >= 17
  and ($environment is null or deployment_environment_name = $environment)
order by time desc
limit 500`,
  },
  {
    key: "slowest_traces",
    sql: `select start_time, trace_id, service_name, name, duration / 1e6 as duration_ms, status_code
from spans
where start_time >= $from and start_time < $to
  and parent_span_id is null
  and ($environment is null or deployment_environment_name = $environment)
order by duration desc
limit 100`,
  },
  {
    key: "registry_timeouts",
    sql: `select start_time, trace_id, duration / 1e9 as seconds, status_code, status_message, server_address
from spans
where start_time >= $from and start_time < $to
  and kind = 'client'
  and (server_address like '%registry%' or peer_service like '%registry%')
  and duration >= 10000000000
order by start_time`,
  },
  {
    key: "orders_per_shard",
    sql: `select db_namespace as shard,
       count(*) as statements,
       percentile(duration, 0.95) / 1e6 as p95_ms
from spans
where start_time >= $from and start_time < $to
  and db_namespace like 'orders_shard_%'
group by shard
order by shard`,
  },
  {
    key: "metrics",
    sql: `select metric_name, metric_type, metric_unit, count(*) as points,
       count(distinct series_id) as series, max(time) as latest
from metric_points
where time >= $from and time < $to
group by metric_name, metric_type, metric_unit
order by points desc
limit 200`,
  },
] as const;
