/** The largest shares as pairs of bars; the table below has the same figures, and all of them. */
import { useTranslation } from "react-i18next";
import { useFormat } from "@/design/use-format";
import type { TimeShare } from "./time-rows";

const BARS_MAX = 12;

/** The same operation on several databases is several rows. */
function nameOf({ operation, peer }: TimeShare): string {
  return peer === null ? operation : `${operation} → ${peer}`;
}

export function TimeBars({ rows }: { rows: readonly TimeShare[] }) {
  const { t } = useTranslation("traces");
  const format = useFormat();
  const shown = rows.slice(0, BARS_MAX);
  const most = shown.reduce((max, row) => Math.max(max, row.self_percent, row.critical_percent), 0);
  const width = (percent: number) => `${most === 0 ? 0 : (100 * percent) / most}%`;
  return (
    <figure className="card time-bars" aria-label={t("time.bars", { count: shown.length })}>
      <figcaption>
        <span>
          <i className="time-bars-key" data-tone="self" aria-hidden="true" /> {t("time.self")}
        </span>
        <span>
          <i className="time-bars-key" data-tone="critical" aria-hidden="true" />{" "}
          {t("time.critical")}
        </span>
      </figcaption>
      <ul>
        {shown.map((row) => (
          <li key={row.key}>
            <span className="time-bars-name" title={nameOf(row)}>
              <b>{row.service}</b> {nameOf(row)}
            </span>
            <span className="time-bars-track" aria-hidden="true">
              <i data-tone="self" style={{ width: width(row.self_percent) }} />
              <i data-tone="critical" style={{ width: width(row.critical_percent) }} />
            </span>
            <span className="num time-bars-figures">
              {t("time.pair", {
                self: format.percent(row.self_percent),
                critical: format.percent(row.critical_percent),
              })}
            </span>
          </li>
        ))}
      </ul>
    </figure>
  );
}
