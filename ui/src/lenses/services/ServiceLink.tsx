/** The name of a service, leading to its page. */
import { Link } from "@tanstack/react-router";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import type { ServiceSearch } from "./service-search";
import "./services.css";

interface ServiceLinkProps {
  service: string;
  search?: ServiceSearch;
  /** In a table whose rows open by keyboard anyway. */
  isInRow?: boolean;
  /** The name when absent. */
  children?: ReactNode;
}

export function ServiceLink({ service, search = {}, isInRow = false, children }: ServiceLinkProps) {
  const { t } = useTranslation("services");
  if (service === "") {
    return <span>{t("no_name")}</span>;
  }
  return (
    <Link
      to="/services/$service"
      params={{ service }}
      search={search as never}
      className="service-link"
      title={service}
      tabIndex={isInRow ? -1 : undefined}
      onClick={(event) => event.stopPropagation()}
    >
      {children ?? service}
    </Link>
  );
}
