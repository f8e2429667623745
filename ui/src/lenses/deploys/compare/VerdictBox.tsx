/** The verdict in words, with the guilty endpoints named first. */
import { Alert, List, Text } from "@mantine/core";
import {
  IconCircleCheck,
  IconEqual,
  IconQuestionMark,
  IconTrendingDown,
  IconTrendingUp,
} from "@tabler/icons-react";
import { useTranslation } from "react-i18next";
import { useFormat } from "@/design/use-format";
import { ServiceLink } from "../../services/ServiceLink";
import type { Comparison, EndpointComparison } from "../deploys-api";
import { useReasons } from "./reasons";
import { useSideName } from "./side-name";

const LOOKS = {
  worse: { color: "red", icon: IconTrendingDown },
  better: { color: "green", icon: IconTrendingUp },
  same: { color: "accent", icon: IconEqual },
  too_few: { color: "yellow", icon: IconQuestionMark },
  new: { color: "accent", icon: IconCircleCheck },
  gone: { color: "yellow", icon: IconQuestionMark },
} as const;

export function VerdictBox({ comparison }: { comparison: Comparison }) {
  const { t } = useTranslation("deploys");
  const format = useFormat();
  const nameOf = useSideName();
  const { verdict, base, other, guilty_endpoints, methods } = comparison;
  const { color, icon: Icon } = LOOKS[verdict];
  const names = { base: nameOf(base, "base"), other: nameOf(other, "other") };
  return (
    <Alert
      variant="light"
      color={color}
      icon={<Icon aria-hidden />}
      title={t(`verdict.title.${verdict}`, names)}
      className="compare-verdict"
    >
      {guilty_endpoints.length === 0 ? null : (
        <>
          <Text size="sm">{t("verdict.guilty", { count: guilty_endpoints.length })}</Text>
          <List size="sm" my={4}>
            {guilty_endpoints.map((name) => (
              <Guilty key={name} name={name} comparison={comparison} />
            ))}
          </List>
        </>
      )}
      <Text size="sm">
        {t(`verdict.text.${verdict}`, {
          level: format.number(methods.level),
          requests: format.count(methods.requests_min),
        })}
      </Text>
    </Alert>
  );
}

function Guilty({ name, comparison }: { name: string; comparison: Comparison }) {
  const reasonsOf = useReasons();
  const found = comparison.endpoints.find(
    ({ endpoint, verdict }) => endpoint === name && verdict === "worse",
  );
  return (
    <List.Item className="wrap-anywhere">
      <strong>{name}</strong>
      {reasonText(found, reasonsOf)} <EndpointLink service={comparison.service} endpoint={name} />
    </List.Item>
  );
}

function reasonText(
  found: EndpointComparison | undefined,
  reasonsOf: (endpoint: EndpointComparison) => string[],
): string {
  const reasons = found === undefined ? [] : reasonsOf(found);
  return reasons.length === 0 ? "" : `: ${reasons.join("; ")}`;
}

function EndpointLink({ service, endpoint }: { service: string; endpoint: string }) {
  const { t } = useTranslation("deploys");
  return (
    <ServiceLink service={service} search={{ endpoint }}>
      {t("verdict.open_endpoint")}
    </ServiceLink>
  );
}
