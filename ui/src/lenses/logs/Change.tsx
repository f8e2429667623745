/** How much more or less there is than before. */
import { useTranslation } from "react-i18next";
import { useFormat } from "@/design/use-format";
import { changePercent } from "./patterns/pattern-parts";

/** Smaller changes are noise. */
const MARKED_PERCENT = 25;

export function Change({ now, before }: { now: number; before: number | null }) {
  const { t } = useTranslation("logs");
  const format = useFormat();
  const percent = changePercent(now, before);
  if (percent === undefined) {
    return <span>{before === 0 && now > 0 ? t("change.new") : "–"}</span>;
  }
  const sign = percent > 0 ? "+" : percent < 0 ? "−" : "";
  const direction = percent >= MARKED_PERCENT ? "up" : percent <= -MARKED_PERCENT ? "down" : "same";
  return (
    <span className="log-change num" data-direction={direction}>
      {`${sign}${format.percent(Math.abs(percent) >= 1 ? Math.round(Math.abs(percent)) : Math.abs(percent))}`}
    </span>
  );
}
