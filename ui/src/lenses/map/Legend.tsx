/** What shapes, lines and colours mean. */
import { useTranslation } from "react-i18next";
import { KindIcon } from "./canvas/NodeShape";
import { KINDS } from "./map-search";

export function Legend() {
  const { t } = useTranslation("map");
  return (
    <ul className="map-legend" aria-label={t("legend.label")}>
      {KINDS.map((kind) => (
        <li key={kind} data-kind={kind}>
          <KindIcon kind={kind} size={14} />
          {t(`kind.${kind}`)}
        </li>
      ))}
      {(["call", "asynchronous", "warning", "bad"] as const).map((line) => (
        <li key={line}>
          <svg width="26" height="8" aria-hidden="true">
            <path d="M1,4H25" className="map-legend-line" data-line={line} />
          </svg>
          {t(`legend.${line}`)}
        </li>
      ))}
      <li>{t("legend.width")}</li>
    </ul>
  );
}
