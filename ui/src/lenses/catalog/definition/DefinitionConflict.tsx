/** Somebody else saved the definition meanwhile: what differs, and a choice made knowingly. */
import { Alert, Button, Group, Stack, Text } from "@mantine/core";
import type { Dispatch } from "react";
import { useTranslation } from "react-i18next";
import { DiffView } from "@/settings/documents/DiffView";
import type { DefinitionAction, DefinitionDraft, Stored } from "./definition-draft";

interface DefinitionConflictProps {
  draft: DefinitionDraft;
  theirs: Stored;
  dispatch: Dispatch<DefinitionAction>;
}

export function DefinitionConflict({ draft, theirs, dispatch }: DefinitionConflictProps) {
  const { t } = useTranslation("catalog");
  const isDeleted = theirs.text === "";
  return (
    <Alert color="orange" role="alert" title={t("conflict.title")}>
      <Stack gap="xs">
        <Text size="sm">
          {t(isDeleted ? "conflict.deleted" : "conflict.text", {
            revision: theirs.revision,
            base: draft.baseRevision,
          })}
        </Text>
        <DiffView before={theirs.text} after={draft.text} label={t("conflict.difference")} />
        <Group gap="xs">
          <Button variant="default" onClick={() => dispatch({ type: "keep_mine" })}>
            {t("conflict.keep_mine")}
          </Button>
          {isDeleted ? null : (
            <Button variant="default" onClick={() => dispatch({ type: "take_theirs" })}>
              {t("conflict.take_theirs")}
            </Button>
          )}
        </Group>
      </Stack>
    </Alert>
  );
}
