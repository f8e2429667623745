/** One span in the waterfall: its place in the tree, and its bar. */
import { IconAlertCircleFilled, IconClockExclamation } from "@tabler/icons-react";
import { type CSSProperties, memo } from "react";
import type { Formats } from "@/design/use-format";
import { barBackground, joinedParts, placePercent, type TimeWindow } from "./time-axis";
import {
  coveredParts,
  criticalParts,
  isCritical,
  rowOf,
  type TraceTree,
  type TreeRow,
} from "./tree";

export type Texts = (key: string, values?: Record<string, unknown>) => string;

/** Clocks that differ by less are not worth a mark. */
export const SKEW_MARKED_NS_MIN = 100_000;
const LABEL_RIGHT_PERCENT_MAX = 82;
const LABEL_LEFT_PERCENT_MIN = 18;
const EVENTS_DRAWN_MAX = 100;
const CRITICAL_PARTS_DRAWN_MAX = 100;
/** Deeper levels move right by less, so that names stay in view. */
const FULL_STEPS = 12;
const SMALL_STEP = 0.15;
const SMALL_STEPS_MAX = 40;

/** Characters rather than pictures: a row must be cheap, for hundreds are drawn while scrolling. */
const KIND_MARKS: Record<string, string> = {
  server: "→",
  client: "←",
  producer: "↗",
  consumer: "↘",
  internal: "·",
};

export interface WaterfallRowProps {
  id: string;
  tree: TraceTree;
  index: number;
  position: number;
  top: number;
  color: string;
  shown: TimeWindow;
  isCursor: boolean;
  isOpened: boolean;
  isCollapsed: boolean;
  isFound: boolean;
  showsCritical: boolean;
  format: Formats;
  t: Texts;
  onToggle: (row: number) => void;
  onOpen: (row: number) => void;
}

type PartProps = WaterfallRowProps & { row: TreeRow };

export const WaterfallRow = memo(function WaterfallRow(props: WaterfallRowProps) {
  const { tree, index, top, color, isCursor, isOpened, isCollapsed, showsCritical } = props;
  const row = rowOf(tree, index);
  if (row === undefined) {
    return null;
  }
  const style = { transform: `translateY(${top}px)`, "--bar-color": color } as CSSProperties;
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: the grid around it handles keys
    <div
      role="row"
      id={props.id}
      className="waterfall-row waterfall-row-grid"
      aria-rowindex={props.position}
      aria-level={row.depth + 1}
      aria-selected={isOpened}
      {...(row.childCount > 0 ? { "aria-expanded": !isCollapsed } : {})}
      tabIndex={-1}
      data-cursor={isCursor}
      data-opened={isOpened}
      data-found={props.isFound}
      data-critical={showsCritical && isCritical(tree, index)}
      style={style}
      onClick={() => props.onOpen(index)}
    >
      <NameCell {...props} row={row} />
      <div role="gridcell" className="waterfall-track">
        <Bar {...props} row={row} />
      </div>
    </div>
  );
});

export function indentSteps(depth: number): number {
  const small = Math.min(Math.max(0, depth - FULL_STEPS), SMALL_STEPS_MAX);
  return Math.min(depth, FULL_STEPS) + small * SMALL_STEP;
}

