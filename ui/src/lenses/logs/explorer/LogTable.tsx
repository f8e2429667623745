/** The list of records: rows of one height, of which only those in view are drawn. */
import { useMediaQuery } from "@mantine/hooks";
import { type KeyboardEvent, memo, useCallback, useEffect, useMemo, useRef } from "react";
import { useTranslation } from "react-i18next";
import { useTallScroll } from "@/common/use-tall-scroll";
import { type Formats, useFormat } from "@/design/use-format";
import type { LogRow } from "../logs-api";
import { StatusMark } from "../status";
import { cellText, columnTemplate, isOwnColumn } from "./columns";

const ROW_HEIGHT = 26;
const HEAD_HEIGHT = 30;
/** Rows above and below the view that are drawn already. */
const OVERSCAN_ROWS = 10;
/** Rows that are asked for beyond the view. */
const AHEAD_ROWS = 60;
const NARROW = "(max-width: 767px)";

interface LogTableProps {
  label: string;
  count: number;
  rowAt: (index: number) => LogRow | undefined;
  columns: readonly string[];
  openedId: string | undefined;
  onOpen: (row: LogRow) => void;
  /** Told which rows are needed; the numbers of the rows that are in view. */
  onView?: (start: number, end: number) => void;
  /** Whether the first rows are in view. */
  onStart?: (isAtStart: boolean) => void;
}

export function LogTable(props: LogTableProps) {
  const { label, count, rowAt, onView, onStart } = props;
  const scroller = useRef<HTMLDivElement>(null);
  const isNarrow = useMediaQuery(NARROW) ?? false;
  const columns = useMemo(
    () => (isNarrow ? messageFirst(props.columns) : props.columns),
    [isNarrow, props.columns],
  );
  const view = useTallScroll(scroller, count, ROW_HEIGHT, HEAD_HEIGHT);
  const { first, end, scrollTo, isAtStart } = view;
  useEffect(() => {
    onView?.(Math.max(0, first - AHEAD_ROWS), Math.min(count, end + AHEAD_ROWS));
  }, [onView, first, end, count]);
  useEffect(() => onStart?.(isAtStart), [onStart, isAtStart]);
  const focus = useCallback(
    (index: number) => {
      scrollTo(index);
      requestAnimationFrame(() =>
        scroller.current?.querySelector<HTMLElement>(`[data-index="${index}"]`)?.focus(),
      );
    },
    [scrollTo],
  );
  const template = `${isNarrow ? "54px 66px" : "64px 182px"} ${columnTemplate(columns)}`;
  const start = Math.max(0, first - OVERSCAN_ROWS);
  const drawn = Math.min(count, end + OVERSCAN_ROWS) - start;
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard
    <div className="log-table" ref={scroller} tabIndex={0}>
      <div role="table" aria-label={label} aria-rowcount={count + 1}>
        <Head columns={columns} template={template} />
        <div role="rowgroup" className="log-table-body" style={{ height: view.height }}>
          {Array.from({ length: Math.max(0, drawn) }, (_, at) => {
            const index = start + at;
            const row = rowAt(index);
            return (
              <Row
                // Two records can be the same in everything, their id included.
                key={index}
                index={index}
                row={row}
                top={view.topOf(index)}
                columns={columns}
                template={template}
                isNarrow={isNarrow}
                isOpened={row !== undefined && row.id === props.openedId}
                count={count}
                onOpen={props.onOpen}
                focus={focus}
              />
            );
          })}
        </div>
      </div>
    </div>
  );
}

/** A narrow window shows the beginning of the message without scrolling. */
function messageFirst(columns: readonly string[]): string[] {
  const rest = columns.filter((it) => it !== "message");
  return rest.length === columns.length ? rest : ["message", ...rest];
}

function Head({ columns, template }: { columns: readonly string[]; template: string }) {
  const { t } = useTranslation("logs");
  return (
    <div role="rowgroup" className="log-table-head">
      <div role="row" aria-rowindex={1} style={{ gridTemplateColumns: template }}>
        <div role="columnheader">{t("field.status")}</div>
        <div role="columnheader">{t("field.time")}</div>
        {columns.map((name) => (
          <div role="columnheader" key={name} title={name}>
            {isOwnColumn(name) ? t(`field.${name}`) : name}
          </div>
        ))}
      </div>
    </div>
  );
}

interface RowProps {
  index: number;
  row: LogRow | undefined;
  top: number;
  columns: readonly string[];
  template: string;
  isNarrow: boolean;
  isOpened: boolean;
  count: number;
  onOpen: (row: LogRow) => void;
  focus: (index: number) => void;
}

const Row = memo(function Row(props: RowProps) {
  const { index, row, top, template, onOpen } = props;
  const format = useFormat();
  const style = { gridTemplateColumns: template, transform: `translateY(${top}px)` };
  if (row === undefined) {
    return (
      <div role="row" className="log-row" aria-rowindex={index + 2} style={style}>
        <div role="cell" className="log-row-coming">
          …
        </div>
      </div>
    );
  }
  const onKeyDown = (event: KeyboardEvent<HTMLDivElement>) => {
    const page = 20;
    const next = {
      ArrowDown: index + 1,
      ArrowUp: index - 1,
      PageDown: index + page,
      PageUp: index - page,
      Home: 0,
      End: props.count - 1,
    }[event.key];
    if (next !== undefined) {
      event.preventDefault();
      props.focus(Math.max(0, Math.min(next, props.count - 1)));
    } else if (event.key === "Enter") {
      onOpen(row);
    }
  };
  return (
    <div
      role="row"
      className="log-row"
      aria-rowindex={index + 2}
      data-index={index}
      data-opened={props.isOpened}
      tabIndex={0}
      style={style}
      onClick={() => onOpen(row)}
      onKeyDown={onKeyDown}
    >
      <Cells row={row} columns={props.columns} isNarrow={props.isNarrow} format={format} />
    </div>
  );
});

interface CellsProps {
  row: LogRow;
  columns: readonly string[];
  isNarrow: boolean;
  format: Formats;
}

function Cells({ row, columns, isNarrow, format }: CellsProps) {
  const exact = format.time(row.time_ms, "millisecond");
  return (
    <>
      <div role="cell">
        <StatusMark status={row.status} />
      </div>
      <div role="cell" className="num log-row-time" title={exact}>
        {isNarrow ? format.time(row.time_ms, "time") : exact}
      </div>
      {columns.map((name) => {
        const text = cellText(row, name);
        return (
          <div
            role="cell"
            key={name}
            className={name === "message" ? "log-row-message" : undefined}
            title={name === "message" ? undefined : (text ?? "")}
          >
            {name === "trace_id" ? (text?.slice(0, 8) ?? "–") : (text ?? "–")}
          </div>
        );
      })}
    </>
  );
}
