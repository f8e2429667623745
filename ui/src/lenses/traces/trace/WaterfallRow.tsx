/** One span in the waterfall: its place in the tree, and its bar. */
import { IconAlertCircleFilled, IconClockExclamation } from "@tabler/icons-react";
import { type CSSProperties, memo } from "react";
import type { Formats } from "@/design/use-format";
import { barBackground, placePercent, type TimeWindow } from "./time-axis";
import type { TreeRow } from "./tree";

type Texts = (key: string, values?: Record<string, unknown>) => string;

/** Clocks that differ by less are not worth a mark. */
const SKEW_MARKED_NS_MIN = 100_000;
const LABEL_RIGHT_PERCENT_MAX = 82;
const LABEL_LEFT_PERCENT_MIN = 18;
const EVENTS_DRAWN_MAX = 100;
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

interface WaterfallRowProps {
  id: string;
  row: TreeRow;
  index: number;
  position: number;
  top: number;
  color: string;
  shown: TimeWindow;
  isCursor: boolean;
  isOpened: boolean;
  isCollapsed: boolean;
  format: Formats;
  t: Texts;
  onToggle: (row: TreeRow) => void;
  onOpen: (row: TreeRow, index: number) => void;
}

export const WaterfallRow = memo(function WaterfallRow(props: WaterfallRowProps) {
  const { row, index, top, color, isCursor, isOpened, isCollapsed } = props;
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
      style={style}
      onClick={() => props.onOpen(row, index)}
    >
      <NameCell {...props} />
      <div role="gridcell" className="waterfall-track">
        <Bar {...props} />
      </div>
    </div>
  );
});

export function indentSteps(depth: number): number {
  const small = Math.min(Math.max(0, depth - FULL_STEPS), SMALL_STEPS_MAX);
  return Math.min(depth, FULL_STEPS) + small * SMALL_STEP;
}

function NameCell({ row, isCollapsed, onToggle, t, format }: WaterfallRowProps) {
  const { span } = row;
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
            onToggle(row);
          }}
        >
          {isCollapsed ? `▸ ${format.short(row.childCount)}` : "▾"}
        </button>
      ) : (
        <span className="waterfall-leaf" />
      )}
      <span className="waterfall-service-color" aria-hidden="true" />
      {span === null ? (
        <span className="waterfall-missing" title={row.missingParentId}>
          {t("waterfall.missing_parent")}
        </span>
      ) : (
        <>
          <span
            className="waterfall-kind"
            role="img"
            aria-label={t(`kind.${knownKind(span.kind)}`)}
            title={t(`kind.${knownKind(span.kind)}`)}
          >
            {KIND_MARKS[span.kind] ?? "·"}
          </span>
          {span.status === "error" || errorsInside ? (
            <span
              className="waterfall-error"
              title={t(span.status === "error" ? "waterfall.error" : "waterfall.errors_inside")}
            >
              <IconAlertCircleFilled size={14} aria-hidden />
              <span className="visually-hidden">
                {t(span.status === "error" ? "waterfall.error" : "waterfall.errors_inside")}
              </span>
            </span>
          ) : null}
          <span className="waterfall-text" title={`${span.service}\n${span.name}`}>
            <b>{span.service}</b> {span.name}
          </span>
          {row.isCycle ? <span className="waterfall-note">{t("waterfall.cycle")}</span> : null}
        </>
      )}
    </div>
  );
}

export function knownKind(kind: string): string {
  return ["server", "client", "producer", "consumer", "internal"].includes(kind)
    ? kind
    : "unspecified";
}

function Bar({ row, shown, format, t }: WaterfallRowProps) {
  const from = Math.max(row.startNs, shown.fromNs);
  const to = Math.min(row.endNs, shown.toNs);
  if (to < from) {
    return null;
  }
  const left = placePercent(from, shown);
  const right = placePercent(to, shown);
  const isSkewed = row.skewNs >= SKEW_MARKED_NS_MIN;
  const text = format.durationNs(row.span?.duration_ns ?? row.endNs - row.startNs);
  const details = [
    text,
    t("waterfall.self", { time: format.durationNs(row.selfNs) }),
    ...(isSkewed ? [t("waterfall.skew", { time: format.durationNs(row.skewNs) })] : []),
  ].join("\n");
  return (
    <>
      <span
        className="waterfall-bar"
        title={details}
        data-missing={row.kind === "missing"}
        data-skewed={isSkewed}
        data-error={row.span?.status === "error"}
        style={{
          left: `${left}%`,
          width: `${right - left}%`,
          background: row.kind === "missing" ? undefined : barBackground(from, to, row.covered),
        }}
      />
      <EventTicks row={row} shown={shown} />
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

function EventTicks({ row, shown }: Pick<WaterfallRowProps, "row" | "shown">) {
  const events = row.span?.events ?? [];
  return events.slice(0, EVENTS_DRAWN_MAX).map((event, index) => {
    const place = placePercent(event.offset_ns + row.shiftNs, shown);
    return place < 0 || place > 100 ? null : (
      <span
        key={index}
        className="waterfall-event"
        data-exception={event.name === "exception"}
        title={event.name}
        style={{ left: `${place}%` }}
      />
    );
  });
}
