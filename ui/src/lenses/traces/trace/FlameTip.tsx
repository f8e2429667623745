/** The values of the box under the pointer. */
import { useTranslation } from "react-i18next";
import { useFormat } from "@/design/use-format";
import { rowOf, type TraceTree } from "./tree";

const WIDTH = 280;
const AWAY_PIXELS = 14;

export function FlameTip(props: {
  tree: TraceTree;
  row: number;
  x: number;
  y: number;
  width: number;
  height: number;
}) {
  const { t } = useTranslation("traces");
  const format = useFormat();
  const row = rowOf(props.tree, props.row);
  if (row === undefined) {
    return null;
  }
  const left = Math.max(0, Math.min(props.x + AWAY_PIXELS, props.width - WIDTH));
  const values = [
    [t("panel.duration"), format.durationNs(row.endNs - row.startNs)],
    [t("panel.self"), format.durationNs(row.selfNs)],
    [t("panel.start"), `+${format.durationNs(row.startNs)}`],
    [t("panel.kind"), t(`kind.${row.kind}`)],
  ];
  // In the lower half it stands above the pointer, so that it is not cut.
  const place =
    props.y > props.height / 2
      ? { bottom: props.height - props.y + AWAY_PIXELS }
      : { top: props.y + AWAY_PIXELS };
  return (
    <div className="flame-tip" style={{ ...place, left, maxWidth: WIDTH }}>
      <b className="wrap-anywhere">{row.service}</b>
      <span className="wrap-anywhere">{row.name}</span>
      <dl>
        {values.map(([name, value]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd className="num">{value}</dd>
          </div>
        ))}
      </dl>
      {row.isError ? <span className="trace-error">{t("waterfall.error")}</span> : null}
    </div>
  );
}
