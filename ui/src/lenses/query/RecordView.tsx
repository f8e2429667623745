/** One row of a result with every value in full. */
import { useTranslation } from "react-i18next";
import { CodeBlock } from "@/common/CodeBlock";
import { CopyButton } from "@/common/CopyButton";
import { useFormat } from "@/design/use-format";
import { prettyJson, showCell } from "./cells";
import type { ResultColumn } from "./chart-choice";
import { CellView } from "./ResultTable";

interface RecordViewProps {
  columns: readonly ResultColumn[];
  cells: readonly unknown[];
}

export function RecordView({ columns, cells }: RecordViewProps) {
  return (
    <dl className="record">
      {columns.map((column, at) => (
        <Field key={`${at} ${column.name}`} column={column} value={cells[at]} />
      ))}
    </dl>
  );
}

function Field({ column, value }: { column: ResultColumn; value: unknown }) {
  const { t } = useTranslation("query");
  const format = useFormat();
  const cell = showCell(value, column, format);
  const copied = cell.kind === "json" ? prettyJson(value) : String(value ?? "");
  return (
    <div>
      <dt>
        {column.name} <span className="record-type">{column.type}</span>
      </dt>
      <dd>
        {cell.kind === "json" ? (
          <CodeBlock code={copied} label={column.name} />
        ) : (
          <span className="record-value">
            <CellView cell={cell} />
            {cell.kind === "time" && cell.exact !== undefined ? (
              <span className="record-exact">{cell.exact}</span>
            ) : null}
          </span>
        )}
        {cell.kind === "absent" || cell.kind === "json" ? null : (
          <CopyButton text={copied} label={t("result.copy_value", { name: column.name })} />
        )}
      </dd>
    </div>
  );
}
