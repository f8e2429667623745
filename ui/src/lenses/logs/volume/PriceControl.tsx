/** What a gigabyte of logs costs the team; all costs of the page follow it. */
import { Button, Group, NumberInput, Popover, Select, Stack, Text } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { IconCoin } from "@tabler/icons-react";
import { useMutation } from "@tanstack/react-query";
import { type FormEvent, useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { useMay } from "@/api/session";
import { ErrorBox } from "@/common/ErrorBox";
import { useFormat } from "@/design/use-format";
import { savePrice } from "../log-documents";
import type { Volume } from "../logs-api";
import { moneyText } from "./money";

const CURRENCIES = ["KRW", "USD", "EUR", "JPY"];

export function PriceControl({ price }: { price: Volume["price"] }) {
  const { t } = useTranslation("logs");
  const format = useFormat();
  const mayEdit = useMay("editor");
  const [opened, { toggle, close }] = useDisclosure(false);
  const shown =
    price === null
      ? t("price.none")
      : t("price.shown", { price: moneyText(price.per_gb, price.currency, format) });
  if (!mayEdit) {
    return (
      <Text size="sm" c="dimmed">
        {shown}
      </Text>
    );
  }
  return (
    <Popover
      opened={opened}
      onChange={(next) => !next && close()}
      position="bottom-end"
      shadow="md"
      trapFocus
    >
      <Popover.Target>
        <Button variant="default" leftSection={<IconCoin size={16} aria-hidden />} onClick={toggle}>
          {shown}
        </Button>
      </Popover.Target>
      <Popover.Dropdown aria-label={t("price.title")}>
        {opened ? <PriceForm price={price} onDone={close} /> : null}
      </Popover.Dropdown>
    </Popover>
  );
}

function PriceForm({ price, onDone }: { price: Volume["price"]; onDone: () => void }) {
  const { t } = useTranslation("logs");
  const own = useFormat().settings.currency;
  const [perGb, setPerGb] = useState<number | string>(price?.per_gb ?? "");
  const [currency, setCurrency] = useState(price?.currency ?? own);
  useEffect(() => {
    setPerGb(price?.per_gb ?? "");
    setCurrency(price?.currency ?? own);
  }, [price, own]);
  const save = useMutation({
    mutationFn: () => savePrice(Number(perGb), currency),
    onSuccess: onDone,
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    save.mutate();
  };
  return (
    <form onSubmit={submit}>
      <Stack gap="xs" w={260}>
        <Group gap="xs" wrap="nowrap" align="flex-end">
          <NumberInput
            size="xs"
            label={t("price.per_gb")}
            min={0}
            allowNegative={false}
            thousandSeparator=","
            value={perGb}
            onChange={setPerGb}
          />
          <Select
            size="xs"
            w={90}
            label={t("price.currency")}
            data={CURRENCIES.includes(currency) ? CURRENCIES : [...CURRENCIES, currency]}
            value={currency}
            onChange={(next) => setCurrency(next ?? own)}
            comboboxProps={{ withinPortal: false }}
          />
        </Group>
        <Text size="xs" c="dimmed">
          {t("price.hint")}
        </Text>
        {save.error === null ? null : <ErrorBox error={save.error} />}
        <Button type="submit" disabled={perGb === ""} loading={save.isPending}>
          {t("price.save")}
        </Button>
      </Stack>
    </form>
  );
}
