/** The head of `DataTable`: it stays while rows scroll, and its buttons sort. */
import { Tooltip } from "@mantine/core";
import { IconArrowDown, IconArrowUp, IconInfoCircle } from "@tabler/icons-react";
import type { Column, Sort } from "./data-table-model";

interface DataTableHeadProps<Row> {
  columns: readonly Column<Row>[];
  template: string;
  sort: Sort | undefined;
  onSort: (sort: Sort) => void;
}

export function DataTableHead<Row>({ columns, template, sort, onSort }: DataTableHeadProps<Row>) {
  return (
    <div role="rowgroup" className="data-table-head">
      <div role="row" aria-rowindex={1} style={{ gridTemplateColumns: template }}>
        {columns.map((column) => (
          <HeadCell
            key={column.key}
            column={column}
            sort={sort?.key === column.key ? sort : undefined}
            onSort={onSort}
          />
        ))}
      </div>
    </div>
  );
}

interface HeadCellProps<Row> {
  column: Column<Row>;
  sort: Sort | undefined;
  onSort: (sort: Sort) => void;
}

function HeadCell<Row>({ column, sort, onSort }: HeadCellProps<Row>) {
  const direction = sort?.descending === true ? "descending" : "ascending";
  // Numbers are looked at from the largest, text from A.
  const first = column.align === "right";
  const next = sort === undefined ? first : !sort.descending;
  return (
    <div
      role="columnheader"
      className="data-table-cell"
      data-align={column.align}
      aria-sort={sort === undefined ? undefined : direction}
    >
      {column.sortable === false ? (
        <span>{column.header}</span>
      ) : (
        <button type="button" onClick={() => onSort({ key: column.key, descending: next })}>
          <span>{column.header}</span>
          {sort === undefined ? null : sort.descending ? (
            <IconArrowDown size={13} aria-hidden />
          ) : (
            <IconArrowUp size={13} aria-hidden />
          )}
        </button>
      )}
      {column.hint === undefined ? null : <Hint text={column.hint} />}
    </div>
  );
}

/** What a column counts; shown by mouse, touch and keyboard. */
function Hint({ text }: { text: string }) {
  return (
    <Tooltip label={text} multiline w={280} events={{ hover: true, focus: true, touch: true }}>
      <button type="button" className="data-table-hint" aria-label={text}>
        <IconInfoCircle size={14} aria-hidden />
      </button>
    </Tooltip>
  );
}
