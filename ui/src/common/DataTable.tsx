/** A list: count, sorting, virtual scrolling, CSV, and a row that opens by click or Enter. */
import { ActionIcon, Group, Text, Tooltip } from "@mantine/core";
import { IconDownload } from "@tabler/icons-react";
import { useVirtualizer } from "@tanstack/react-virtual";
import {
  type KeyboardEvent,
  memo,
  type ReactNode,
  useCallback,
  useMemo,
  useRef,
  useState,
} from "react";
import { useTranslation } from "react-i18next";
import { useFormat } from "@/design/use-format";
import { downloadCsv } from "./csv";
import { DataTableHead } from "./DataTableHead";
import {
  type Column,
  columnWidths,
  gridTemplate,
  minimumWidth,
  type Sort,
  sortRows,
} from "./data-table-model";
import { type ColumnRange, useColumnRange } from "./use-column-range";
import "./data-table.css";

export type { Column, Sort } from "./data-table-model";

const ROW_HEIGHT = 34;
const HEAD_HEIGHT = 34;
const OVERSCAN_ROWS = 12;

interface DataTableProps<Row> {
  /** What the list is, for screen readers. */
  label: string;
  rows: readonly Row[];
  columns: readonly Column<Row>[];
  rowKey: (row: Row) => string;
  onOpen?: (row: Row) => void;
  openedKey?: string | undefined;
  initialSort?: Sort;
  /** Controlled sorting, when it is in the URL. */
  sort?: Sort | undefined;
  onSortChange?: (sort: Sort) => void;
  /** File name without `.csv`; no download when absent. */
  csvName?: string;
  empty?: ReactNode;
  /** Most pixels before the list scrolls; `fill` takes what the window leaves. */
  height?: number | "fill";
  toolbar?: ReactNode;
}

export function DataTable<Row>(props: DataTableProps<Row>) {
  const { rows, columns, initialSort, onSortChange, csvName, toolbar, empty } = props;
  const [ownSort, setOwnSort] = useState(initialSort);
  const sort = onSortChange === undefined ? ownSort : (props.sort ?? initialSort);
  const sorted = useMemo(() => sortRows(rows, columns, sort), [rows, columns, sort]);
  return (
    <div>
      <Toolbar count={rows.length} toolbar={toolbar}>
        {csvName === undefined ? null : (
          <CsvButton rows={sorted} columns={columns} name={csvName} />
        )}
      </Toolbar>
      {rows.length === 0 && empty !== undefined ? (
        empty
      ) : (
        <Grid {...props} rows={sorted} sort={sort} onSort={onSortChange ?? setOwnSort} />
      )}
    </div>
  );
}

function Toolbar(props: { count: number; toolbar: ReactNode; children: ReactNode }) {
  const { t } = useTranslation();
  const format = useFormat();
  return (
    <Group justify="space-between" gap="xs" mb={4} mih={30}>
      <Group gap="xs">{props.toolbar}</Group>
      <Group gap="xs">
        <Text size="sm" c="dimmed" className="num">
          {t("table.rows", { count: props.count, formatted: format.count(props.count) })}
        </Text>
        {props.children}
      </Group>
    </Group>
  );
}

interface CsvButtonProps<Row> {
  rows: readonly Row[];
  columns: readonly Column<Row>[];
  name: string;
}

function CsvButton<Row>({ rows, columns, name }: CsvButtonProps<Row>) {
  const { t } = useTranslation();
  const download = () =>
    downloadCsv(
      name,
      columns.map((column) => column.header),
      rows.map((row) => columns.map((column) => column.value(row))),
    );
  return (
    <Tooltip label={t("action.download_csv")}>
      <ActionIcon
        variant="default"
        aria-label={t("action.download_csv")}
        disabled={rows.length === 0}
        onClick={download}
      >
        <IconDownload size={16} />
      </ActionIcon>
    </Tooltip>
  );
}

type GridProps<Row> = DataTableProps<Row> & {
  sort: Sort | undefined;
  onSort: (sort: Sort) => void;
};

