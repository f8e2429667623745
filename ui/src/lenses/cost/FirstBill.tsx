/** How to bring the first bill: from a terminal, from a file of one's own, or from where it lies. */
import { Button, Stack, Text, Title } from "@mantine/core";
import { IconCloudDownload, IconTerminal2, IconUpload } from "@tabler/icons-react";
import { Link } from "@tanstack/react-router";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { useMay } from "@/api/session";
import { CodeBlock } from "@/common/CodeBlock";
import { EmptyState } from "@/common/EmptyState";

const IMPORT_COMMAND =
  "hannun cost import s3://finance-exports/cur/ --source aws\nhannun cost import ./2026-10 --source aws";
const GENERATE_COMMAND =
  "hannun cost generate --out bill --months 3\nhannun cost import bill --source synthetic";

export function FirstBill() {
  const { t } = useTranslation("cost");
  const mayEdit = useMay("editor");
  return (
    <Stack gap="md" className="cost-first">
      <EmptyState title={t("first.title")} text={t("first.text")} />
      <div className="cost-ways">
        <Way icon={<IconTerminal2 size={20} aria-hidden />} name="cli">
          <CodeBlock code={IMPORT_COMMAND} label={t("first.cli")} />
        </Way>
        <Way icon={<IconUpload size={20} aria-hidden />} name="upload">
          <WayButton add="upload" label={t("first.upload_action")} isAllowed={mayEdit} />
        </Way>
        <Way icon={<IconCloudDownload size={20} aria-hidden />} name="source">
          <WayButton edit="new" label={t("first.source_action")} isAllowed={mayEdit} />
        </Way>
      </div>
      <div className="card">
        <Text size="sm" mb="xs">
          {t("first.try")}
        </Text>
        <CodeBlock code={GENERATE_COMMAND} label={t("first.try_label")} />
      </div>
      <Text size="sm" c="dimmed">
        {t("first.formats")}
      </Text>
    </Stack>
  );
}

function Way(props: { icon: ReactNode; name: "cli" | "upload" | "source"; children: ReactNode }) {
  const { t } = useTranslation("cost");
  return (
    <section className="card cost-way">
      <Title order={2} size="h5">
        {props.icon}
        {t(`first.${props.name}`)}
      </Title>
      <Text size="sm" c="dimmed">
        {t(`first.${props.name}_text`)}
      </Text>
      {props.children}
    </section>
  );
}

interface WayButtonProps {
  label: string;
  add?: "upload";
  edit?: "new";
  isAllowed: boolean;
}

function WayButton({ label, add, edit, isAllowed }: WayButtonProps) {
  const { t } = useTranslation("cost");
  if (!isAllowed) {
    return <Text size="sm">{t("first.not_allowed")}</Text>;
  }
  return (
    <Button
      component={Link}
      to="/cost/imports"
      search={{ add, edit } as never}
      className="cost-way-button"
    >
      {label}
    </Button>
  );
}
