/** Creates a key. The secret is shown once, with a snippet that uses it. */
import { Alert, Button, Select, Stack, Text, TextInput } from "@mantine/core";
import { useMutation, useQuery } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { useTranslation } from "react-i18next";
import { answer, api, type Schemas } from "@/api/client";
import { queryClient, statusQuery } from "@/api/queries";
import { CodeBlock } from "@/common/CodeBlock";
import { ErrorBox } from "@/common/ErrorBox";
import { SidePanel } from "@/common/SidePanel";
import { endpoints } from "@/lenses/send-data/endpoints";
import { RoleSelect } from "../people/RoleSelect";

const DAY_MS = 86_400_000;
const LIFETIMES_DAYS = [0, 30, 90, 365];
const KINDS = ["intake", "api"] as const;
const KEY_ROLES = ["viewer", "editor"] as const;

export function CreateKeyPanel({ opened, onClose }: { opened: boolean; onClose: () => void }) {
  const { t } = useTranslation("settings");
  const create = useMutation({
    mutationFn: (body: Schemas["NewKey"]) => answer(api.POST("/api/v1/keys", { body })),
    onSuccess: () => queryClient.invalidateQueries({ queryKey: ["keys"] }),
  });
  const close = () => {
    create.reset();
    onClose();
  };
  return (
    <SidePanel opened={opened} onClose={close} title={t("keys.create_title")}>
      {create.data === undefined ? (
        <KeyForm
          isPending={create.isPending}
          error={create.error}
          onSubmit={(body) => create.mutate(body)}
        />
      ) : (
        <Secret created={create.data} onDone={close} />
      )}
    </SidePanel>
  );
}

interface KeyFormProps {
  isPending: boolean;
  error: Error | null;
  onSubmit: (body: Schemas["NewKey"]) => void;
}

function KeyForm({ isPending, error, onSubmit }: KeyFormProps) {
  const { t } = useTranslation("settings");
  const [name, setName] = useState("");
  const [kind, setKind] = useState<(typeof KINDS)[number]>("intake");
  const [role, setRole] = useState<(typeof KEY_ROLES)[number]>("viewer");
  const [days, setDays] = useState(0);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    onSubmit({
      name: name.trim(),
      kind,
      ...(kind === "api" ? { role } : {}),
      ...(days === 0 ? {} : { expires_ms: Date.now() + days * DAY_MS }),
    });
  };
  return (
    <form onSubmit={submit}>
      <Stack gap="sm">
        <TextInput
          label={t("keys.name")}
          description={t("keys.name_hint")}
          required
          withAsterisk={false}
          autoComplete="off"
          data-autofocus
          value={name}
          onChange={(event) => setName(event.currentTarget.value)}
        />
        <Select
          label={t("keys.kind_title")}
          description={t(`keys.kind_allows.${kind}`)}
          inputWrapperOrder={["label", "input", "description"]}
          value={kind}
          data={KINDS.map((it) => ({ value: it, label: t(`keys.kind.${it}`) }))}
          onChange={(value) => setKind(value === "api" ? "api" : "intake")}
        />
        {kind === "api" ? (
          <RoleSelect
            value={role}
            roles={KEY_ROLES}
            onChange={(value) => setRole(value === "editor" ? "editor" : "viewer")}
          />
        ) : null}
        <Select
          label={t("keys.lifetime")}
          value={String(days)}
          data={LIFETIMES_DAYS.map((it) => ({
            value: String(it),
            label: it === 0 ? t("keys.never_expires") : t("keys.days", { count: it }),
          }))}
          onChange={(value) => setDays(Number(value))}
        />
        {error === null ? null : <ErrorBox error={error} />}
        <Button type="submit" loading={isPending} disabled={name.trim() === ""}>
          {t("keys.create")}
        </Button>
      </Stack>
    </form>
  );
}

function Secret(props: { created: Schemas["KeyWithSecret"]; onDone: () => void }) {
  const { key, secret } = props.created;
  const { t } = useTranslation("settings");
  const { data: status } = useQuery(statusQuery);
  const { http } = endpoints(status?.listeners, window.location);
  const snippet =
    key.kind === "intake"
      ? `export OTEL_EXPORTER_OTLP_ENDPOINT=${http}\nexport OTEL_EXPORTER_OTLP_PROTOCOL=http/protobuf\nexport OTEL_EXPORTER_OTLP_HEADERS="authorization=Bearer%20${secret}"`
      : `curl -H 'Authorization: Bearer ${secret}' ${window.location.origin}/api/v1/status`;
  return (
    <Stack gap="sm">
      <Alert color="yellow" role="status" title={t("keys.secret_title")}>
        {t("keys.secret_text")}
      </Alert>
      <CodeBlock code={secret} label={t("keys.secret")} />
      <Text size="sm">{t(`keys.use.${key.kind}`)}</Text>
      <CodeBlock code={snippet} label={t("keys.snippet")} />
      <Button variant="default" onClick={props.onDone}>
        {t("keys.secret_done")}
      </Button>
    </Stack>
  );
}
