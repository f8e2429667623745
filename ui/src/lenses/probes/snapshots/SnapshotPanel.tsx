/** The snapshot that is open beside the list, and the way to the ones before and after it. */
import { ActionIcon, Group, Text } from "@mantine/core";
import { IconChevronDown, IconChevronUp } from "@tabler/icons-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { SidePanel } from "@/common/SidePanel";
import { useSearchChange } from "@/common/use-search-change";
import { useFormat } from "@/design/use-format";
import type { ProbeForm } from "../editor/probe-form";
import { type ProbeSnapshot, snapshotKey } from "../probes-api";
import { SnapshotView } from "./SnapshotView";

const WIDTH = 720;

/** Newer ones push the one that is read out of the list: it stays until it is closed. */
function useKept(id: string | undefined, found: ProbeSnapshot | undefined) {
  const [kept, setKept] = useState(found);
  if (found !== undefined && found !== kept) {
    setKept(found);
  }
  return found ?? (kept !== undefined && snapshotKey(kept) === id ? kept : undefined);
}

interface SnapshotPanelProps {
  id: string | undefined;
  /** In the order of the list, the newest first. */
  snapshots: ProbeSnapshot[];
  probe: ProbeForm | undefined;
}

export function SnapshotPanel({ id, snapshots, probe }: SnapshotPanelProps) {
  const { t } = useTranslation("probes");
  const format = useFormat();
  const change = useSearchChange();
  const at = snapshots.findIndex((it) => snapshotKey(it) === id);
  const snapshot = useKept(id, snapshots[at]);
  const step = (label: string, other: ProbeSnapshot | undefined, Icon: typeof IconChevronUp) => (
    <ActionIcon
      variant="default"
      aria-label={label}
      title={label}
      disabled={other === undefined}
      onClick={() => change({ snapshot: other && snapshotKey(other) }, true)}
    >
      <Icon size={16} />
    </ActionIcon>
  );
  return (
    <SidePanel
      opened={id !== undefined}
      onClose={() => change({ snapshot: undefined })}
      size={WIDTH}
      title={
        <Group gap="xs">
          <strong className="num">
            {snapshot === undefined
              ? t("snapshot.title")
              : t("snapshot.title_at", { time: format.time(snapshot.time_ms, "millisecond") })}
          </strong>
          {step(t("snapshot.newer"), snapshots[at - 1], IconChevronUp)}
          {step(t("snapshot.older"), at < 0 ? undefined : snapshots[at + 1], IconChevronDown)}
        </Group>
      }
    >
      {snapshot === undefined ? (
        <Text size="sm">{t("snapshot.gone")}</Text>
      ) : (
        <SnapshotView snapshot={snapshot} probe={probe} />
      )}
    </SidePanel>
  );
}
