/** The lenses: a rail at the left, a bar at the bottom of narrow windows. */
import { ActionIcon, Tooltip } from "@mantine/core";
import { IconLayoutSidebarLeftCollapse, IconLayoutSidebarLeftExpand } from "@tabler/icons-react";
import { Link, useLocation } from "@tanstack/react-router";
import { useEffect, useRef } from "react";
import { useTranslation } from "react-i18next";
import { PLACES } from "./places";

export function Rail({ isNarrow, onToggle }: { isNarrow: boolean; onToggle: () => void }) {
  const { t } = useTranslation();
  const list = usePlaceInView();
  const toggleLabel = isNarrow ? t("shell.widen_rail") : t("shell.narrow_rail");
  return (
    <nav className="rail" aria-label={t("shell.lenses")}>
      <Link to="/services" className="rail-brand" aria-label={t("shell.brand")}>
        <img src="/favicon.svg" alt="" width={24} height={24} />
        <span>{t("shell.brand")}</span>
      </Link>
      <ul ref={list}>
        {PLACES.map((place) => (
          <li key={place.to}>
            <Tooltip label={t(`place.${place.name}`)} position="right" disabled={!isNarrow}>
              <Link to={place.to} className="rail-link" activeProps={{ "aria-current": "page" }}>
                <place.icon size={20} stroke={1.6} aria-hidden />
                <span className="rail-text">{t(`place.${place.name}`)}</span>
                <span className="rail-short" aria-hidden>
                  {t(`place_short.${place.name}`)}
                </span>
              </Link>
            </Tooltip>
          </li>
        ))}
      </ul>
      <Tooltip label={toggleLabel} position="right">
        <ActionIcon
          className="rail-toggle"
          variant="subtle"
          color="gray"
          aria-label={toggleLabel}
          aria-expanded={!isNarrow}
          onClick={onToggle}
        >
          {isNarrow ? (
            <IconLayoutSidebarLeftExpand size={18} />
          ) : (
            <IconLayoutSidebarLeftCollapse size={18} />
          )}
        </ActionIcon>
      </Tooltip>
    </nav>
  );
}

/** Where the names are wider than the window, that of the page is brought into view. */
function usePlaceInView() {
  const list = useRef<HTMLUListElement>(null);
  const current = useLocation({
    select: ({ pathname }) => PLACES.findIndex(({ to }) => `${pathname}/`.startsWith(`${to}/`)),
  });
  useEffect(() => {
    const bar = list.current;
    const item = bar?.children[current];
    if (!bar || !(item instanceof HTMLElement)) {
      return;
    }
    // Names become wider when their font is there, and when the window becomes narrow.
    const resized = new ResizeObserver(() => {
      const room = (bar.clientWidth - item.offsetWidth) / 2;
      bar.scrollLeft = item.offsetLeft - bar.offsetLeft - room;
    });
    for (const each of bar.children) {
      resized.observe(each);
    }
    return () => resized.disconnect();
  }, [current]);
  return list;
}
