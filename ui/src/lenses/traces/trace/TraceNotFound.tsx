/** What to do when a trace is not stored. */
import { Button, Group, List, Text } from "@mantine/core";
import { Link } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { EmptyState } from "@/common/EmptyState";
import { quoted } from "@/lenses/services/sql";
import { TraceIdBox } from "../list/TraceIdBox";
import { readTraceId } from "../list/trace-id";

export function TraceNotFound({ traceId }: { traceId: string }) {
  const { t } = useTranslation("traces");
  const sql = `select time, service_name, severity_text, body\nfrom logs\nwhere trace_id = ${quoted(traceId.toLowerCase())}\norder by time`;
  const isId = readTraceId(traceId) !== undefined;
  return (
    <EmptyState title={t("not_found.title")}>
      <Text size="sm" ff="monospace" className="wrap-anywhere">
        {traceId}
      </Text>
      <List size="sm" maw={560}>
        {isId ? null : <List.Item>{t("not_found.not_an_id")}</List.Item>}
        <List.Item>{t("not_found.wrong_id")}</List.Item>
        <List.Item>{t("not_found.retention")}</List.Item>
        <List.Item>{t("not_found.sampling")}</List.Item>
        <List.Item>{t("not_found.late")}</List.Item>
      </List>
      <TraceIdBox />
      <Group gap="xs" justify="center">
        <Button component={Link} to="/traces" variant="default">
          {t("not_found.search")}
        </Button>
        <Button component={Link} to="/query" search={{ q: sql } as never} variant="default">
          {t("not_found.search_logs")}
        </Button>
      </Group>
    </EmptyState>
  );
}
