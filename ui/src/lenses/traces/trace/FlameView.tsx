/**
 * The spans of a trace as boxes on a canvas: across by time, down by depth. A click shows the span
 * at full width; arrow keys go from box to box, Enter shows it at full width, Escape shows all.
 */
import { Button, Group, Text } from "@mantine/core";
import { useElementSize, useMergedRef } from "@mantine/hooks";
import {
  type KeyboardEvent,
  type PointerEvent,
  useEffect,
  useId,
  useMemo,
  useRef,
  useState,
} from "react";
import { useTranslation } from "react-i18next";
import { useFormat } from "@/design/use-format";
import { FlameTip } from "./FlameTip";
import { type FlameLayout, type FlameMove, flameNeighbour, rowAt } from "./flame-layout";
import { type FlameColors, LANE_HEIGHT, paintFlame } from "./flame-paint";
import type { TimeWindow } from "./time-axis";
import { isCritical, rowOf, type TraceTree } from "./tree";
import { Axis, type SpansViewProps } from "./Waterfall";
import "./flame.css";

const HEIGHT_MIN = 180;
const HEIGHT_MAX = 560;
/** A pointer this near to a thin box means it. */
const SLACK_PIXELS = 3;
const MOVES: readonly string[] = ["ArrowUp", "ArrowDown", "ArrowLeft", "ArrowRight"];

type FlameViewProps = SpansViewProps & { layout: FlameLayout };

interface Pointed {
  row: number;
  x: number;
  y: number;
}

export function FlameView(props: FlameViewProps) {
  const { tree, layout, opened, revealed } = props;
  const { t } = useTranslation("traces");
  const [selected, setSelected] = useState(opened ?? 0);
  useEffect(() => setSelected((before) => revealed?.row ?? opened ?? before), [opened, revealed]);
  const height = Math.max(HEIGHT_MIN, Math.min(HEIGHT_MAX, layout.laneCount * LANE_HEIGHT));
  return (
    <div className="flame">
      <Text size="xs" c="dimmed" visibleFrom="sm" mb={6}>
        {t("flame.hint")}
      </Text>
      <div className="flame-axis">
        <Axis all={props.all} shown={props.shown} onShow={props.onShow} />
      </div>
      <Boxes
        {...props}
        height={height}
        selected={Math.min(selected, tree.count - 1)}
        onSelect={setSelected}
      />
      <Selected {...props} selected={Math.min(selected, tree.count - 1)} />
    </div>
  );
}

function windowOf(tree: TraceTree, row: number): TimeWindow {
  const fromNs = tree.startNs[row] ?? 0;
  return { fromNs, toNs: Math.max(tree.endNs[row] ?? 0, fromNs + 1) };
}

function useFlameColors({ tree, colors }: FlameViewProps): () => FlameColors {
  return useMemo(
    () => () => {
      const style = getComputedStyle(document.documentElement);
      const value = (name: string) => style.getPropertyValue(name).trim();
      return {
        fills: tree.services.map((it) => colors.get(it) ?? value("--text-soft")),
        text: value("--text-soft"),
        focus: value("--mantine-color-text"),
        found: value("--mantine-color-yellow-5"),
        critical: value("--mantine-color-text"),
      };
    },
    [tree, colors],
  );
}

type BoxesProps = FlameViewProps & {
  height: number;
  selected: number;
  onSelect: (row: number) => void;
};

/** What a pointer and the keys do in the boxes. */
function useBoxes(props: BoxesProps, width: number, scroller: { current: HTMLElement | null }) {
  const { tree, layout, shown, all, selected, onSelect, onShow, onOpen } = props;
  const [pointed, setPointed] = useState<Pointed | undefined>();
  const rowUnder = (event: PointerEvent<HTMLElement>): Pointed | undefined => {
    const box = event.currentTarget.getBoundingClientRect();
    const [x, y] = [event.clientX - box.left, event.clientY - box.top];
    const lane = Math.floor((y + (scroller.current?.scrollTop ?? 0)) / LANE_HEIGHT);
    const nsOfPixel = (shown.toNs - shown.fromNs) / Math.max(1, width);
    const ns = shown.fromNs + x * nsOfPixel;
    if (lane < 0 || lane >= layout.laneCount) {
      return undefined;
    }
    const row = rowAt(tree, layout, lane, ns, SLACK_PIXELS * nsOfPixel);
    return row === undefined ? undefined : { row, x, y };
  };
  const select = (row: number) => {
    onSelect(row);
    const element = scroller.current;
    const top = (layout.lane[row] ?? 0) * LANE_HEIGHT;
    if (element !== null && top < element.scrollTop) {
      element.scrollTop = top;
    } else if (element !== null && top + LANE_HEIGHT > element.scrollTop + element.clientHeight) {
      element.scrollTop = top + LANE_HEIGHT - element.clientHeight;
    }
    const { fromNs, toNs } = windowOf(tree, row);
    if (toNs < shown.fromNs || fromNs > shown.toNs) {
      onShow(all);
    }
  };
  const onKeyDown = (event: KeyboardEvent<HTMLElement>) => {
    if (event.ctrlKey || event.metaKey || event.altKey) {
      return;
    }
    if (MOVES.includes(event.key)) {
      event.preventDefault();
      select(flameNeighbour(tree, layout, selected, event.key as FlameMove));
    } else if (event.key === "Enter") {
      onShow(windowOf(tree, selected));
    } else if (event.key === " ") {
      event.preventDefault();
      onOpen(selected);
    } else if (event.key === "Escape") {
      onShow(all);
    }
  };
  const onClick = () => {
    if (pointed !== undefined) {
      onSelect(pointed.row);
      onShow(windowOf(tree, pointed.row));
    }
  };
  const handlers = {
    onPointerMove: (event: PointerEvent<HTMLElement>) => setPointed(rowUnder(event)),
    onPointerDown: (event: PointerEvent<HTMLElement>) => setPointed(rowUnder(event)),
    onPointerLeave: () => setPointed(undefined),
    onClick,
    onDoubleClick: () => onShow(all),
  };
  return { pointed, handlers, onKeyDown };
}

