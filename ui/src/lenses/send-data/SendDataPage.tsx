/** How to send the first data, and whether they arrive. */
import { Alert, Anchor, Code, Stack, Switch, Tabs, Text, Title } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { Link, useNavigate, useSearch } from "@tanstack/react-router";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { statusQuery } from "@/api/queries";
import { useMay } from "@/api/session";
import { CodeBlock } from "@/common/CodeBlock";
import { Page } from "@/common/Page";
import { Arrivals } from "./Arrivals";
import { type Endpoints, endpoints } from "./endpoints";
import { SOURCES } from "./sources";
import type { SnippetSettings, Source } from "./sources/source";

const LISTEN_OPTION = "--otlp-http-listen 0.0.0.0:4318";

export default function SendDataPage() {
  const { t } = useTranslation("send-data");
  const navigate = useNavigate();
  const { with: chosen } = useSearch({ from: "/shell/send-data" });
  const { data: status } = useQuery(statusQuery);
  const [isRemote, setIsRemote] = useState(false);
  const addresses = endpoints(status?.listeners, window.location);
  const settings: SnippetSettings = {
    endpoint: addresses.http,
    key: isRemote ? "<key>" : null,
  };
  const source = SOURCES.find((it) => it.id === chosen) ?? SOURCES[0];
  const choose = (id: string | null) =>
    void navigate({
      to: ".",
      replace: true,
      search: (before: object) => ({ ...before, with: id ?? undefined }) as never,
    });
  return (
    <Page title={t("title")}>
      <Stack maw={960} gap="md">
        <Text size="sm">{t("intro")}</Text>
        <Arrivals />
        <Addresses addresses={addresses} />
        <Switch
          label={t("remote")}
          checked={isRemote}
          onChange={(event) => setIsRemote(event.currentTarget.checked)}
        />
        {isRemote ? <RemoteNotes addresses={addresses} /> : null}
        <Tabs value={source?.id ?? null} onChange={choose} keepMounted={false}>
          <Tabs.List aria-label={t("sources")} className="source-tabs">
            {SOURCES.map((it) => (
              <Tabs.Tab key={it.id} value={it.id}>
                {it.name}
              </Tabs.Tab>
            ))}
          </Tabs.List>
          {SOURCES.map((it) => (
            <Tabs.Panel key={it.id} value={it.id} pt="md">
              <Steps source={it} settings={settings} />
            </Tabs.Panel>
          ))}
        </Tabs>
      </Stack>
    </Page>
  );
}

function Addresses({ addresses }: { addresses: Endpoints }) {
  const { t } = useTranslation("send-data");
  return (
    <Text size="sm">
      {t("address_http")} <Code>{addresses.http}</Code>
      {addresses.grpc === null ? null : (
        <>
          {" · "}
          {t("address_grpc")} <Code>{addresses.grpc}</Code>
        </>
      )}
    </Text>
  );
}

function RemoteNotes({ addresses }: { addresses: Endpoints }) {
  const { t } = useTranslation("send-data");
  const mayCreate = useMay("owner");
  return (
    <Alert color="blue" title={t("remote_title")}>
      <Stack gap={4}>
        <Text size="sm">{t("key_needed")}</Text>
        {mayCreate ? (
          <Anchor component={Link} to="/settings/keys" size="sm">
            {t("key_create")}
          </Anchor>
        ) : (
          <Text size="sm">{t("key_ask")}</Text>
        )}
        {addresses.isLoopback ? (
          <>
            <Text size="sm">{t("loopback_only")}</Text>
            <Code block>{LISTEN_OPTION}</Code>
          </>
        ) : null}
      </Stack>
    </Alert>
  );
}

function Steps({ source, settings }: { source: Source; settings: SnippetSettings }) {
  const { t } = useTranslation("send-data");
  return (
    <Stack component="ol" gap="md" className="steps">
      {source.steps(settings).map((step, index) => (
        <li key={step.text}>
          <Title order={2} size="h6" mb={6}>
            {t("step_number", { number: index + 1, text: t(`step.${step.text}`) })}
          </Title>
          <CodeBlock code={step.code} label={t(`step.${step.text}`)} />
        </li>
      ))}
    </Stack>
  );
}
