/** Brings a bill once: a file of this computer, or a place that the server reads. */
import {
  Button,
  FileInput,
  Group,
  Progress,
  SegmentedControl,
  Stack,
  Text,
  TextInput,
} from "@mantine/core";
import { useMutation, useQuery } from "@tanstack/react-query";
import { getRouteApi } from "@tanstack/react-router";
import { type FormEvent, useEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { useMay } from "@/api/session";
import { ErrorBox } from "@/common/ErrorBox";
import { SidePanel } from "@/common/SidePanel";
import { useSearchChange } from "@/common/use-search-change";
import { useFormat } from "@/design/use-format";
import { useNotice } from "@/settings/use-notice";
import { jobsChanged, startImport } from "../cost-api";
import { readSource, sourceDocumentsQuery, URL_EXAMPLE } from "./sources";
import { type Sending, sendBill, UploadCancelled } from "./upload";

const route = getRouteApi("/shell/cost/imports");
/** What files of bills are called; the server goes by what is in them. */
const FILES = ".csv,.gz,.zst,.parquet,.zip";

export function AddBill() {
  const { t } = useTranslation("cost");
  const { add } = route.useSearch();
  const change = useSearchChange();
  const close = () => change({ add: undefined });
  return (
    <SidePanel opened={add !== undefined} title={t("imports.add")} onClose={close}>
      <Stack>
        <SegmentedControl
          aria-label={t("imports.way")}
          data={["upload", "location"].map((value) => ({
            value,
            label: t(`imports.way_${value}`),
          }))}
          value={add ?? "upload"}
          onChange={(next) => change({ add: next }, true)}
        />
        {add === "location" ? <LocationForm onDone={close} /> : <UploadForm onDone={close} />}
      </Stack>
    </SidePanel>
  );
}

interface SharedFields {
  source: string;
  currency: string;
}

interface FieldsProps {
  fields: SharedFields;
  onChange: (fields: SharedFields) => void;
}

function Fields({ fields, onChange }: FieldsProps) {
  const { t } = useTranslation("cost");
  return (
    <>
      <TextInput
        label={t("imports.source")}
        description={t("imports.source_hint")}
        required
        value={fields.source}
        onChange={(event) => onChange({ ...fields, source: event.currentTarget.value })}
      />
      <TextInput
        label={t("imports.currency")}
        description={t("imports.currency_hint")}
        maxLength={3}
        w={220}
        value={fields.currency}
        onChange={(event) =>
          onChange({ ...fields, currency: event.currentTarget.value.toUpperCase() })
        }
      />
    </>
  );
}

const NO_FIELDS: SharedFields = { source: "", currency: "" };

function UploadForm({ onDone }: { onDone: () => void }) {
  const { t } = useTranslation("cost");
  const format = useFormat();
  const notice = useNotice();
  const [file, setFile] = useState<File | null>(null);
  const [fields, setFields] = useState(NO_FIELDS);
  const [sent, setSent] = useState(0);
  const sending = useRef<Sending>(undefined);
  const send = useMutation({
    mutationFn: (chosen: File) => {
      setSent(0);
      sending.current = sendBill({ file: chosen, ...trimmed(fields) }, setSent);
      return sending.current.job;
    },
    onSuccess: async () => {
      notice.done(t("imports.sent"));
      await jobsChanged();
      onDone();
    },
  });
  // Who closes the form no longer sees how far it is, and could not cancel it.
  useEffect(() => () => sending.current?.cancel(), []);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (file !== null && fields.source.trim() !== "") {
      send.mutate(file);
    }
  };
  const isCancelled = send.error instanceof UploadCancelled;
  return (
    <form onSubmit={submit}>
      <Stack gap="sm">
        <FileInput
          className="cost-file"
          label={t("imports.file")}
          placeholder={t("imports.choose_file")}
          description={t("imports.file_hint")}
          accept={FILES}
          required
          value={file}
          onChange={setFile}
        />
        <Fields fields={fields} onChange={setFields} />
        {send.isPending && file !== null ? (
          <div>
            <Progress
              value={file.size === 0 ? 100 : (sent / file.size) * 100}
              aria-label={t("imports.sending")}
            />
            <Text size="sm" c="dimmed" className="num">
              {t("imports.bytes", { done: format.bytes(sent), total: format.bytes(file.size) })}
            </Text>
          </div>
        ) : null}
        {send.error === null || isCancelled ? null : <ErrorBox error={send.error} />}
        {isCancelled ? <Text size="sm">{t("imports.upload_cancelled")}</Text> : null}
        <Group justify="flex-end" gap="xs">
          {send.isPending ? (
            <Button variant="default" onClick={() => sending.current?.cancel()}>
              {t("imports.cancel")}
            </Button>
          ) : null}
          <Button
            type="submit"
            loading={send.isPending}
            disabled={file === null || fields.source.trim() === ""}
          >
            {t("imports.upload")}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}

function trimmed({ source, currency }: SharedFields): SharedFields {
  return { source: source.trim(), currency: currency.trim() };
}

function LocationForm({ onDone }: { onDone: () => void }) {
  const { t } = useTranslation("cost");
  const isOwner = useMay("owner");
  const [location, setLocation] = useState("");
  const [account, setAccount] = useState("");
  const [fields, setFields] = useState(NO_FIELDS);
  const start = useMutation({
    mutationFn: () => {
      const { source, currency } = trimmed(fields);
      return startImport({
        location: location.trim(),
        source,
        ...(currency === "" ? {} : { currency }),
        ...(account.trim() === "" ? {} : { account: account.trim() }),
      });
    },
    onSuccess: async () => {
      await jobsChanged();
      onDone();
    },
  });
  const sources = useQuery(sourceDocumentsQuery());
  const named = sources.data?.map(({ body }) => readSource(body).url) ?? [];
  // Where the server looks, and with whose keys, is the owner's to say.
  const isForeign = location.trim() !== "" && !named.includes(location.trim());
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        start.mutate();
      }}
    >
      <Stack gap="sm">
        <TextInput
          label={t("imports.location")}
          description={t("imports.location_hint")}
          placeholder={URL_EXAMPLE}
          required
          value={location}
          error={isForeign && !isOwner ? t("imports.owner_only") : null}
          onChange={(event) => setLocation(event.currentTarget.value)}
        />
        <Fields fields={fields} onChange={setFields} />
        <TextInput
          label={t("imports.account")}
          description={t("imports.account_hint")}
          value={account}
          onChange={(event) => setAccount(event.currentTarget.value)}
        />
        {start.error === null ? null : <ErrorBox error={start.error} />}
        <Group justify="flex-end">
          <Button
            type="submit"
            loading={start.isPending}
            disabled={location.trim() === "" || fields.source.trim() === ""}
          >
            {t("imports.start")}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
