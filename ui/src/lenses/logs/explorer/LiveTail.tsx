/** Records as they arrive. Scrolling down pauses; what comes meanwhile is counted. */
import { Alert, Button, Group, Text } from "@mantine/core";
import { IconArrowUp, IconPlayerPauseFilled } from "@tabler/icons-react";
import { useCallback, useEffect, useReducer, useState } from "react";
import { useTranslation } from "react-i18next";
import { EmptyState } from "@/common/EmptyState";
import { useFormat } from "@/design/use-format";
import { type Asked, addressOf, type LogRow } from "../logs-api";
import { askedColumns } from "./columns";
import { LogTable } from "./LogTable";
import { NO_TAIL, reduceTail } from "./tail-buffer";

type Link = "connecting" | "open" | "lost";

/** Rows are shown in batches: more often nobody can read. */
const SHOWN_EVERY_MS = 200;

function useTail(asked: Asked, columns: readonly string[]) {
  const { query, environment } = asked;
  const wanted = askedColumns(columns).join(",");
  const [tail, dispatch] = useReducer(reduceTail, NO_TAIL);
  const [link, setLink] = useState<Link>("connecting");
  useEffect(() => {
    dispatch({ type: "cleared" });
    setLink("connecting");
    const source = new EventSource(
      addressOf("/tail", {
        ...(query === "" ? {} : { query }),
        ...(environment === undefined ? {} : { environment }),
        ...(wanted === "" ? {} : { columns: wanted }),
      }),
    );
    let batch: LogRow[] = [];
    const timer = setInterval(() => {
      if (batch.length > 0) {
        dispatch({ type: "came", rows: batch });
        batch = [];
      }
    }, SHOWN_EVERY_MS);
    source.addEventListener("ready", () => setLink("open"));
    source.addEventListener("rows", (event) => {
      setLink("open");
      batch.push(...(JSON.parse(event.data) as LogRow[]));
    });
    source.addEventListener("skipped", (event) => {
      dispatch({ type: "skipped", count: (JSON.parse(event.data) as { count: number }).count });
    });
    source.addEventListener("error", () =>
      setLink(source.readyState === EventSource.CLOSED ? "lost" : "connecting"),
    );
    return () => {
      clearInterval(timer);
      source.close();
    };
  }, [query, environment, wanted]);
  return { tail, dispatch, link };
}

interface LiveTailProps {
  asked: Asked;
  columns: readonly string[];
  openedId: string | undefined;
  onOpen: (row: LogRow) => void;
}

export function LiveTail({ asked, columns, openedId, onOpen }: LiveTailProps) {
  const { t } = useTranslation("logs");
  const format = useFormat();
  const { tail, dispatch, link } = useTail(asked, columns);
  const rowAt = useCallback((index: number) => tail.rows[index], [tail.rows]);
  const onStart = useCallback(
    (isAtStart: boolean) => dispatch({ type: isAtStart ? "resumed" : "paused" }),
    [dispatch],
  );
  return (
    <div className="log-tail">
      <Group gap="xs" mih={30} role="status">
        <i className="log-tail-light" data-link={tail.isPaused ? "paused" : link} aria-hidden />
        <Text size="sm">{tail.isPaused ? t("tail.paused") : t(`tail.${link}`)}</Text>
        {tail.isPaused ? (
          <Button
            size="compact-xs"
            variant="light"
            leftSection={<IconArrowUp size={14} aria-hidden />}
            onClick={() => {
              document.querySelector(".log-table")?.scrollTo({ top: 0 });
              dispatch({ type: "resumed" });
            }}
          >
            {t("tail.resume", {
              count: tail.waitingCount,
              formatted: format.count(tail.waitingCount),
            })}
          </Button>
        ) : tail.rows.length > 0 ? (
          <Button
            size="compact-xs"
            variant="subtle"
            color="gray"
            leftSection={<IconPlayerPauseFilled size={12} aria-hidden />}
            onClick={() => dispatch({ type: "paused" })}
          >
            {t("tail.pause")}
          </Button>
        ) : null}
        {tail.skipped === 0 ? null : (
          <Text size="sm" c="dimmed">
            {t("tail.skipped", { count: tail.skipped, formatted: format.count(tail.skipped) })}
          </Text>
        )}
      </Group>
      {link === "lost" ? (
        <Alert color="red" variant="light" role="alert">
          {t("tail.lost_text")}
        </Alert>
      ) : null}
      {tail.rows.length === 0 ? (
        <EmptyState title={t("tail.empty_title")} text={t("tail.empty_text")} />
      ) : (
        <LogTable
          label={t("tail.label")}
          count={tail.rows.length}
          rowAt={rowAt}
          columns={columns}
          openedId={openedId}
          onOpen={onOpen}
          onStart={onStart}
        />
      )}
    </div>
  );
}
