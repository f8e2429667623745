/** The fields of records by which a search is narrowed. */
import { useTranslation } from "react-i18next";
import { Facets } from "@/common/facets/Facets";
import { type Asked, facetsQuery } from "../logs-api";
import { knownStatus, STATUS_COLORS } from "../status";

const USUAL_FACETS = [
  "status",
  "service",
  "env",
  "host",
  "container_name",
  "kube_namespace",
] as const;

interface LogFacetsProps {
  asked: Asked;
  added: readonly string[] | undefined;
  onQuery: (query: string) => void;
  onAdded: (fields: string[]) => void;
}

export function LogFacets({ asked, ...rest }: LogFacetsProps) {
  const { t } = useTranslation("logs");
  const nameOf = (field: string) => {
    const usual = USUAL_FACETS.find((it) => it === field);
    return usual === undefined ? field : t(`field.${usual}`);
  };
  return (
    <Facets
      {...rest}
      area="logs"
      query={asked.query}
      usual={USUAL_FACETS}
      ask={({ query, fields }) => facetsQuery({ ...asked, query }, fields)}
      nameOf={nameOf}
      textOf={(field, value) => (field === "status" ? t(`status.${knownStatus(value)}`) : value)}
      colorOf={(field, value) =>
        field === "status" ? STATUS_COLORS[knownStatus(value)] : undefined
      }
    />
  );
}
