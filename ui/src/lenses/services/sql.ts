/** SQL that pages prepare for the query lens. */

/** A text literal. */
export function quoted(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}

export function sqlOfService(service: string): string {
  return `select time_bucket(interval '1 minute', start_time) as minute,
       count(*) as spans,
       count(*) filter (where status_code = 'error') as errors,
       percentile(duration, 0.95) / 1e6 as p95_ms
from spans
where start_time >= $from and start_time < $to
  and service_name = ${quoted(service)}
  and ($environment is null or deployment_environment_name = $environment)
group by minute
order by minute`;
}

/** Spans that have the same value of an attribute of the span or of its resource. */
export function sqlOfAttribute(column: string, key: string, value: string): string {
  return `select start_time, trace_id, service_name, name, duration / 1e6 as duration_ms, status_code
from spans
where start_time >= $from and start_time < $to
  and ${column}[${quoted(key)}] = ${quoted(value)}
order by start_time desc
limit 100`;
}
