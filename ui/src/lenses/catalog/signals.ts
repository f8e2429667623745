/** Names of what a service sends. */
const SIGNALS = ["spans", "logs", "metric_points", "profiles"];

/** A signal that is not known here keeps its name. */
export function signalText(signal: string, t: (key: string) => string): string {
  return SIGNALS.includes(signal) ? t(`signal.${signal}`) : signal;
}