function NameCell({ row, isCollapsed, onToggle, t, format }: PartProps) {
  const steps = { "--steps": indentSteps(row.depth) } as CSSProperties;
  const errorsInside = isCollapsed && row.errorsBelow > 0;
  return (
    <div role="gridcell" className="waterfall-name" style={steps}>
      <span className="waterfall-indent" aria-hidden="true" />
      {row.childCount > 0 ? (
        <button
          type="button"
          tabIndex={-1}
          className="waterfall-toggle"
          aria-label={t(isCollapsed ? "waterfall.expand" : "waterfall.collapse")}
          onClick={(event) => {
            event.stopPropagation();
            onToggle(row.index);
          }}
        >
          {isCollapsed ? `▸ ${format.short(row.childCount)}` : "▾"}
        </button>
      ) : (
        <span className="waterfall-leaf" />
      )}
      <span className="waterfall-service-color" aria-hidden="true" />
      <span
        className="waterfall-kind"
        role="img"
        aria-label={t(`kind.${row.kind}`)}
        title={t(`kind.${row.kind}`)}
      >
        {KIND_MARKS[row.kind] ?? "·"}
      </span>
      {row.isError || errorsInside ? (
        <span
          className="waterfall-error"
          title={t(row.isError ? "waterfall.error" : "waterfall.errors_inside")}
        >
          <IconAlertCircleFilled size={14} aria-hidden />
          <span className="visually-hidden">
            {t(row.isError ? "waterfall.error" : "waterfall.errors_inside")}
          </span>
        </span>
      ) : null}
      {row.problem === null ? null : (
        <span className="waterfall-note" title={t(`problem.${row.problem}.text`)}>
          {t(`problem.${row.problem}.name`)}
        </span>
      )}
      <span className="waterfall-text" title={`${row.service}\n${row.name}`}>
        <b>{row.service}</b> <span>{row.name}</span>
      </span>
    </div>
  );
}

function Bar({ tree, row, shown, showsCritical, format, t }: PartProps) {
  const from = Math.max(row.startNs, shown.fromNs);
  const to = Math.min(row.endNs, shown.toNs);
  if (to < from) {
    return null;
  }
  const left = placePercent(from, shown);
  const right = placePercent(to, shown);
  const isSkewed = Math.abs(row.ownSkewNs) >= SKEW_MARKED_NS_MIN;
  const text = format.durationNs(row.endNs - row.startNs);
  const details = [
    text,
    t("waterfall.self", { time: format.durationNs(row.selfNs) }),
    ...(isSkewed ? [t("waterfall.skew", { time: format.durationNs(row.ownSkewNs) })] : []),
  ].join("\n");
  return (
    <>
      <span
        className="waterfall-bar"
        title={details}
        data-skewed={isSkewed}
        data-error={row.isError}
        style={{
          left: `${left}%`,
          width: `${right - left}%`,
          background: barBackground(from, to, coveredParts(tree, row.index, from, to)),
        }}
      />
      {showsCritical ? <CriticalParts tree={tree} row={row} shown={shown} /> : null}
      <EventTicks tree={tree} row={row} shown={shown} />
      <span className="waterfall-duration" style={labelPlace(left, right)}>
        {isSkewed ? <IconClockExclamation size={12} aria-hidden /> : null}
        {text}
      </span>
    </>
  );
}

function labelPlace(left: number, right: number): CSSProperties {
  if (right <= LABEL_RIGHT_PERCENT_MAX) {
    return { left: `calc(${right}% + 4px)` };
  }
  return left >= LABEL_LEFT_PERCENT_MIN ? { right: `calc(${100 - left}% + 2px)` } : { right: 2 };
}

type InTrack = Pick<PartProps, "tree" | "row" | "shown">;

function CriticalParts({ tree, row, shown }: InTrack) {
  const parts = joinedParts(criticalParts(tree, row.index), shown);
  return parts.slice(0, CRITICAL_PARTS_DRAWN_MAX).map(([from, to]) => {
    const left = placePercent(from, shown);
    const width = placePercent(to, shown) - left;
    return (
      <span
        key={from}
        className="waterfall-critical"
        style={{ left: `${left}%`, width: `${width}%` }}
      />
    );
  });
}

function EventTicks({ tree, row, shown }: InTrack) {
  const { place, ns, name, names } = tree.events;
  const first = place[row.index] ?? 0;
  const count = Math.min((place[row.index + 1] ?? 0) - first, EVENTS_DRAWN_MAX);
  return Array.from({ length: count }, (_, at) => {
    const percent = placePercent(ns[first + at] ?? 0, shown);
    const text = names[name[first + at] ?? -1] ?? "";
    return percent < 0 || percent > 100 ? null : (
      <span
        key={at}
        className="waterfall-event"
        data-exception={text === "exception"}
        title={text}
        style={{ left: `${percent}%` }}
      />
    );
  });
}
