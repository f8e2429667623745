/** Shows a query: skeleton, error, nothing, or the data. Old data stay while new ones load. */
import type { UseQueryResult } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { ErrorBox } from "./ErrorBox";
import { Loading } from "./Loading";

interface QueryBoundaryProps<Data> {
  query: UseQueryResult<Data>;
  loading?: ReactNode;
  isEmpty?: (data: Data) => boolean;
  empty?: ReactNode;
  children: (data: Data) => ReactNode;
}

export function QueryBoundary<Data>(props: QueryBoundaryProps<Data>) {
  const { query, loading, isEmpty, empty, children } = props;
  if (query.data === undefined) {
    return query.error === null ? (
      (loading ?? <Loading />)
    ) : (
      <ErrorBox error={query.error} onRetry={() => void query.refetch()} />
    );
  }
  return (
    <>
      {query.error === null ? null : (
        <ErrorBox error={query.error} onRetry={() => void query.refetch()} />
      )}
      {isEmpty?.(query.data) === true ? empty : children(query.data)}
    </>
  );
}
