/** Tries the rules, as they are written now, on records that are stored. Nothing is changed. */
import { Alert, Button, Group, Select, Stack, Text, Title } from "@mantine/core";
import { IconTestPipe } from "@tabler/icons-react";
import { useMutation } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { ErrorBox } from "@/common/ErrorBox";
import { useFormat } from "@/design/use-format";
import { relativeLengthMs } from "@/shell/time-range";
import { useEnvironment, useTimeRange } from "@/shell/use-time-range";
import { tryPipelines } from "../logs-api";
import { TryResult } from "./TryResult";

const PERIODS = ["shown", "1h", "24h", "7d", "30d"] as const;
type Period = (typeof PERIODS)[number];

export function TryPanel({ body }: { body: Record<string, unknown> | undefined }) {
  const { t } = useTranslation("logs");
  const format = useFormat();
  const { fromMs, toMs } = useTimeRange();
  const environment = useEnvironment();
  const [period, setPeriod] = useState<Period>("shown");
  const attempt = useMutation({
    mutationFn: () => {
      const lengthMs = relativeLengthMs(period);
      const nowMs = Date.now();
      const [from, to] = lengthMs === undefined ? [fromMs, toMs] : [nowMs - lengthMs, nowMs];
      return tryPipelines({
        // Also one that is switched off is tried.
        pipelines: [{ ...body, enabled: true }],
        from_ms: Math.round(from),
        to_ms: Math.round(to),
        ...(environment === undefined ? {} : { environment }),
      });
    },
  });
  return (
    <section className="log-try">
      <Title order={3} size="h6">
        {t("try.title")}
      </Title>
      <Text size="sm" c="dimmed" mb="xs">
        {t("try.text")}
      </Text>
      <Group gap="xs" align="flex-end">
        <Select
          size="xs"
          label={t("try.period")}
          value={period}
          onChange={(next) => setPeriod((next ?? "shown") as Period)}
          data={PERIODS.map((value) => ({
            value,
            label:
              value === "shown"
                ? t("try.shown")
                : t("try.last", { length: format.durationMs(relativeLengthMs(value)) }),
          }))}
        />
        <Button
          leftSection={<IconTestPipe size={16} aria-hidden />}
          disabled={body === undefined}
          loading={attempt.isPending}
          onClick={() => attempt.mutate()}
        >
          {t("try.run")}
        </Button>
      </Group>
      <Stack gap="sm" mt="sm" aria-live="polite">
        {attempt.error === null ? null : <ErrorBox error={attempt.error} />}
        {attempt.data === undefined || attempt.isPending ? null : attempt.data.records === 0 ? (
          <Alert variant="light" p="xs">
            {t("try.nothing")}
          </Alert>
        ) : (
          <TryResult result={attempt.data} />
        )}
      </Stack>
    </section>
  );
}
