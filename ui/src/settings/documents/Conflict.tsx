/** Somebody else saved meanwhile: what they have, what you have, and a choice made knowingly. */
import { Alert, Button, Group, Stack, Text } from "@mantine/core";
import { useTranslation } from "react-i18next";
import type { Schemas } from "@/api/client";
import { useFormat } from "@/design/use-format";
import { DiffView } from "./DiffView";
import { bodyText, type Draft, type DraftAction, parseBody } from "./draft";

interface ConflictProps {
  draft: Draft;
  theirs: Schemas["Document"];
  dispatch: (action: DraftAction) => void;
}

/** Laid out like theirs, so that only what differs is marked. */
function comparable(text: string): string {
  const parsed = parseBody(text);
  return "body" in parsed ? bodyText(parsed.body) : text;
}

export function Conflict({ draft, theirs, dispatch }: ConflictProps) {
  const { t } = useTranslation("settings");
  const format = useFormat();
  return (
    <Alert color="orange" role="alert" title={t("documents.conflict_title")}>
      <Stack gap="xs">
        <Text size="sm">
          {t("documents.conflict_text", {
            author: theirs.author,
            time: format.time(theirs.time_ms),
            revision: theirs.revision,
            base: draft.baseRevision,
          })}
        </Text>
        <Text size="sm">{t("documents.conflict_legend")}</Text>
        <DiffView
          before={bodyText(theirs.body)}
          after={comparable(draft.text)}
          label={t("documents.conflict_difference")}
        />
        <Group gap="xs">
          <Button variant="default" onClick={() => dispatch({ type: "keep_mine" })}>
            {t("documents.keep_mine")}
          </Button>
          <Button variant="default" onClick={() => dispatch({ type: "take_theirs" })}>
            {t("documents.take_theirs")}
          </Button>
        </Group>
      </Stack>
    </Alert>
  );
}
