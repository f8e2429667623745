/** The records of the search, as many as there are; what is not in view is not held. */
import { Button, Group, Stack } from "@mantine/core";
import type { UseQueryResult } from "@tanstack/react-query";
import { useCallback, useEffect, useMemo } from "react";
import { useTranslation } from "react-i18next";
import { EmptyState } from "@/common/EmptyState";
import { ErrorBox } from "@/common/ErrorBox";
import { Loading } from "@/common/Loading";
import { searchErrorIn } from "@/common/search-bar/search-error";
import type { Asked, Histogram, LogRow } from "../logs-api";
import { askedColumns } from "./columns";
import { EXAMPLE_SEARCHES } from "./examples";
import { LogTable } from "./LogTable";
import { useLogPages } from "./use-log-pages";

interface LogListProps {
  asked: Asked;
  order: "asc" | "desc";
  columns: readonly string[];
  histogram: UseQueryResult<Histogram>;
  openedId: string | undefined;
  onOpen: (row: LogRow) => void;
  onError: (error: unknown) => void;
  onQuery: (query: string) => void;
}

export function LogList(props: LogListProps) {
  const { asked, order, columns, histogram, onError } = props;
  const { t } = useTranslation("logs");
  const wanted = useMemo(() => askedColumns(columns), [columns]);
  const counts = histogram.isPlaceholderData ? undefined : histogram.data;
  const { pages, version, want, first, error, retry } = useLogPages(asked, order, wanted, counts);
  useEffect(() => onError(first.error), [first.error, onError]);
  // A new function when rows have come, so that they are drawn.
  // biome-ignore lint/correctness/useExhaustiveDependencies: `version` stands for what is in `pages`
  const rowAt = useCallback((index: number) => pages?.row(index), [pages, version]);
  if (first.error !== null) {
    return searchErrorIn(first.error) === undefined ? (
      <ErrorBox error={first.error} onRetry={() => void first.refetch()} />
    ) : (
      <EmptyState title={t("invalid.title")} text={t("invalid.text")}>
        <ExampleSearches onQuery={props.onQuery} />
      </EmptyState>
    );
  }
  if (pages === undefined) {
    return <Loading rows={14} height={22} />;
  }
  if (pages.count === 0) {
    return <NothingFound query={asked.query} onQuery={props.onQuery} />;
  }
  return (
    <Stack gap={4} aria-busy={first.isPlaceholderData}>
      {error === null ? null : <ErrorBox error={error} onRetry={retry} />}
      <LogTable
        label={t("title")}
        count={pages.count}
        rowAt={rowAt}
        columns={columns}
        openedId={props.openedId}
        onOpen={props.onOpen}
        onView={want}
      />
    </Stack>
  );
}

function NothingFound({ query, onQuery }: { query: string; onQuery: (query: string) => void }) {
  const { t } = useTranslation("logs");
  const isAll = query === "";
  return (
    <EmptyState
      title={t(isAll ? "empty.title" : "no_match.title")}
      text={t(isAll ? "empty.text" : "no_match.text")}
      sendData={isAll}
    >
      <ExampleSearches onQuery={onQuery} />
    </EmptyState>
  );
}

function ExampleSearches({ onQuery }: { onQuery: (query: string) => void }) {
  const { t } = useTranslation("logs");
  return (
    <Group gap="xs" justify="center">
      {EXAMPLE_SEARCHES.map((example) => (
        <Button
          key={example.key}
          variant="default"
          title={example.query}
          onClick={() => onQuery(example.query)}
        >
          {t(`example.${example.key}`)}
        </Button>
      ))}
    </Group>
  );
}
