/** The SQL editor, its run button and what placeholders mean. */
import { Button, Group, Kbd, Skeleton, Text } from "@mantine/core";
import { IconPlayerPlayFilled, IconPlayerStopFilled } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { lazy, Suspense, useMemo } from "react";
import { useTranslation } from "react-i18next";
import { answer, api } from "@/api/client";
import type { Run } from "./run-query";

const SqlEditor = lazy(() => import("./SqlEditor"));
const EDITOR_HEIGHT = 170;

interface QueryEditorProps {
  sql: string;
  onChange: (sql: string) => void;
  onRun: () => void;
  onCancel: () => void;
  run: Run;
  mark: { offset: number; message: string } | undefined;
}

export function QueryEditor({ sql, onChange, onRun, onCancel, run, mark }: QueryEditorProps) {
  const { t } = useTranslation("query");
  const schema = useQuery({
    queryKey: ["sql-schema"],
    staleTime: Number.POSITIVE_INFINITY,
    queryFn: ({ signal }) => answer(api.GET("/api/v1/sql/schema", { signal })),
  });
  const placeholderTexts = useMemo(
    () => ({
      from: t("placeholder.from"),
      to: t("placeholder.to"),
      environment: t("placeholder.environment"),
    }),
    [t],
  );
  return (
    <section className="query-editor">
      <Suspense fallback={<Skeleton height={EDITOR_HEIGHT} />}>
        <SqlEditor
          value={sql}
          onChange={onChange}
          onRun={onRun}
          label={t("editor.label")}
          schema={schema.data}
          placeholderTexts={placeholderTexts}
          mark={mark}
        />
      </Suspense>
      <Group justify="space-between" gap="xs" mt="xs">
        <Text size="xs" c="dimmed" className="query-hint">
          {t("editor.placeholders")}
          <span className="query-keys">{t("editor.keys")}</span>
        </Text>
        {run.status === "running" ? (
          <Button
            variant="default"
            leftSection={<IconPlayerStopFilled size={14} aria-hidden />}
            onClick={onCancel}
          >
            {t("action.cancel")}
          </Button>
        ) : (
          <Button
            leftSection={<IconPlayerPlayFilled size={14} aria-hidden />}
            rightSection={<RunKeys />}
            disabled={sql.trim() === ""}
            onClick={onRun}
          >
            {t("action.run")}
          </Button>
        )}
      </Group>
    </section>
  );
}

function RunKeys() {
  const isMac = /mac/i.test(navigator.userAgent);
  const modifier = isMac ? "⌘" : "Ctrl";
  return (
    <Kbd size="xs" className="run-keys" aria-hidden="true">
      {`${modifier} ↵`}
    </Kbd>
  );
}
