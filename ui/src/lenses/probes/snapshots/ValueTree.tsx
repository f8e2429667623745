/** Values of a snapshot: a tree that opens by click or by the keys of trees. */
import { Button, Group, Text } from "@mantine/core";
import { IconChevronDown, IconChevronRight } from "@tabler/icons-react";
import { type KeyboardEvent, useMemo, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { useFormat } from "@/design/use-format";
import type { CaptureGroup, ValueNode } from "./captures";
import { allOpen, firstOpen, type TreeRow, treeMove, treeRows, withToggled } from "./value-tree";

/** Rows beyond these would make the page slow; they are there when other values are closed. */
const ROWS_MAX = 1500;

interface ValueTreeProps {
  label: string;
  groups: CaptureGroup[];
}

export function ValueTree({ label, groups }: ValueTreeProps) {
  const { t } = useTranslation("probes");
  const format = useFormat();
  const tree = useRef<HTMLDivElement>(null);
  const [open, setOpen] = useState(() => firstOpen(groups));
  const [focused, setFocused] = useState(groups[0]?.id ?? "");
  const rows = useMemo(() => treeRows(groups, open), [groups, open]);
  const shown = rows.slice(0, ROWS_MAX);
  const current = shown.some(({ id }) => id === focused) ? focused : (shown[0]?.id ?? "");
  const focus = (id: string) => {
    setFocused(id);
    tree.current?.querySelector<HTMLElement>(`[data-id="${CSS.escape(id)}"]`)?.focus();
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const isPlain = !event.ctrlKey && !event.metaKey && !event.altKey;
    const move = isPlain ? treeMove(shown, current, event.key) : undefined;
    if (move === undefined) {
      return;
    }
    event.preventDefault();
    if ("toggle" in move) {
      setOpen(withToggled(open, move.toggle));
    } else {
      focus(move.focus);
    }
  };
  return (
    <section>
      <Group justify="space-between" gap="xs" mb={4}>
        <Text component="h3" fw={600} size="sm" m={0}>
          {label}
        </Text>
        <Group gap={4}>
          <Button variant="subtle" size="compact-xs" onClick={() => setOpen(allOpen(groups))}>
            {t("tree.open_all")}
          </Button>
          <Button variant="subtle" size="compact-xs" onClick={() => setOpen(firstOpen(groups))}>
            {t("tree.close_all")}
          </Button>
        </Group>
      </Group>
      <div ref={tree} role="tree" aria-label={label} className="probe-tree" onKeyDown={onKeyDown}>
        {shown.map((row) => (
          <Row
            key={row.id}
            row={row}
            isFocusable={row.id === current}
            onFocus={() => setFocused(row.id)}
            onToggle={() => setOpen(withToggled(open, row.id))}
          />
        ))}
      </div>
      {rows.length > shown.length ? (
        <Text size="xs" c="dimmed" mt={4}>
          {t("tree.cut", { shown: format.count(shown.length), all: format.count(rows.length) })}
        </Text>
      ) : null}
    </section>
  );
}

interface RowProps {
  row: TreeRow;
  isFocusable: boolean;
  onFocus: () => void;
  onToggle: () => void;
}

const INDENT_PX = 16;

function Row({ row, isFocusable, onFocus, onToggle }: RowProps) {
  const { t } = useTranslation("probes");
  const Chevron = row.isOpen ? IconChevronDown : IconChevronRight;
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: the keys are those of the tree around it
    <div
      role="treeitem"
      className="probe-tree-row"
      data-id={row.id}
      aria-level={row.level}
      aria-posinset={row.position}
      aria-setsize={row.siblings}
      aria-expanded={row.hasChildren ? row.isOpen : undefined}
      aria-selected={false}
      tabIndex={isFocusable ? 0 : -1}
      style={{ paddingLeft: (row.level - 1) * INDENT_PX }}
      onFocus={onFocus}
      onClick={() => row.hasChildren && onToggle()}
    >
      <span className="probe-tree-chevron" aria-hidden>
        {row.hasChildren ? <Chevron size={14} /> : null}
      </span>
      {row.group === null ? null : <strong>{t(`group.${row.group}`)}</strong>}
      {row.node === null ? null : <Value node={row.node} isOpen={row.isOpen} />}
    </div>
  );
}

/** `name: type = text`, and what is missing of it. */
function Value({ node, isOpen }: { node: ValueNode; isOpen: boolean }) {
  const { t } = useTranslation("probes");
  const format = useFormat();
  const { name, type, text, gap, size, reason, children } = node;
  const count = children.length > 0 && !isOpen ? children.length : null;
  return (
    <span className="probe-value">
      <span className="probe-value-name">{name}</span>
      {type === null ? null : <span className="probe-value-type">{type}</span>}
      {text === null ? null : <span className="probe-value-text">{text}</span>}
      {count === null ? null : (
        <span className="probe-soft">
          {t("tree.parts", { count, formatted: format.count(count) })}
        </span>
      )}
      {gap === null ? null : (
        <span className="probe-gap" data-gap={gap === "redacted" ? "redacted" : "cut"}>
          {size === null
            ? t(`gap.${gap}`, { reason: reason ?? "" })
            : t(`gap_of.${gap}`, { size: format.count(size), reason: reason ?? "" })}
        </span>
      )}
    </span>
  );
}
