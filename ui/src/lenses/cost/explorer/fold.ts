/** The answer of the explorer as series of a chart: the largest, and all others in one, exactly. */
import { addMoney, compareMoney, type MoneyText } from "@/common/money";
import { SERIES_COLORS } from "@/design/theme";
import type { CostSeries } from "../charts/CostChart";
import type { Exploration, ExploreRow } from "../cost-types";

/** One colour is left for the others. */
const SERIES_MAX = SERIES_COLORS.length - 1;
const OTHERS_COLOR = "#8a94a0";

export function foldSeries(
  { rows, others, bucket_ms }: Pick<Exploration, "rows" | "others" | "bucket_ms">,
  nameOf: (row: ExploreRow) => string,
  othersName: string,
): CostSeries[] {
  const sorted = [...rows].sort((a, b) => compareMoney(magnitude(b.total), magnitude(a.total)));
  const isOneMore = others === null && sorted.length === SERIES_MAX + 1;
  const shown = sorted.slice(0, isOneMore ? SERIES_MAX + 1 : SERIES_MAX);
  const rest = [...sorted.slice(shown.length), ...(others === null ? [] : [others])];
  const series = shown.map((row): CostSeries => ({ name: nameOf(row), amounts: row.points }));
  if (rest.length === 0) {
    return series;
  }
  const amounts = bucket_ms.map((_, at) => addMoney(rest.map((it) => it.points[at] ?? "0")));
  return [...series, { name: othersName, amounts, color: OTHERS_COLOR }];
}

/** A large credit is as worth a colour as a large cost. */
function magnitude(amount: MoneyText): MoneyText {
  return amount.replace(/^-/, "");
}
