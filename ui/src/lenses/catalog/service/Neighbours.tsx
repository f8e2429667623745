/** What a service needs, and who needs it: from its definition and from its spans. */
import { Link } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import type { CatalogEntry } from "../catalog-api";
import { EntryLink } from "../Marks";
import { Card, Nothing } from "./Card";
import { neighbourPlace } from "./neighbour-place";

export function Neighbours({ entry }: { entry: CatalogEntry }) {
  const { t } = useTranslation("catalog");
  const { depends_on: needed, dependency_of: needing } = entry;
  return (
    <Card title={t("neighbours.title")}>
      {needed.length + needing.length === 0 ? <Nothing>{t("neighbours.none")}</Nothing> : null}
      <Names title={t("neighbours.depends_on")} names={needed} />
      <Names title={t("neighbours.dependency_of")} names={needing} />
    </Card>
  );
}

function Names({ title, names }: { title: string; names: readonly string[] }) {
  return names.length === 0 ? null : (
    <div>
      <h3 className="catalog-subtitle">{title}</h3>
      <ul className="catalog-list catalog-names">
        {names.map((name) => (
          <li key={name}>
            <Neighbour name={name} />
          </li>
        ))}
      </ul>
    </div>
  );
}

function Neighbour({ name }: { name: string }) {
  const place = neighbourPlace(name);
  return place === undefined ? (
    <EntryLink name={name} />
  ) : (
    <Link to="/dependencies/evidence" search={place as never} className="catalog-link" title={name}>
      {name}
    </Link>
  );
}
