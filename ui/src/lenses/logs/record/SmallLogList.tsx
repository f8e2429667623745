/** A few records in the order of time, one of them marked; each opens in the panel. */
import { UnstyledButton } from "@mantine/core";
import { useEffect, useRef } from "react";
import { useTranslation } from "react-i18next";
import { useSearchChange } from "@/common/use-search-change";
import { useFormat } from "@/design/use-format";
import type { LogRow } from "../logs-api";
import { StatusMark } from "../status";

interface SmallLogListProps {
  label: string;
  rows: readonly LogRow[];
  markedId: string;
  withService?: boolean;
}

export function SmallLogList({ label, rows, markedId, withService = false }: SmallLogListProps) {
  const { t } = useTranslation("logs");
  const format = useFormat();
  const change = useSearchChange();
  const list = useRef<HTMLOListElement>(null);
  const marked = useRef<HTMLLIElement>(null);
  useEffect(() => {
    // Only the list scrolls, not the panel that it is in.
    if (list.current !== null && marked.current !== null) {
      const middle = (list.current.clientHeight - marked.current.clientHeight) / 2;
      list.current.scrollTop = marked.current.offsetTop - middle;
    }
  }, []);
  return (
    <ol ref={list} className="log-lines" aria-label={label}>
      {rows.map((row, at) => {
        const isMarked = row.id === markedId;
        return (
          <li key={at} ref={isMarked ? marked : undefined} data-marked={isMarked}>
            <UnstyledButton
              aria-current={isMarked ? "true" : undefined}
              title={t("record.open")}
              onClick={() => change({ record: row.id }, true)}
            >
              <span className="log-line-head num">
                <StatusMark status={row.status} />
                {format.time(row.time_ms, "millisecond")}
                {withService ? <b className="wrap-anywhere">{row.service ?? "–"}</b> : null}
              </span>
              <span className="log-line-text">{row.message}</span>
            </UnstyledButton>
          </li>
        );
      })}
    </ol>
  );
}
