/** A plain table for paper, where nothing can be scrolled: it breaks between rows, and repeats its head. */
import type { ReactNode } from "react";

export interface PaperColumn<Row> {
  key: string;
  header: ReactNode;
  align?: "right";
  /** Share of the width, such as `12%`. */
  width?: string;
  cell: (row: Row) => ReactNode;
}

interface PaperTableProps<Row> {
  caption: string;
  columns: readonly PaperColumn<Row>[];
  rows: readonly Row[];
  rowKey: (row: Row, index: number) => string;
}

export function PaperTable<Row>({ caption, columns, rows, rowKey }: PaperTableProps<Row>) {
  return (
    <table className="paper-table" aria-label={caption}>
      <thead>
        {/* Not a caption: that would stay alone at the foot of a page, and is not repeated. */}
        <tr>
          <th scope="colgroup" colSpan={columns.length} className="paper-caption">
            {caption}
          </th>
        </tr>
        <tr>
          {columns.map((column) => (
            <th
              key={column.key}
              scope="col"
              data-align={column.align}
              style={column.width === undefined ? undefined : { width: column.width }}
            >
              {column.header}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {rows.map((row, index) => (
          <tr key={rowKey(row, index)}>
            {columns.map((column) => (
              <td key={column.key} data-align={column.align}>
                {column.cell(row)}
              </td>
            ))}
          </tr>
        ))}
      </tbody>
    </table>
  );
}
