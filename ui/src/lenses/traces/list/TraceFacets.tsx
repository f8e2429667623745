/** The fields of spans by which a search is narrowed. */
import { useTranslation } from "react-i18next";
import { Facets } from "@/common/facets/Facets";
import { type Asked, facetsQuery } from "../traces-api";

/** Names of the search language, and the keys of what people call them. */
const USUAL_FACETS = [
  { field: "service", key: "service" },
  { field: "operation_name", key: "operation" },
  { field: "status", key: "status" },
  { field: "kind", key: "kind" },
  { field: "env", key: "env" },
  { field: "version", key: "version" },
  { field: "host", key: "host" },
  { field: "@http.response.status_code", key: "http_status" },
  { field: "@error.type", key: "error_type" },
  { field: "@server.address", key: "peer" },
] as const;
const USUAL_FIELDS = USUAL_FACETS.map(({ field }) => field);

interface TraceFacetsProps {
  asked: Asked;
  added: readonly string[] | undefined;
  onQuery: (query: string) => void;
  onAdded: (fields: string[]) => void;
}

export function TraceFacets({ asked, ...rest }: TraceFacetsProps) {
  const { t } = useTranslation("traces");
  const nameOf = (field: string) => {
    const usual = USUAL_FACETS.find((it) => it.field === field);
    return usual === undefined ? field : t(`field.${usual.key}`);
  };
  return (
    <Facets
      {...rest}
      area="traces"
      query={asked.query}
      usual={USUAL_FIELDS}
      ask={({ query, fields }) => facetsQuery({ ...asked, query }, fields)}
      nameOf={nameOf}
      colorOf={(field, value) =>
        field === "status" && value === "error" ? "var(--mantine-color-red-6)" : undefined
      }
    />
  );
}
