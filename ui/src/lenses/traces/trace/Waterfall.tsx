/** The spans of a trace as a tree beside bars on a time axis. Only rows in view are in the page. */
import { Button, Group, Text } from "@mantine/core";
import { useElementSize } from "@mantine/hooks";
import { type KeyboardEvent, useCallback, useEffect, useMemo, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { useTallScroll } from "@/common/use-tall-scroll";
import { useFormat } from "@/design/use-format";
import type { Found } from "./find-spans";
import { MiniMap } from "./MiniMap";
import { dragWindow, placePercent, type TimeWindow, timeTicks } from "./time-axis";
import { parentRows, rowsAbove, serviceOf, type TraceTree, visibleRows } from "./tree";
import { useDragWindow } from "./use-drag-window";
import { type Texts, WaterfallRow } from "./WaterfallRow";
import { keyEffect } from "./waterfall-keys";

const ROW_HEIGHT = 28;
const OVERSCAN_ROWS = 4;
const TICK_PIXELS = 110;
/** A label needs this much at the right of its tick, and is at the left of it otherwise. */
const TICK_LABEL_PIXELS = 64;

/** A row that is to be seen; a new object each time. */
export interface Revealed {
  row: number;
}

export interface SpansViewProps {
  tree: TraceTree;
  colors: ReadonlyMap<string, string>;
  opened: number | undefined;
  onOpen: (row: number | undefined, replace?: boolean) => void;
  all: TimeWindow;
  shown: TimeWindow;
  onShow: (shown: TimeWindow) => void;
  found: Found;
  revealed: Revealed | undefined;
  showsCritical: boolean;
}

const NOTHING_COLLAPSED: ReadonlySet<number> = new Set();

export function Waterfall(props: SpansViewProps) {
  const { tree, colors, shown, onShow } = props;
  const { t } = useTranslation("traces");
  const [collapsed, setCollapsed] = useState(NOTHING_COLLAPSED);
  // biome-ignore lint/correctness/useExhaustiveDependencies: rows of another tree are other rows
  useEffect(() => setCollapsed(NOTHING_COLLAPSED), [tree]);
  return (
    <div className="waterfall">
      <Group gap="xs" justify="space-between" mb={6}>
        <Text size="xs" c="dimmed" visibleFrom="sm">
          {t("waterfall.hint")}
        </Text>
        <Group gap="xs">
          <Button
            variant="default"
            size="compact-xs"
            onClick={() => setCollapsed(NOTHING_COLLAPSED)}
          >
            {t("waterfall.expand_all")}
          </Button>
          <Button
            variant="default"
            size="compact-xs"
            onClick={() => setCollapsed(parentRows(tree))}
          >
            {t("waterfall.collapse_all")}
          </Button>
        </Group>
      </Group>
      <MiniMap tree={tree} colors={colors} shown={shown} onShow={onShow} />
      <WaterfallGrid {...props} collapsed={collapsed} setCollapsed={setCollapsed} />
    </div>
  );
}

type Collapsed = ReadonlySet<number>;
type GridProps = SpansViewProps & {
  collapsed: Collapsed;
  setCollapsed: (change: (before: Collapsed) => Collapsed) => void;
};

/** The row with the keyboard's attention, and what moves it. */
function useCursor(props: GridProps, visible: Int32Array, scrollTo: (at: number) => void) {
  const { tree, collapsed, setCollapsed, onOpen, opened } = props;
  const [cursor, setCursor] = useState(opened ?? 0);
  const toggle = useCallback(
    (row: number) => {
      setCollapsed((before) => {
        const next = new Set(before);
        if (!next.delete(row)) {
          next.add(row);
        }
        return next;
      });
    },
    [setCollapsed],
  );
  const isOpened = opened !== undefined;
  const open = useCallback(
    (row: number) => {
      setCursor(row);
      onOpen(row, isOpened);
    },
    [onOpen, isOpened],
  );
  const onKeyDown = (event: KeyboardEvent<HTMLElement>) => {
    const at = Math.max(0, visible.indexOf(cursor));
    const row = visible[at];
    const effect = keyEffect(event.key, at, tree, visible, collapsed);
    if (effect === null || row === undefined || event.ctrlKey || event.metaKey || event.altKey) {
      return;
    }
    event.preventDefault();
    if (effect.kind === "move") {
      setCursor(visible[effect.to] ?? 0);
      scrollTo(effect.to);
    } else if (effect.kind === "open") {
      open(row);
    } else {
      toggle(row);
    }
  };
  return { cursor, setCursor, toggle, open, onKeyDown };
}

/** A span that a link names, or that was looked for, is opened up and scrolled to. */
function useRevealed(
  props: GridProps,
  row: number | undefined,
  visible: Int32Array,
  scrollTo: (at: number) => void,
) {
  const { tree, setCollapsed, revealed } = props;
  const latest = useRef({ visible, scrollTo });
  latest.current = { visible, scrollTo };
  // biome-ignore lint/correctness/useExhaustiveDependencies: `revealed` asks for the same row again
  useEffect(() => {
    if (row === undefined) {
      return;
    }
    const above = new Set(rowsAbove(tree, row));
    setCollapsed((before) => {
      const next = new Set([...before].filter((it) => !above.has(it)));
      return next.size === before.size ? before : next;
    });
    const frame = requestAnimationFrame(() => {
      latest.current.scrollTo(latest.current.visible.indexOf(row));
    });
    return () => cancelAnimationFrame(frame);
  }, [tree, row, revealed, setCollapsed]);
}

/**
 * Rows that leave the view lend their elements to those that come into it, which is cheaper than
 * making new ones. In steps, because the number of rows in view changes by one while scrolling.
 */
function slotCount(inView: number): number {
  const step = 8;
  return step * Math.ceil((inView + 2 * OVERSCAN_ROWS + 1) / step);
}

function WaterfallGrid(props: GridProps) {
  const { tree, colors, opened, shown, collapsed, found, revealed } = props;
  const { t } = useTranslation("traces");
  const format = useFormat();
  const scroller = useRef<HTMLDivElement>(null);
  const visible = useMemo(() => visibleRows(tree, collapsed), [tree, collapsed]);
  const view = useTallScroll(scroller, visible.length, ROW_HEIGHT, ROW_HEIGHT);
  const scrollTo = (at: number) => at >= 0 && view.scrollTo(at);
  const { cursor, setCursor, toggle, open, onKeyDown } = useCursor(props, visible, scrollTo);
  useRevealed(props, opened, visible, scrollTo);
  useRevealed(props, revealed?.row, visible, scrollTo);
  useEffect(() => {
    if (revealed !== undefined) {
      setCursor(revealed.row);
    }
  }, [revealed, setCursor]);
  const rowId = (index: number) => `span-row-${index}`;
  const first = Math.max(0, view.first - OVERSCAN_ROWS);
  const drawn = visible.subarray(first, view.end + OVERSCAN_ROWS);
  const slots = slotCount(view.end - view.first);
  return (
    <div className="waterfall-scroller" ref={scroller}>
      <div
        role="treegrid"
        className="waterfall-grid"
        aria-label={t("waterfall.label")}
        aria-rowcount={visible.length + 1}
        aria-activedescendant={drawn.includes(cursor) ? rowId(cursor) : undefined}
        tabIndex={0}
        onKeyDown={onKeyDown}
        style={{ height: view.height + ROW_HEIGHT }}
      >
        <AxisHead {...props} />
        <div role="rowgroup" className="waterfall-body">
          {Array.from(drawn, (row, at) => (
            <WaterfallRow
              key={(first + at) % slots}
              id={rowId(row)}
              tree={tree}
              index={row}
              position={first + at + 2}
              top={view.topOf(first + at)}
              color={colors.get(serviceOf(tree, row)) ?? "var(--line)"}
              shown={shown}
              isCursor={row === cursor}
              isOpened={row === opened}
              isCollapsed={collapsed.has(row)}
              isFound={found.rows[row] === 1}
              showsCritical={props.showsCritical}
              format={format}
              t={t as Texts}
              onToggle={toggle}
              onOpen={open}
            />
          ))}
        </div>
      </div>
    </div>
  );
}

function AxisHead({ all, shown, onShow }: GridProps) {
  const { t } = useTranslation("traces");
  return (
    <div role="rowgroup" className="waterfall-head">
      <div role="row" className="waterfall-row-grid" aria-rowindex={1}>
        <div role="columnheader" className="waterfall-name-head">
          {t("waterfall.service_operation")}
        </div>
        <div role="columnheader">
          <span className="visually-hidden">{t("waterfall.time")}</span>
          <Axis all={all} shown={shown} onShow={onShow} />
        </div>
      </div>
    </div>
  );
}

/** Ticks of the part of the time that is shown; dragging over it chooses a smaller one. */
export function Axis({ all, shown, onShow }: Pick<SpansViewProps, "all" | "shown" | "onShow">) {
  const { ref, width } = useElementSize<HTMLDivElement>();
  const { handlers, selection } = useDragWindow((from, to) =>
    onShow(dragWindow(all, shown, from, to)),
  );
  const window = { fromNs: shown.fromNs - all.fromNs, toNs: shown.toNs - all.fromNs };
  const ticks = timeTicks(window, Math.max(2, Math.floor(width / TICK_PIXELS)));
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: pointers only; the flame view zooms by keys
    <div
      className="waterfall-axis"
      aria-hidden="true"
      {...handlers}
      onDoubleClick={() => onShow(all)}
    >
      <div ref={ref} className="waterfall-ticks">
        {ticks.map((tick) => (
          <AxisTick
            key={tick.ns}
            label={tick.label}
            percent={placePercent(tick.ns, window)}
            width={width}
          />
        ))}
        {selection === null ? null : <span className="drag-selection" style={selection} />}
      </div>
    </div>
  );
}

function AxisTick({ label, percent, width }: { label: string; percent: number; width: number }) {
  const isAtEnd = ((100 - percent) / 100) * width < TICK_LABEL_PIXELS;
  return (
    <span data-end={isAtEnd} style={{ left: `${percent}%` }}>
      {label}
    </span>
  );
}