function Boxes(props: BoxesProps) {
  const { tree, layout, shown, height, selected, found, showsCritical } = props;
  const { t } = useTranslation("traces");
  const id = useId();
  const { ref, width } = useElementSize<HTMLDivElement>();
  const scroller = useRef<HTMLDivElement>(null);
  const merged = useMergedRef(ref, scroller);
  const canvas = useRef<HTMLCanvasElement>(null);
  const [top, setTop] = useState(0);
  const { pointed, handlers, onKeyDown } = useBoxes(props, width, scroller);
  const colorsNow = useFlameColors(props);
  const hovered = pointed?.row;
  const picture = useMemo(
    () => ({
      ...{ tree, layout, shown, width, height, top, selected, hovered, showsCritical },
      ...{ found: found.rows, isSearched: found.rows.length > 0 },
    }),
    [tree, layout, shown, width, height, top, selected, hovered, showsCritical, found],
  );
  useEffect(() => {
    if (canvas.current !== null && width > 0) {
      paintFlame(canvas.current, { ...picture, colors: colorsNow() });
    }
  }, [picture, width, colorsNow]);
  return (
    <div
      className="flame-scroller"
      ref={merged}
      role="application"
      aria-label={t("flame.label")}
      aria-describedby={id}
      // biome-ignore lint/a11y/noNoninteractiveTabindex: the boxes are reached by arrow keys
      tabIndex={0}
      style={{ height }}
      onScroll={(event) => setTop(event.currentTarget.scrollTop)}
      onKeyDown={onKeyDown}
    >
      <div className="flame-space" style={{ height: layout.laneCount * LANE_HEIGHT }}>
        <div className="flame-view" style={{ height }} {...handlers}>
          <canvas ref={canvas} />
          {pointed === undefined ? null : (
            <FlameTip {...pointed} tree={tree} width={width} height={height} />
          )}
        </div>
      </div>
      <span id={id} className="visually-hidden">
        {t("flame.hint")}
      </span>
    </div>
  );
}

/** The values of the chosen box, also told to those who do not see it. */
function Selected({ tree, selected, all, shown, onShow, onOpen }: FlameViewProps & BoxesChoice) {
  const { t } = useTranslation("traces");
  const format = useFormat();
  const row = rowOf(tree, selected);
  if (row === undefined) {
    return null;
  }
  const isAll = shown.fromNs === all.fromNs && shown.toNs === all.toNs;
  const parts = [
    format.durationNs(row.endNs - row.startNs),
    t("waterfall.self", { time: format.durationNs(row.selfNs) }),
    ...(row.isError ? [t("waterfall.error")] : []),
    ...(isCritical(tree, selected) ? [t("critical.on_path")] : []),
  ];
  return (
    <Group gap="xs" justify="space-between" className="flame-selected">
      <Text size="sm" className="wrap-anywhere" aria-live="polite">
        <b>{row.service}</b> {row.name} <span className="num">{parts.join(" · ")}</span>
      </Text>
      <Group gap="xs">
        {isAll ? null : (
          <Button variant="default" size="compact-xs" onClick={() => onShow(all)}>
            {t("waterfall.reset_zoom")}
          </Button>
        )}
        <Button variant="default" size="compact-xs" onClick={() => onOpen(selected)}>
          {t("flame.open")}
        </Button>
      </Group>
    </Group>
  );
}

type BoxesChoice = Pick<BoxesProps, "selected">;
