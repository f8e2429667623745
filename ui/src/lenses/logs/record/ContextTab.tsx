/** What the same process logged just before and after. */
import { Button, Stack, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { QueryBoundary } from "@/common/QueryBoundary";
import { contextQuery } from "../logs-api";
import { SmallLogList } from "./SmallLogList";

const COUNTS = [20, 100, 500] as const;

export function ContextTab({ id }: { id: string }) {
  const { t } = useTranslation("logs");
  const [step, setStep] = useState(0);
  const count = COUNTS[step] ?? COUNTS[0];
  const query = useQuery(contextQuery(id, count));
  return (
    <QueryBoundary query={query}>
      {({ before, record, after }) => (
        <Stack gap="xs">
          <Text size="sm" c="dimmed">
            {t("record.context_text")}
          </Text>
          <SmallLogList
            key={count}
            label={t("record.tab.context")}
            rows={[...before, record, ...after]}
            markedId={id}
          />
          {step + 1 < COUNTS.length && Math.max(before.length, after.length) >= count ? (
            <Button variant="default" loading={query.isFetching} onClick={() => setStep(step + 1)}>
              {t("record.more_context")}
            </Button>
          ) : null}
        </Stack>
      )}
    </QueryBoundary>
  );
}
