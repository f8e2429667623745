/**
 * Shows a query as `QueryBoundary` does, and asks for the exchange rate that is missing: a rate is
 * never assumed.
 */
import { Alert, Button, Group, Stack, Text, TextInput } from "@mantine/core";
import { IconArrowsExchange } from "@tabler/icons-react";
import { type UseQueryResult, useMutation } from "@tanstack/react-query";
import { type ComponentProps, useState } from "react";
import { useTranslation } from "react-i18next";
import { ApiError } from "@/api/client";
import { putDocument } from "@/api/documents";
import { useMay } from "@/api/session";
import { ErrorBox } from "@/common/ErrorBox";
import { QueryBoundary } from "@/common/QueryBoundary";
import { useSearchChange } from "@/common/use-search-change";
import { costChanged } from "./cost-api";
import { useCost } from "./cost-context";
import { dayText, parseDay } from "./period";
import { missingRate, type RateAsked } from "./rates";

const RATE_KIND = "exchange-rate";

type BoundaryProps<Data> = ComponentProps<typeof QueryBoundary<Data>> & {
  query: UseQueryResult<Data>;
};

export function CostBoundary<Data>(props: BoundaryProps<Data>) {
  const { error } = props.query;
  const asked = error instanceof ApiError ? missingRate(error) : undefined;
  return asked === undefined ? <QueryBoundary {...props} /> : <RateMissing asked={asked} />;
}

function RateMissing({ asked }: { asked: RateAsked }) {
  const { t } = useTranslation("cost");
  const mayEdit = useMay("editor");
  const change = useSearchChange();
  const { currencies, currency } = useCost();
  // Of bills in several currencies none is shown without a rate.
  const own = currencies.length === 1 ? currencies[0] : undefined;
  return (
    <Alert
      color="yellow"
      variant="light"
      icon={<IconArrowsExchange aria-hidden />}
      title={t("rate.missing", { from: asked.from, to: asked.to })}
    >
      <Stack gap="sm">
        <Text size="sm">{t("rate.missing_text", { from: asked.from, to: asked.to })}</Text>
        {mayEdit ? (
          <RateForm key={`${asked.from} ${asked.to} ${asked.day}`} asked={asked} />
        ) : (
          <Text size="sm">{t("rate.not_allowed")}</Text>
        )}
        {own === undefined || own === currency ? null : (
          <Group gap="xs">
            <Button variant="default" onClick={() => change({ currency: own })}>
              {t("rate.show_in", { currency: own })}
            </Button>
          </Group>
        )}
      </Stack>
    </Alert>
  );
}

function RateForm({ asked }: { asked: RateAsked }) {
  const { t } = useTranslation("cost");
  const [rate, setRate] = useState("");
  const [since, setSince] = useState(asked.day ?? dayText(Date.now()));
  const isRight = /^\d{1,12}(\.\d{1,12})?$/.test(rate.trim()) && Number(rate) > 0;
  const save = useMutation({ mutationFn: saveRate, onSuccess: costChanged });
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        if (isRight && parseDay(since) !== undefined) {
          save.mutate({ from: asked.from, to: asked.to, rate: rate.trim(), valid_from: since });
        }
      }}
    >
      <Group gap="xs" align="flex-end">
        <TextInput
          size="xs"
          inputMode="decimal"
          label={t("rate.one", { from: asked.from, to: asked.to })}
          value={rate}
          onChange={(event) => setRate(event.currentTarget.value)}
        />
        <TextInput
          size="xs"
          type="date"
          label={t("rate.since")}
          value={since}
          onChange={(event) => setSince(event.currentTarget.value)}
        />
        <Button type="submit" disabled={!isRight} loading={save.isPending}>
          {t("rate.save")}
        </Button>
      </Group>
      {save.error === null ? null : <ErrorBox error={save.error} />}
    </form>
  );
}

interface Rate {
  from: string;
  to: string;
  rate: string;
  valid_from: string;
}

async function saveRate(rate: Rate): Promise<void> {
  const id = `${rate.from}-${rate.to}-${rate.valid_from}`.toLowerCase();
  await putDocument(RATE_KIND, id, { ...rate }, 0);
}
