/** The figures of both sides beside each other, and the traces they come from. */
import { Button, Text } from "@mantine/core";
import { IconListTree } from "@tabler/icons-react";
import { Link } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { type Formats, useFormat } from "@/design/use-format";
import { Change } from "../../services/Change";
import { errorPercent } from "../../services/figure-texts";
import { spansQuery } from "../../services/service-links";
import type { Figures } from "../../services/services-api";
import type { Comparison, ComparisonSide } from "../deploys-api";
import { useSideName } from "./side-name";

interface Line {
  key: keyof Figures;
  show: (value: number | null, format: Formats) => string;
  kind?: "points";
  isMoreWorse?: boolean;
}

const count = (value: number | null, format: Formats) => format.count(value);
const duration = (value: number | null, format: Formats) => format.durationMs(value);
const LINES: readonly Line[] = [
  { key: "requests", show: count },
  { key: "rate_per_second", show: (value, format) => format.frequency(value) },
  { key: "errors", show: count },
  { key: "error_percent", show: errorPercent, kind: "points", isMoreWorse: true },
  { key: "p50_ms", show: duration, isMoreWorse: true },
  { key: "p95_ms", show: duration, isMoreWorse: true },
  { key: "p99_ms", show: duration, isMoreWorse: true },
  { key: "max_ms", show: duration, isMoreWorse: true },
];

export function SidesTable({ comparison }: { comparison: Comparison }) {
  const { t } = useTranslation("deploys");
  const { t: figures } = useTranslation("services");
  const format = useFormat();
  const { base, other, service } = comparison;
  return (
    <section className="card compare-sides" aria-label={t("sides.title")}>
      <table>
        <thead>
          <tr>
            <th scope="col">{t("sides.figure")}</th>
            <SideHead side={base} which="base" service={service} />
            <SideHead side={other} which="other" service={service} />
            <th scope="col">{t("sides.change")}</th>
          </tr>
        </thead>
        <tbody>
          {LINES.map(({ key, show, kind, isMoreWorse = false }) => (
            <tr key={key}>
              <th scope="row">{figures(`column.${key === "errors" ? "failed" : key}`)}</th>
              <td className="num">{show(base.figures[key], format)}</td>
              <td className="num">{show(other.figures[key], format)}</td>
              <td className="num">
                <Change
                  now={other.figures[key]}
                  before={base.figures[key]}
                  isMoreWorse={isMoreWorse}
                  {...(kind === undefined ? {} : { kind })}
                />
              </td>
            </tr>
          ))}
          {[base, other].some(isSampled) ? (
            <tr>
              <th scope="row">{t("sides.spans")}</th>
              <td className="num">{format.count(base.spans)}</td>
              <td className="num">{format.count(other.spans)}</td>
              <td />
            </tr>
          ) : null}
        </tbody>
      </table>
    </section>
  );
}

/** Tests know only what is stored, which is less than what the figures stand for. */
function isSampled({ figures, spans }: ComparisonSide): boolean {
  return spans < figures.requests - 0.5;
}

interface SideHeadProps {
  side: ComparisonSide;
  which: "base" | "other";
  service: string;
}

function SideHead({ side, which, service }: SideHeadProps) {
  const { t } = useTranslation("deploys");
  const format = useFormat();
  const name = useSideName()(side, which);
  const q = spansQuery(service, { version: side.version ?? undefined });
  const [from, to] = [String(side.from_ms), String(side.to_ms)];
  return (
    <th scope="col">
      <Text size="xs" c="dimmed" component="div">
        {t(`side.${which}`)}
      </Text>
      <div className="wrap-anywhere">{name}</div>
      {side.version === null ? null : (
        <Text size="xs" c="dimmed" component="div" className="num">
          {t("side.times", {
            from: format.time(side.from_ms, "minute"),
            to: format.time(side.to_ms, "minute"),
          })}
        </Text>
      )}
      <Button
        component={Link}
        to="/traces"
        search={{ q, from, to } as never}
        variant="subtle"
        size="compact-xs"
        leftSection={<IconListTree size={14} aria-hidden />}
      >
        {t("side.traces")}
      </Button>
    </th>
  );
}