function Grid<Row>(props: GridProps<Row>) {
  const { rows, columns, label, height = 480, sort, onSort } = props;
  const scroller = useRef<HTMLDivElement>(null);
  const virtualizer = useVirtualizer({
    count: rows.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => ROW_HEIGHT,
    overscan: OVERSCAN_ROWS,
    initialRect: { width: 0, height: 800 },
  });
  const template = useMemo(() => gridTemplate(columns), [columns]);
  const range = useColumnRange(
    scroller,
    useMemo(() => columnWidths(columns), [columns]),
  );
  const { scrollToIndex } = virtualizer;
  const focus = useCallback(
    (index: number) => focusRow(scroller.current, scrollToIndex, index),
    [scrollToIndex],
  );
  // Scrolling draws the rows that come into view, and nothing else.
  const head = useMemo(
    () => <DataTableHead columns={columns} template={template} sort={sort} onSort={onSort} />,
    [columns, template, sort, onSort],
  );
  const maxHeight = height === "fill" ? "max(320px, calc(100dvh - 300px))" : height;
  const contentHeight = HEAD_HEIGHT + rows.length * ROW_HEIGHT + 2;
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard
    <div className="data-table" ref={scroller} style={{ maxHeight }} tabIndex={0}>
      <div
        role="table"
        aria-label={label}
        aria-rowcount={rows.length + 1}
        aria-colcount={columns.length}
        style={{ minWidth: minimumWidth(columns), height: contentHeight }}
      >
        {head}
        <div role="rowgroup" className="data-table-body">
          {virtualizer.getVirtualItems().map((item) => {
            const row = rows[item.index];
            return row === undefined ? null : (
              <BodyRow
                key={props.rowKey(row)}
                row={row}
                columns={columns}
                range={range}
                rowCount={rows.length}
                index={item.index}
                top={item.start}
                template={template}
                isOpened={props.openedKey !== undefined && props.rowKey(row) === props.openedKey}
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

/** Scrolls to a row and focuses it once it is there. */
function focusRow(
  scroller: HTMLElement | null,
  scrollToIndex: (index: number) => void,
  index: number,
): void {
  scrollToIndex(index);
  requestAnimationFrame(() => {
    scroller?.querySelector<HTMLElement>(`[data-index="${index}"]`)?.focus();
  });
}

interface BodyRowProps<Row> {
  row: Row;
  columns: readonly Column<Row>[];
  range: ColumnRange | undefined;
  rowCount: number;
  index: number;
  top: number;
  template: string;
  isOpened: boolean;
  onOpen: ((row: Row) => void) | undefined;
  focus: (index: number) => void;
}

const BodyRow = memo(BodyRowView) as typeof BodyRowView;

function BodyRowView<Row>(props: BodyRowProps<Row>) {
  const { row, index, onOpen, rowCount } = props;
  const onKeyDown = (event: KeyboardEvent<HTMLDivElement>) => {
    if (event.target !== event.currentTarget) {
      return;
    }
    const next = { ArrowDown: index + 1, ArrowUp: index - 1, Home: 0, End: rowCount - 1 }[
      event.key
    ];
    if (next !== undefined) {
      event.preventDefault();
      props.focus(Math.max(0, Math.min(next, rowCount - 1)));
    } else if (event.key === "Enter") {
      onOpen?.(row);
    }
  };
  return (
    <div
      role="row"
      className="data-table-row"
      aria-rowindex={index + 2}
      data-index={index}
      data-opens={onOpen === undefined ? undefined : true}
      data-opened={props.isOpened}
      tabIndex={onOpen === undefined ? -1 : 0}
      style={{ gridTemplateColumns: props.template, transform: `translateY(${props.top}px)` }}
      onClick={onOpen === undefined ? undefined : () => onOpen(row)}
      onKeyDown={onKeyDown}
    >
      <Cells row={row} columns={props.columns} range={props.range} />
    </div>
  );
}

function Cells<Row>({ row, columns, range }: Pick<BodyRowProps<Row>, "row" | "columns" | "range">) {
  const first = range?.first ?? 0;
  return columns.slice(first, range?.end).map((column, at) => (
    <div
      role="cell"
      key={column.key}
      className="data-table-cell"
      data-align={column.align}
      aria-colindex={first + at + 1}
      style={range === undefined ? undefined : { gridColumn: first + at + 1 }}
    >
      {column.cell === undefined ? String(column.value(row) ?? "–") : column.cell(row)}
    </div>
  ));
}
