/** "What if the timeout were X": a slider, and what the stored calls can and cannot say about it. */
import { Slider, Text } from "@mantine/core";
import { useEffect, useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import { useSearchChange } from "@/common/use-search-change";
import { useFormat } from "@/design/use-format";
import type { Evidence } from "../dependencies-api";
import { ThresholdInput } from "../ThresholdInput";
import { limitText, rangeText } from "./seconds";
import {
  answeredWithError,
  clampTimeout,
  cutOffAfterMs,
  firstTimeout,
  floorMs,
  sliderRange,
  type WhatIf,
  whatIf,
} from "./what-if";

const EFFECTS = ["answered", "lost", "cut", "unknown"] as const;

interface WhatIfSectionProps {
  evidence: Evidence;
  timeoutMs: number | undefined;
}

export function WhatIfSection({ evidence, timeoutMs }: WhatIfSectionProps) {
  const { t } = useTranslation("dependencies");
  const change = useSearchChange();
  const { language } = useFormat().settings;
  const range = useMemo(() => sliderRange(evidence), [evidence]);
  const chosen =
    timeoutMs === undefined ? firstTimeout(evidence, range) : clampTimeout(timeoutMs, range);
  const [tried, setTried] = useState(chosen);
  useEffect(() => setTried(chosen), [chosen]);
  if (evidence.over.calls === 0) {
    return null;
  }
  const write = (next: number) => change({ timeout: next }, true);
  const text = (ms: number) => limitText(ms, language);
  return (
    <section className="card" aria-label={t("what_if.title")}>
      <Text component="h2" fw={600} size="sm" m={0} mb="xs">
        {t("what_if.heading", { timeout: text(tried) })}
      </Text>
      <div className="screen-only what-if-controls">
        <Slider
          className="what-if-slider"
          min={range.minMs}
          max={range.maxMs}
          step={range.stepMs}
          value={tried}
          label={text}
          thumbLabel={t("what_if.label")}
          thumbProps={{ "aria-valuetext": text(tried) }}
          marks={[
            { value: range.minMs, label: text(range.minMs) },
            { value: range.maxMs, label: text(range.maxMs) },
          ]}
          onChange={setTried}
          onChangeEnd={write}
        />
        <ThresholdInput
          label={t("what_if.exact")}
          size="xs"
          valueMs={tried}
          onChange={(next) => write(clampTimeout(next, range))}
        />
      </div>
      <Result evidence={evidence} timeoutMs={tried} />
    </section>
  );
}

interface ResultProps {
  evidence: Evidence;
  timeoutMs: number;
}

function Result({ evidence, timeoutMs }: ResultProps) {
  const { t } = useTranslation("dependencies");
  const format = useFormat();
  const { language } = format.settings;
  const result = useMemo(() => whatIf(evidence, timeoutMs), [evidence, timeoutMs]);
  const slow = EFFECTS.reduce((sum, effect) => sum + result[effect], 0);
  const cutOff = cutOffAfterMs(evidence, timeoutMs);
  const timeout = limitText(timeoutMs, language);
  const floor = limitText(floorMs(evidence), language);
  return (
    <>
      <EffectBar result={result} />
      <Text size="sm">{t("what_if.scope", { count: slow, calls: format.count(slow), floor })}</Text>
      <ul className="what-if-list">
        {EFFECTS.filter((effect) => result[effect] > 0).map((effect) => (
          <li key={effect} data-effect={effect}>
            <i aria-hidden="true" />
            <span>
              {t(`what_if.effect.${effect}`, {
                count: result[effect],
                calls: format.count(result[effect]),
                timeout,
                after: cutOff === undefined ? "" : rangeText(cutOff.from, cutOff.to, language),
              })}
            </span>
          </li>
        ))}
      </ul>
      <Text size="sm" mt={4}>
        {t("what_if.total", {
          calls: format.count(result.calls),
          completed: format.count(result.completed),
        })}
      </Text>
      <Notes evidence={evidence} hasCutOff={result.cut + result.unknown > 0} />
    </>
  );
}

/** How the slow calls would divide; the list below says the same in words. */
function EffectBar({ result }: { result: WhatIf }) {
  return (
    <div className="what-if-bar" aria-hidden="true">
      {EFFECTS.filter((effect) => result[effect] > 0).map((effect) => (
        <i key={effect} data-effect={effect} style={{ flexGrow: result[effect] }} />
      ))}
    </div>
  );
}

function Notes({ evidence, hasCutOff }: { evidence: Evidence; hasCutOff: boolean }) {
  const { t } = useTranslation("dependencies");
  const format = useFormat();
  const failed = answeredWithError(evidence);
  const notes = [
    ...(failed > 0
      ? [t("what_if.note_failed", { count: failed, calls: format.count(failed) })]
      : []),
    ...(hasCutOff ? [t("what_if.note_unknown")] : []),
    ...(evidence.what_if.retry_note ? [t("what_if.note_retry")] : []),
    t("what_if.note_load"),
  ];
  return notes.map((note) => (
    <Text key={note} size="xs" c="dimmed" mt={4}>
      {note}
    </Text>
  ));
}
