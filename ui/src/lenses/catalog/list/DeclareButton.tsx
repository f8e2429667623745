/** Declares a service, also one that has not sent anything yet: its name leads to the editor. */
import { Button, Group, Modal, Stack, Text, TextInput } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { IconPlus } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { type FormEvent, useState } from "react";
import { useTranslation } from "react-i18next";
import { useUser } from "@/api/session";
import { WithCode } from "@/common/WithCode";
import { kindsQuery, mayEdit } from "@/settings/documents/document-queries";
import { DEFINITION_KIND } from "../catalog-api";

const NAME_LENGTH_MAX = 200;

export function DeclareButton() {
  const { t } = useTranslation("catalog");
  const { data: kinds } = useQuery(kindsQuery);
  const user = useUser();
  const [opened, { open, close }] = useDisclosure(false);
  const kind = kinds?.find((it) => it.kind === DEFINITION_KIND);
  if (!mayEdit(user, kind, "")) {
    return null;
  }
  return (
    <>
      <Button leftSection={<IconPlus size={16} aria-hidden />} onClick={open}>
        {t("declare.button")}
      </Button>
      <Modal
        opened={opened}
        onClose={close}
        centered
        title={t("declare.button")}
        closeButtonProps={{ "aria-label": t("declare.close") }}
      >
        <NameForm />
      </Modal>
    </>
  );
}

function NameForm() {
  const { t } = useTranslation("catalog");
  const navigate = useNavigate();
  const [name, setName] = useState("");
  const submit = (event: FormEvent) => {
    event.preventDefault();
    const service = name.trim();
    if (service !== "") {
      void navigate({
        to: "/catalog/$service",
        params: { service },
        search: { edit: true } as never,
      });
    }
  };
  return (
    <form onSubmit={submit}>
      <Stack gap="sm">
        <TextInput
          data-autofocus
          label={t("declare.name")}
          description={<WithCode text={t("declare.name_hint")} />}
          value={name}
          maxLength={NAME_LENGTH_MAX}
          onChange={(event) => setName(event.currentTarget.value)}
        />
        <Text size="sm" c="dimmed">
          <WithCode text={t("declare.or_file")} />
        </Text>
        <Group justify="flex-end">
          <Button type="submit" disabled={name.trim() === ""}>
            {t("declare.go_on")}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
