/** What completes a search, with how often each value comes. */
import { useEffect, useRef } from "react";
import { useTranslation } from "react-i18next";
import { useFormat } from "@/design/use-format";
import type { CompletionItem } from "./use-completion";

const KINDS = ["field", "value", "keyword", "stage"] as const;

interface CompletionListProps {
  id: string;
  label: string;
  items: readonly CompletionItem[];
  active: number;
  onChoose: (item: CompletionItem) => void;
}

export function CompletionList({ id, label, items, active, onChoose }: CompletionListProps) {
  const { t } = useTranslation("search-bar");
  const format = useFormat();
  const list = useRef<HTMLDivElement>(null);
  useEffect(() => {
    list.current?.children[active]?.scrollIntoView({ block: "nearest" });
  }, [active]);
  return (
    <div
      ref={list}
      id={`${id}-list`}
      role="listbox"
      aria-label={label}
      className="search-bar-list"
      hidden={items.length === 0}
    >
      {items.map((item, at) => (
        // biome-ignore lint/a11y/useKeyWithClickEvents: the field has the focus and takes the keys
        <div
          key={`${item.kind} ${item.insert}`}
          id={`${id}-${at}`}
          role="option"
          aria-selected={at === active}
          className="search-bar-item"
          // The field keeps the focus.
          onMouseDown={(event) => event.preventDefault()}
          onClick={() => onChoose(item)}
        >
          <span className="search-bar-kind" data-kind={item.kind}>
            {t(`kind.${KINDS.find((it) => it === item.kind) ?? "keyword"}`)}
          </span>
          <span className="search-bar-name">{item.label}</span>
          <span className="search-bar-detail">{item.detail}</span>
          <span className="num search-bar-count">
            {item.count === null ? "" : format.count(item.count)}
          </span>
        </div>
      ))}
    </div>
  );
}
