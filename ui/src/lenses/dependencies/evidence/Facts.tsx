/** The figures behind the headline, screen and paper alike. */
import { Text } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { useFormat } from "@/design/use-format";
import type { Evidence } from "../dependencies-api";
import type { Texts } from "./headline";
import { timeWithZone } from "./headline";
import { limitText, measuredText, rangeText } from "./seconds";

interface FactsProps {
  evidence: Evidence;
  environment: string | undefined;
}

export function Facts({ evidence, environment }: FactsProps) {
  const { t } = useTranslation("dependencies");
  const facts = useFacts(evidence, environment, t as unknown as Texts);
  return (
    <section className="card" aria-label={t("facts.title")}>
      <Text component="h2" fw={600} size="sm" m={0} mb="xs">
        {t("facts.title")}
      </Text>
      <dl className="evidence-facts">
        {facts.map(([name, value]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd className="num wrap-anywhere">{value}</dd>
          </div>
        ))}
      </dl>
    </section>
  );
}

function useFacts(evidence: Evidence, environment: string | undefined, t: Texts) {
  const format = useFormat();
  const { figures, over } = evidence;
  const { language } = format.settings;
  const limit = limitText(evidence.threshold_ms, language);
  const measured = (ms: number | null) => (ms === null ? "–" : measuredText(ms, language));
  const share = (part: number, whole: number) =>
    whole === 0
      ? format.count(part)
      : `${format.count(part)} (${format.percent((100 * part) / whole)})`;
  const success =
    over.fastest_success_ms === null || over.slowest_success_ms === null
      ? "–"
      : rangeText(over.fastest_success_ms, over.slowest_success_ms, language);
  const requests = format.count(figures.requests);
  const stored = format.count(evidence.calls);
  // Where the senders sampled, fewer calls are stored than were made.
  const all = requests === stored ? requests : t("facts.stored", { calls: requests, stored });
  const time = (ms: number | null) => (ms === null ? "–" : timeWithZone(ms, format, "second"));
  return [
    [t("facts.calls"), all],
    [t("facts.failed"), share(evidence.failed + evidence.timeouts, evidence.calls)],
    [t("facts.timeouts"), share(evidence.timeouts, evidence.calls)],
    [
      t("facts.percentiles"),
      [figures.p50_ms, figures.p95_ms, figures.p99_ms].map(measured).join(" / "),
    ],
    [t("facts.slowest"), measured(figures.max_ms)],
    [t("facts.over", { limit }), share(over.calls, evidence.calls)],
    [t("facts.over_succeeded", { limit }), share(over.succeeded, over.calls)],
    [t("facts.over_success_range", { limit }), success],
    [t("facts.over_timeouts", { limit }), share(over.timeouts, over.calls)],
    [t("facts.first", { limit }), time(over.first_ms)],
    [t("facts.last", { limit }), time(over.last_ms)],
    [
      t("facts.callers"),
      evidence.callers.map((it) => `${it.service} (${format.count(it.calls)})`).join(", ") || "–",
    ],
    [t("facts.environment"), environment ?? t("facts.environment_all")],
  ] as const;
}
