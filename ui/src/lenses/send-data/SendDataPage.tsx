/** How to send the first data, and whether they arrive. */
import { Alert, Anchor, Code, Group, Stack, Switch, Tabs, Text, Title } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { Link, useNavigate, useSearch } from "@tanstack/react-router";
import { Fragment, useState } from "react";
import { useTranslation } from "react-i18next";
import { statusQuery } from "@/api/queries";
import { useMay } from "@/api/session";
import { CodeBlock } from "@/common/CodeBlock";
import { Page } from "@/common/Page";
import { Arrivals } from "./Arrivals";
import { type Endpoints, endpoints, type Target } from "./endpoints";
import { snippetSettings } from "./snippet-settings";
import { isOfLogs, SOURCE_GROUPS, SOURCES } from "./sources";
import type { SnippetSettings, Source } from "./sources/source";

/** Makes a listener reachable from other machines. */
const LISTEN_OPTIONS: Record<Target, string> = {
  otlp_http: "--otlp-http-listen 0.0.0.0:4318",
  http: "--listen 0.0.0.0:7070",
  fluent: "--fluent-listen 0.0.0.0:24224",
  syslog_tcp: "--syslog-tcp-listen 0.0.0.0:1514",
  datadog: "--datadog-listen 0.0.0.0:8126",
  dogstatsd: "--dogstatsd-listen 0.0.0.0:8125",
};

export default function SendDataPage() {
  const { t } = useTranslation("send-data");
  const navigate = useNavigate();
  const { with: chosen } = useSearch({ from: "/shell/send-data" });
  const { data: status } = useQuery(statusQuery);
  const [isRemote, setIsRemote] = useState(false);
  const addresses = endpoints(status?.listeners, window.location);
  const settings = snippetSettings(addresses, isRemote ? "<key>" : null, window.location.hostname);
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
        <Arrivals isOfLogs={isOfLogs(source)} />
        <Addresses addresses={addresses} />
        <Switch
          label={t("remote")}
          checked={isRemote}
          onChange={(event) => setIsRemote(event.currentTarget.checked)}
        />
        {isRemote && source !== undefined ? (
          <RemoteNotes addresses={addresses} source={source} />
        ) : null}
        <Tabs value={source?.id ?? null} onChange={choose} keepMounted={false}>
          {SOURCE_GROUPS.map(({ name, sources }) => (
            <Fragment key={name}>
              <Text size="xs" c="dimmed" mt="xs" aria-hidden>
                {t(`group.${name}`)}
              </Text>
              <Tabs.List aria-label={t(`group.${name}`)}>
                {sources.map((it) => (
                  <Tabs.Tab key={it.id} value={it.id}>
                    {it.name}
                  </Tabs.Tab>
                ))}
              </Tabs.List>
            </Fragment>
          ))}
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
  const named = [
    { name: t("address.otlp_http"), address: addresses.http },
    { name: t("address.otlp_grpc"), address: addresses.grpc },
    { name: t("address.http"), address: addresses.main },
    { name: t("address.fluent"), address: addresses.fluent },
    { name: t("address.syslog_tcp"), address: addresses.syslogTcp },
    { name: t("address.syslog_udp"), address: addresses.syslogUdp },
    { name: t("address.datadog"), address: addresses.datadog },
    { name: t("address.datadog_socket"), address: addresses.datadogSocket },
    { name: t("address.dogstatsd"), address: addresses.dogstatsd },
    { name: t("address.dogstatsd_socket"), address: addresses.dogstatsdSocket },
  ];
  return (
    <Group component="ul" className="address-list" gap="4px 24px">
      {named.map(({ name, address }) =>
        address === null ? null : (
          <Text key={name} component="li" size="sm">
            {name} <Code>{address}</Code>
          </Text>
        ),
      )}
    </Group>
  );
}

/** Lets the senders of a network in that cannot be told a key. */
const ALLOW_OPTION = "--datadog-allow 10.0.0.0/8";

function RemoteNotes({ addresses, source }: { addresses: Endpoints; source: Source }) {
  const { t } = useTranslation("send-data");
  const { target, admits } = source;
  return (
    <Alert color="blue" title={t("remote_title")}>
      <Stack gap={4}>
        {admits === "anybody" ? <Text size="sm">{t("no_keys")}</Text> : null}
        {admits === "network" ? (
          <>
            <Text size="sm">{t("network_allowed")}</Text>
            <Code block>{ALLOW_OPTION}</Code>
          </>
        ) : null}
        {admits === undefined ? <KeyNotes /> : null}
        {addresses.isLoopback[target] ? (
          <>
            <Text size="sm">{t("loopback_only")}</Text>
            <Code block>{LISTEN_OPTIONS[target]}</Code>
          </>
        ) : null}
      </Stack>
    </Alert>
  );
}

function KeyNotes() {
  const { t } = useTranslation("send-data");
  const mayCreate = useMay("owner");
  return (
    <>
      <Text size="sm">{t("key_needed")}</Text>
      {mayCreate ? (
        <Anchor component={Link} to="/settings/keys" size="sm">
          {t("key_create")}
        </Anchor>
      ) : (
        <Text size="sm">{t("key_ask")}</Text>
      )}
    </>
  );
}

function Steps({ source, settings }: { source: Source; settings: SnippetSettings }) {
  const { t } = useTranslation("send-data");
  return (
    <Stack component="ol" gap="md" className="steps">
      {source.steps(settings).map((step, index) => {
        const text = t(`step.${step.text}`, { file: step.file });
        return (
          <li key={step.text}>
            <Title order={2} size="h6" mb={6}>
              {t("step_number", { number: index + 1, text })}
            </Title>
            <CodeBlock code={step.code} label={text} />
          </li>
        );
      })}
    </Stack>
  );
}
