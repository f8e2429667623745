/** Costs that several use, and how each was split. */
import { Alert, Stack, Text, Title } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { Money } from "../marks/Money";
import type { Allocation } from "./allocation-api";

const PARTS_SHOWN = 8;

export function SharedCosts({ allocation }: { allocation: Allocation }) {
  const { t } = useTranslation("cost-allocation");
  const { currency, shared } = allocation;
  if (shared.length === 0) {
    return null;
  }
  return (
    <section>
      <Title order={2} size="h5" mb="xs">
        {t("shared.title")}
      </Title>
      <Stack gap="xs">
        {shared.map((it) => (
          <div key={it.name} className="card allocation-shared">
            <Text fw={600}>
              {it.name} · <Money amount={it.cost} currency={currency} />
            </Text>
            <Text size="sm" c="dimmed">
              {t(`shared.split.${it.split}`, { metric: it.metric, defaultValue: it.split })}
            </Text>
            {it.problem === null ? null : (
              <Alert color="yellow" variant="light" p="xs">
                {it.problem}
              </Alert>
            )}
            <ul>
              {it.parts.slice(0, PARTS_SHOWN).map((part) => (
                <li key={part.value}>
                  {part.value} <Money amount={part.cost} currency={currency} />
                </li>
              ))}
              {it.parts.length > PARTS_SHOWN ? (
                <li>{t("shared.more", { number: it.parts.length - PARTS_SHOWN })}</li>
              ) : null}
            </ul>
          </div>
        ))}
      </Stack>
    </section>
  );
}
