/** How the numbers of the business come in: a CSV file here, or a call from a program. */
import { Alert, Button, FileInput, Group, Stack, Text, TextInput, Title } from "@mantine/core";
import { useMutation } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useMay } from "@/api/session";
import { CodeBlock } from "@/common/CodeBlock";
import { EmptyState } from "@/common/EmptyState";
import { ErrorBox } from "@/common/ErrorBox";
import { useFormat } from "@/design/use-format";
import { useNotice } from "@/settings/use-notice";
import { uploadCsv } from "./units-api";

const EXAMPLE = `curl -X POST ${window.location.origin}/api/v1/business-metrics \\
  -H 'content-type: application/json' -H 'authorization: Bearer <intake key>' \\
  -d '{"points": [{"metric": "orders", "time": "2026-11-01T09:00:00Z",
                   "value": 1840, "dimensions": {"team": "checkout"}}]}'`;

export function BringMetrics({ isFirst = false }: { isFirst?: boolean }) {
  const { t } = useTranslation("cost-units");
  return (
    <section>
      {isFirst ? (
        <EmptyState title={t("bring.first")} text={t("bring.first_text")} />
      ) : (
        <Title order={2} size="h5">
          {t("bring.title")}
        </Title>
      )}
      <Stack gap="md" mt="xs">
        <CsvForm />
        <div>
          <Text size="sm" mb={4}>
            {t("bring.call")}
          </Text>
          <CodeBlock code={EXAMPLE} label={t("bring.call")} />
        </div>
      </Stack>
    </section>
  );
}

/** What the form asks of a file: the name of the metric, and of two columns. */
const COLUMNS = ["metric", "time", "value"] as const;

function CsvForm() {
  const { t } = useTranslation("cost-units");
  const mayEdit = useMay("editor");
  const notice = useNotice();
  const format = useFormat();
  const [file, setFile] = useState<File | null>(null);
  const [names, setNames] = useState({ metric: "orders", time: "time", value: "value" });
  const { metric } = names;
  const upload = useMutation({
    mutationFn: async () => uploadCsv({ ...names, text: (await file?.text()) ?? "" }),
    onSuccess: ({ accepted, rejected }) => {
      if (rejected === 0) {
        notice.done(t("bring.done", { metric, accepted: format.count(accepted) }));
      }
      setFile(null);
    },
  });
  const problem = upload.data?.errors[0];
  if (!mayEdit) {
    return null;
  }
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        upload.mutate();
      }}
    >
      <Group gap="sm" align="end">
        <FileInput
          className="cost-file"
          label={t("bring.file")}
          placeholder={t("bring.choose")}
          accept=".csv,text/csv"
          clearable
          value={file}
          onChange={setFile}
          w={220}
        />
        {COLUMNS.map((name) => (
          <TextInput
            key={name}
            label={t(`bring.${name}`)}
            value={names[name]}
            onChange={(event) => setNames({ ...names, [name]: event.currentTarget.value })}
            w={140}
          />
        ))}
        <Button type="submit" disabled={file === null || metric === ""} loading={upload.isPending}>
          {t("bring.upload")}
        </Button>
      </Group>
      {upload.error === null ? null : <ErrorBox error={upload.error} />}
      {problem === undefined ? null : (
        <Alert color="yellow" variant="light" p="xs" mt="xs" role="alert">
          {t("bring.partly", {
            metric,
            accepted: format.count(upload.data?.accepted ?? 0),
            rejected: format.count(upload.data?.rejected ?? 0),
            line: problem.line,
            reason: problem.reason,
          })}
        </Alert>
      )}
    </form>
  );
}
