/** What a dependency did to us, as a page that is sent to those who run it. */
import { Anchor, Button, Group, Stack } from "@mantine/core";
import { useClipboard } from "@mantine/hooks";
import { IconArrowLeft, IconCheck, IconLink, IconPrinter } from "@tabler/icons-react";
import { Link } from "@tanstack/react-router";
import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import { EmptyState } from "@/common/EmptyState";
import { Page } from "@/common/Page";
import { QueryBoundary } from "@/common/QueryBoundary";
import { useFormat } from "@/design/use-format";
import type { Evidence } from "../dependencies-api";
import { AffectedRequests } from "./AffectedRequests";
import { Controls } from "./Controls";
import { Definitions } from "./Definitions";
import { EvidenceCharts } from "./EvidenceCharts";
import { Facts } from "./Facts";
import { Headline } from "./Headline";
import { headline, type Texts, timeWithZone } from "./headline";
import { Operations } from "./Operations";
import { shareLink } from "./share-link";
import { useEvidence } from "./use-evidence";
import { WhatIfSection } from "./WhatIfSection";
import "../dependencies.css";
import "@/common/paper/paper.css";

export default function EvidencePage() {
  const { t } = useTranslation("dependencies");
  const { query, asked, attributes, search } = useEvidence();
  if (search.name === undefined) {
    return (
      <Page title={t("evidence.title_none")}>
        <EmptyState title={t("evidence.choose")}>
          <Button component={Link} to="/dependencies">
            {t("evidence.to_list")}
          </Button>
        </EmptyState>
      </Page>
    );
  }
  const link = shareLink(window.location.origin, {
    ...asked,
    search,
    attributes,
    // What is on the page, not what "now" has become since.
    fromMs: query.data?.from_ms ?? asked.fromMs,
    toMs: query.data?.to_ms ?? asked.toMs,
  });
  return (
    <Page
      title={t("evidence.title", { name: search.name })}
      header={<BackLink />}
      actions={query.data === undefined ? undefined : <ShareActions link={link} />}
    >
      <Controls
        evidence={query.data}
        search={search}
        thresholdMs={asked.thresholdMs}
        attributes={attributes}
      />
      <QueryBoundary query={query}>
        {(evidence) => (
          <Sections
            evidence={evidence}
            link={link}
            timeoutMs={search.timeout}
            environment={asked.environment}
            askedAtMs={query.dataUpdatedAt}
          />
        )}
      </QueryBoundary>
    </Page>
  );
}

function BackLink() {
  const { t } = useTranslation("dependencies");
  return (
    <Anchor component={Link} to="/dependencies" size="sm" className="screen-only" w="fit-content">
      <Group gap={4}>
        <IconArrowLeft size={14} aria-hidden />
        {t("evidence.back")}
      </Group>
    </Anchor>
  );
}

function ShareActions({ link }: { link: string }) {
  const { t } = useTranslation("dependencies");
  const clipboard = useClipboard({ timeout: 2000 });
  return (
    <Group gap="xs" className="screen-only">
      <Button
        variant="default"
        leftSection={
          clipboard.copied ? (
            <IconCheck size={16} aria-hidden />
          ) : (
            <IconLink size={16} aria-hidden />
          )
        }
        title={t("share.hint")}
        onClick={() => clipboard.copy(link)}
      >
        {clipboard.copied ? t("share.copied") : t("share.copy")}
      </Button>
      <Button leftSection={<IconPrinter size={16} aria-hidden />} onClick={() => window.print()}>
        {t("share.print")}
      </Button>
    </Group>
  );
}

interface SectionsProps {
  evidence: Evidence;
  link: string;
  timeoutMs: number | undefined;
  environment: string | undefined;
  askedAtMs: number;
}

function Sections({ evidence, link, timeoutMs, environment, askedAtMs }: SectionsProps) {
  const { t } = useTranslation("dependencies");
  const format = useFormat();
  const texts = t as unknown as Texts;
  const sentences = useMemo(() => headline(evidence, texts, format), [evidence, texts, format]);
  const hasCalls = evidence.figures.requests > 0;
  return (
    <Stack gap="md" className="evidence-sections">
      <Headline sentences={sentences} />
      {hasCalls ? (
        <>
          <Facts evidence={evidence} environment={environment} />
          <EvidenceCharts evidence={evidence} />
          <WhatIfSection evidence={evidence} timeoutMs={timeoutMs} />
          <AffectedRequests evidence={evidence} />
          <Operations evidence={evidence} />
        </>
      ) : (
        <EmptyState title={t("evidence.no_calls")} text={t("evidence.no_calls_text")} />
      )}
      <Definitions evidence={evidence} environment={environment} />
      <footer className="paper-only evidence-footer">
        <p>{t("paper.as_of", { time: timeWithZone(askedAtMs, format) })}</p>
        <p className="wrap-anywhere">{t("paper.link", { link })}</p>
      </footer>
    </Stack>
  );
}
