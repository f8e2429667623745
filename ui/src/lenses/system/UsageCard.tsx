/** How much of a limit is used. */
import { Alert, Progress, Text, Title } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { type Fact, FactList } from "@/common/FactList";
import { useFormat } from "@/design/use-format";

const WARN_SHARE = 0.9;

interface UsageCardProps {
  title: string;
  used: number;
  /** 0 when there is no limit. */
  limit: number;
  limitLabel: string;
  warning?: string | null;
  facts?: readonly Fact[];
}

export function UsageCard(props: UsageCardProps) {
  const { title, used, limit, limitLabel, warning = null, facts = [] } = props;
  const { t } = useTranslation("system");
  const format = useFormat();
  const share = limit > 0 ? used / limit : 0;
  const isHigh = warning !== null || share >= WARN_SHARE;
  return (
    <section className="card">
      <Title order={2} size="h6" mb="xs">
        {title}
      </Title>
      <Text size="xl" fw={600} className="num">
        {t("used_of", { used: format.bytes(used), limit: format.bytes(limit) })}
      </Text>
      <Progress
        my="xs"
        value={Math.round(Math.min(1, share) * 1000) / 10}
        color={isHigh ? "orange" : "accent"}
        aria-label={title}
      />
      {warning === null ? null : (
        <Alert color="orange" p="xs" mb="xs">
          {warning}
        </Alert>
      )}
      <FactList
        facts={[
          [t("share"), format.percent(share * 100)],
          [limitLabel, format.bytes(limit)],
          ...facts,
        ]}
      />
    </section>
  );
}
