/** Why a search found nothing, and searches to go on with. */
import { Button, Group } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { EmptyState } from "@/common/EmptyState";

const EXAMPLES = [
  { key: "errors", query: "status:error" },
  { key: "slow", query: "duration:>1s" },
  { key: "http", query: "@http.response.status_code:>=500" },
  { key: "database", query: "@db.system.name:*" },
  { key: "entry", query: "kind:(server OR consumer)" },
] as const;

interface NothingFoundProps {
  reason: "empty" | "no_match" | "invalid";
  onQuery: (query: string) => void;
}

export function NothingFound({ reason, onQuery }: NothingFoundProps) {
  const { t } = useTranslation("traces");
  return (
    <EmptyState
      title={t(`${reason}.title`)}
      text={t(`${reason}.text`)}
      sendData={reason === "empty"}
    >
      <Group gap="xs" justify="center">
        {EXAMPLES.map(({ key, query }) => (
          <Button key={key} variant="default" title={query} onClick={() => onQuery(query)}>
            {t(`example.${key}`)}
          </Button>
        ))}
      </Group>
    </EmptyState>
  );
}
