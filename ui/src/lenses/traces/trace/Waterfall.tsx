/** The spans of a trace as a tree beside bars on a time axis. Only rows in view are in the page. */
import { Button, Group, Text } from "@mantine/core";
import { useElementSize } from "@mantine/hooks";
import { useVirtualizer } from "@tanstack/react-virtual";
import { type KeyboardEvent, useCallback, useEffect, useMemo, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { useFormat } from "@/design/use-format";
import { MiniMap } from "./MiniMap";
import { dragWindow, placePercent, type TimeWindow, timeTicks } from "./time-axis";
import { keysAbove, type TraceTree, type TreeRow, visibleRows } from "./tree";
import { useDragWindow } from "./use-drag-window";
import { WaterfallRow } from "./WaterfallRow";
import { keyEffect } from "./waterfall-keys";

const ROW_HEIGHT = 28;
const OVERSCAN_ROWS = 4;
const TICK_PIXELS = 110;
/** A label needs this much at the right of its tick, and is at the left of it otherwise. */
const TICK_LABEL_PIXELS = 64;

interface WaterfallProps {
  tree: TraceTree;
  colors: ReadonlyMap<string, string>;
  openedId: string | undefined;
  onOpen: (spanId: string | undefined, replace?: boolean) => void;
}

export function Waterfall({ tree, colors, openedId, onOpen }: WaterfallProps) {
  const { t } = useTranslation("traces");
  const all = useMemo(() => ({ fromNs: tree.startNs, toNs: tree.endNs }), [tree]);
  const [shown, setShown] = useState<TimeWindow>(all);
  const [collapsed, setCollapsed] = useState<ReadonlySet<string>>(new Set());
  useEffect(() => setShown(all), [all]);
  const collapseAll = () =>
    setCollapsed(new Set(tree.rows.filter((it) => it.childCount > 0).map((it) => it.key)));
  const isZoomed = shown.fromNs !== all.fromNs || shown.toNs !== all.toNs;
  return (
    <div className="waterfall">
      <Group gap="xs" justify="space-between" mb={6}>
        <Text size="xs" c="dimmed" visibleFrom="sm">
          {t("waterfall.hint")}
        </Text>
        <Group gap="xs">
          {isZoomed ? (
            <Button variant="default" size="compact-xs" onClick={() => setShown(all)}>
              {t("waterfall.reset_zoom")}
            </Button>
          ) : null}
          <Button variant="default" size="compact-xs" onClick={() => setCollapsed(new Set())}>
            {t("waterfall.expand_all")}
          </Button>
          <Button variant="default" size="compact-xs" onClick={collapseAll}>
            {t("waterfall.collapse_all")}
          </Button>
        </Group>
      </Group>
      <MiniMap tree={tree} colors={colors} shown={shown} onShow={setShown} />
      <WaterfallGrid
        tree={tree}
        colors={colors}
        openedId={openedId}
        onOpen={onOpen}
        all={all}
        shown={shown}
        onShow={setShown}
        collapsed={collapsed}
        setCollapsed={setCollapsed}
      />
    </div>
  );
}

type GridProps = WaterfallProps & {
  all: TimeWindow;
  shown: TimeWindow;
  onShow: (shown: TimeWindow) => void;
  collapsed: ReadonlySet<string>;
  setCollapsed: (change: (before: ReadonlySet<string>) => ReadonlySet<string>) => void;
};

/** The row with the keyboard's attention, and what moves it. */
function useCursor(props: GridProps, visible: readonly number[], scrollTo: (at: number) => void) {
  const { tree, collapsed, setCollapsed, onOpen, openedId } = props;
  const [cursor, setCursor] = useState(() => tree.indexById.get(openedId ?? "") ?? 0);
  const toggle = useCallback(
    (row: TreeRow) => {
      setCollapsed((before) => {
        const next = new Set(before);
        if (!next.delete(row.key)) {
          next.add(row.key);
        }
        return next;
      });
    },
    [setCollapsed],
  );
  const open = useCallback(
    (row: TreeRow, index: number) => {
      setCursor(index);
      if (row.span === null) {
        toggle(row);
      } else {
        onOpen(row.span.span_id, openedId !== undefined);
      }
    },
    [onOpen, openedId, toggle],
  );
  const onKeyDown = (event: KeyboardEvent<HTMLElement>) => {
    const at = Math.max(0, visible.indexOf(cursor));
    const row = tree.rows[visible[at] ?? 0];
    const effect = keyEffect(event.key, at, tree.rows, visible, collapsed);
    if (effect === null || row === undefined || event.ctrlKey || event.metaKey || event.altKey) {
      return;
    }
    event.preventDefault();
    if (effect.kind === "move") {
      setCursor(visible[effect.to] ?? 0);
      scrollTo(effect.to);
    } else if (effect.kind === "open") {
      open(row, visible[at] ?? 0);
    } else {
      toggle(row);
    }
  };
  return { cursor, setCursor, toggle, open, onKeyDown };
}

/** A span that a link names is opened up and scrolled to. */
function useRevealed(props: GridProps, visible: readonly number[], scrollTo: (at: number) => void) {
  const { tree, openedId, setCollapsed } = props;
  const latest = useRef({ visible, scrollTo });
  latest.current = { visible, scrollTo };
  useEffect(() => {
    const index = tree.indexById.get(openedId ?? "");
    if (index === undefined) {
      return;
    }
    const above = keysAbove(tree.rows, index);
    setCollapsed((before) =>
      above.some((key) => before.has(key))
        ? new Set([...before].filter((key) => !above.includes(key)))
        : before,
    );
    const frame = requestAnimationFrame(() => {
      latest.current.scrollTo(latest.current.visible.indexOf(index));
    });
    return () => cancelAnimationFrame(frame);
  }, [tree, openedId, setCollapsed]);
}

function WaterfallGrid(props: GridProps) {
  const { tree, colors, openedId, shown, collapsed } = props;
  const { t } = useTranslation("traces");
  const format = useFormat();
  const scroller = useRef<HTMLDivElement>(null);
  const visible = useMemo(() => visibleRows(tree.rows, collapsed), [tree, collapsed]);
  const virtualizer = useVirtualizer({
    count: visible.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => ROW_HEIGHT,
    overscan: OVERSCAN_ROWS,
    scrollPaddingStart: ROW_HEIGHT,
  });
  const scrollTo = (at: number) => at >= 0 && virtualizer.scrollToIndex(at);
  const { cursor, toggle, open, onKeyDown } = useCursor(props, visible, scrollTo);
  useRevealed(props, visible, scrollTo);
  const rowId = (index: number) => `span-row-${index}`;
  return (
    <div className="waterfall-scroller" ref={scroller}>
      <div
        role="treegrid"
        className="waterfall-grid"
        aria-label={t("waterfall.label")}
        aria-rowcount={visible.length + 1}
        aria-activedescendant={rowId(cursor)}
        tabIndex={0}
        onKeyDown={onKeyDown}
        style={{ height: virtualizer.getTotalSize() + ROW_HEIGHT }}
      >
        <AxisHead {...props} />
        <div role="rowgroup" className="waterfall-body">
          {virtualizer.getVirtualItems().map((item) => {
            const index = visible[item.index] ?? 0;
            const row = tree.rows[index];
            return row === undefined ? null : (
              <WaterfallRow
                key={row.key}
                id={rowId(index)}
                row={row}
                index={index}
                position={item.index + 2}
                top={item.start}
                color={colors.get(row.span?.service ?? "") ?? "var(--line)"}
                shown={shown}
                isCursor={index === cursor}
                isOpened={row.span !== null && row.span.span_id === openedId}
                isCollapsed={collapsed.has(row.key)}
                format={format}
                t={t as (key: string, values?: Record<string, unknown>) => string}
                onToggle={toggle}
                onOpen={open}
              />
            );
          })}
        </div>
      </div>
    </div>
  );
}

function AxisHead({ all, shown, onShow, tree }: GridProps) {
  const { t } = useTranslation("traces");
  const { ref, width } = useElementSize<HTMLDivElement>();
  const { handlers, selection } = useDragWindow((from, to) =>
    onShow(dragWindow(all, shown, from, to)),
  );
  const window = { fromNs: shown.fromNs - tree.startNs, toNs: shown.toNs - tree.startNs };
  const ticks = timeTicks(window, Math.max(2, Math.floor(width / TICK_PIXELS)));
  return (
    <div role="rowgroup" className="waterfall-head">
      <div role="row" className="waterfall-row-grid" aria-rowindex={1}>
        <div role="columnheader" className="waterfall-name-head">
          {t("waterfall.service_operation")}
        </div>
        <div
          role="columnheader"
          className="waterfall-axis"
          {...handlers}
          onDoubleClick={() => onShow(all)}
        >
          <span className="visually-hidden">{t("waterfall.time")}</span>
          <div ref={ref} className="waterfall-ticks" aria-hidden="true">
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
