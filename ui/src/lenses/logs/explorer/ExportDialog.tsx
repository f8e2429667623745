/** Downloads all records of the search, with progress, until it is cancelled. */
import { Button, Group, Modal, Progress, SegmentedControl, Stack, Text } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { IconDownload } from "@tabler/icons-react";
import { useEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { downloadBlob } from "@/common/csv";
import { ErrorBox } from "@/common/ErrorBox";
import { useFormat } from "@/design/use-format";
import { type Asked, addressOf, openStream, parametersOf } from "../logs-api";
import { askedColumns } from "./columns";
import { type ExportFormat, type Progress as Read, readExport } from "./export";

interface ExportProps {
  asked: Asked;
  columns: readonly string[];
}

type State =
  | { status: "idle" }
  | { status: "running"; read: Read }
  | { status: "done"; read: Read }
  | { status: "failed"; error: unknown };

const NOTHING: Read = { records: 0, bytes: 0, total: undefined };
/** Often enough to look smooth. */
const SHOWN_EVERY_MS = 100;

function useExport({ asked, columns }: ExportProps) {
  const [state, setState] = useState<State>({ status: "idle" });
  const controller = useRef<AbortController | null>(null);
  const cancel = () => {
    controller.current?.abort();
    controller.current = null;
    setState({ status: "idle" });
  };
  useEffect(() => () => controller.current?.abort(), []);
  const start = async (format: ExportFormat) => {
    const own = new AbortController();
    controller.current = own;
    const change = (next: State) => controller.current === own && setState(next);
    setState({ status: "running", read: NOTHING });
    let [read, shownAtMs] = [NOTHING, 0];
    try {
      const wanted = askedColumns(columns).join(",");
      const parameters = {
        ...parametersOf(asked),
        format,
        // Without columns of its own an export has all attributes.
        ...(wanted === "" ? {} : { columns: wanted }),
      };
      const response = await openStream(addressOf("/export", parameters), own.signal);
      const file = await readExport(response, format, (next) => {
        read = next;
        if (Date.now() - shownAtMs >= SHOWN_EVERY_MS) {
          shownAtMs = Date.now();
          change({ status: "running", read });
        }
      });
      if (!own.signal.aborted) {
        downloadBlob(`logs.${format}`, file);
        change({ status: "done", read });
      }
    } catch (error) {
      change({ status: "failed", error });
    }
  };
  return { state, start, cancel };
}

export function ExportButton(props: ExportProps) {
  const { t } = useTranslation("logs");
  const [opened, { open, close }] = useDisclosure(false);
  const [format, setFormat] = useState<ExportFormat>("ndjson");
  const { state, start, cancel } = useExport(props);
  const leave = () => {
    cancel();
    close();
  };
  return (
    <>
      <Button variant="default" leftSection={<IconDownload size={16} aria-hidden />} onClick={open}>
        {t("export.button")}
      </Button>
      <Modal
        opened={opened}
        onClose={leave}
        title={t("export.title")}
        closeButtonProps={{ "aria-label": t("export.close") }}
      >
        <Stack gap="sm">
          <Text size="sm">{t("export.text")}</Text>
          <SegmentedControl
            aria-label={t("export.format")}
            value={format}
            disabled={state.status === "running"}
            onChange={(value) => setFormat(value as ExportFormat)}
            data={[
              { value: "ndjson", label: "NDJSON" },
              { value: "csv", label: "CSV" },
            ]}
          />
          <ExportState state={state} />
          <Group justify="flex-end" gap="xs">
            {state.status === "running" ? (
              <Button variant="default" onClick={cancel}>
                {t("export.cancel")}
              </Button>
            ) : (
              <Button onClick={() => void start(format)}>{t("export.start")}</Button>
            )}
          </Group>
        </Stack>
      </Modal>
    </>
  );
}

function ExportState({ state }: { state: State }) {
  const { t } = useTranslation("logs");
  const format = useFormat();
  if (state.status === "idle") {
    return null;
  }
  if (state.status === "failed") {
    return <ErrorBox error={state.error} />;
  }
  const { records, bytes, total } = state.read;
  const values = { records: format.count(records), bytes: format.bytes(bytes) };
  const text =
    state.status === "done"
      ? t("export.done", values)
      : total === undefined
        ? t("export.running", values)
        : t("export.running_of", { ...values, total: format.count(total) });
  const isDone = state.status === "done";
  const share = isDone ? 100 : total === undefined || total === 0 ? 100 : (100 * records) / total;
  return (
    <Stack gap={4}>
      <Progress value={Math.min(100, share)} animated={!isDone} aria-label={t("export.progress")} />
      <Text size="sm" className="num" role="status">
        {text}
      </Text>
    </Stack>
  );
}
