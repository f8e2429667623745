/** How much more or less than before: a sign, an arrow, and for what is bad or good a colour. */
import { useTranslation } from "react-i18next";
import { type Formats, useFormat } from "@/design/use-format";
import { type ChangeKind, changePercent, changePoints, judgeChange, roundedChange } from "./change";
import "./services.css";

interface ChangeProps {
  now: number | null | undefined;
  before: number | null | undefined;
  kind?: ChangeKind;
  /** Of errors and latency. */
  isMoreWorse?: boolean;
}

export function Change({ now, before, kind = "percent", isMoreWorse = false }: ChangeProps) {
  const { t } = useTranslation("services");
  const format = useFormat();
  const change = kind === "percent" ? changePercent(now, before) : changePoints(now, before);
  if (change === undefined) {
    const isNew = kind === "percent" && before === 0 && typeof now === "number" && now > 0;
    return <span className="service-change">{isNew ? t("change.new") : "–"}</span>;
  }
  return (
    <span className="service-change num" data-judgement={judgeChange(change, kind, isMoreWorse)}>
      {changeText(change, kind, format, t("change.points"))}
    </span>
  );
}

/** `▲ 12%`, `▼ 0.3 pp`, `0%`. */
export function changeText(
  change: number,
  kind: ChangeKind,
  format: Formats,
  points: string,
): string {
  const rounded = roundedChange(change, kind);
  const arrow = rounded === 0 ? "" : change > 0 ? "▲ " : "▼ ";
  return kind === "percent"
    ? `${arrow}${format.percent(rounded)}`
    : `${arrow}${format.number(rounded)} ${points}`;
}
