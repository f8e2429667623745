/** What could be left out, what that saves, and a rule that would do it. */
import { Badge, Button, Group, SimpleGrid, Text, Title } from "@mantine/core";
import { IconWand } from "@tabler/icons-react";
import { useMutation, useQuery } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useMay } from "@/api/session";
import { ErrorBox } from "@/common/ErrorBox";
import { useFormat } from "@/design/use-format";
import { useNotice } from "@/settings/use-notice";
import { documentsChanged, ensureDocument, PIPELINE_KIND } from "../log-documents";
import { type Asked, type Suggestion, suggestionsQuery } from "../logs-api";
import { PatternText } from "../patterns/PatternText";
import { moneyText } from "./money";

const KINDS = ["noisy_pattern", "debug", "duplicates", "health_checks"] as const;
const SHOWN_FIRST = 3;

export function Suggestions({ asked, currency }: { asked: Asked; currency: string | undefined }) {
  const { t } = useTranslation("logs");
  const query = useQuery(suggestionsQuery(asked));
  const [isAll, setIsAll] = useState(false);
  const suggestions = query.data?.suggestions ?? [];
  const shown = isAll ? suggestions : suggestions.slice(0, SHOWN_FIRST);
  if (query.error !== null) {
    return <ErrorBox error={query.error} onRetry={() => void query.refetch()} />;
  }
  if (suggestions.length === 0) {
    return null;
  }
  return (
    <section>
      <Title order={2} size="h5" mb="xs">
        {t("suggestion.title")}
      </Title>
      <SimpleGrid cols={{ base: 1, md: 2, xl: 3 }} spacing="sm">
        {shown.map((it) => (
          <SuggestionCard key={it.draft_id} suggestion={it} currency={currency} />
        ))}
      </SimpleGrid>
      {shown.length === suggestions.length ? null : (
        <Button variant="subtle" mt="xs" onClick={() => setIsAll(true)}>
          {t("suggestion.all", { count: suggestions.length })}
        </Button>
      )}
    </section>
  );
}

interface CardProps {
  suggestion: Suggestion;
  currency: string | undefined;
}

function SuggestionCard({ suggestion, currency }: CardProps) {
  const { t } = useTranslation("logs");
  const format = useFormat();
  const kind = KINDS.find((it) => it === suggestion.kind) ?? "noisy_pattern";
  const saving = {
    bytes: format.bytes(suggestion.saving_bytes),
    share: format.percent(100 * suggestion.saving_share),
  };
  const cost =
    suggestion.saving_cost === null || currency === undefined
      ? ""
      : ` · ${moneyText(suggestion.saving_cost, currency, format)}`;
  return (
    <article className="card log-suggestion">
      <Group gap="xs" wrap="nowrap">
        <Text fw={600} size="sm" className="wrap-anywhere">
          {t(`suggestion.${kind}`, { service: suggestion.service ?? t("suggestion.any_service") })}
        </Text>
        <Badge variant="light" color={suggestion.errors > 0 ? "red" : "green"}>
          {t("suggestion.errors", {
            count: suggestion.errors,
            formatted: format.count(suggestion.errors),
          })}
        </Badge>
      </Group>
      <PatternText pattern={suggestion.pattern ?? suggestion.title_parts["message"] ?? ""} />
      <Group justify="space-between" gap="xs" mt="auto">
        <Text size="sm" className="num">
          {t("suggestion.saving", saving)}
          {cost}
        </Text>
        <DraftButton suggestion={suggestion} />
      </Group>
    </article>
  );
}

/** Makes the rule, switched off, and opens it: there it is tried and switched on. */
function DraftButton({ suggestion }: { suggestion: Suggestion }) {
  const { t } = useTranslation("logs");
  const mayEdit = useMay("editor");
  const notice = useNotice();
  const navigate = useNavigate();
  const { draft, draft_id: id } = suggestion;
  const make = useMutation({
    // Somebody may have drafted it before: then that one is opened.
    mutationFn: () => ensureDocument(PIPELINE_KIND, id, { ...draft, enabled: false }),
    onSuccess: async () => {
      await navigate({ to: "/logs/pipelines", search: { pipeline: id } as never });
      await documentsChanged();
    },
    onError: notice.failed,
  });
  return mayEdit ? (
    <Button
      variant="light"
      leftSection={<IconWand size={16} aria-hidden />}
      loading={make.isPending}
      onClick={() => make.mutate()}
    >
      {t("suggestion.draft")}
    </Button>
  ) : null;
}
