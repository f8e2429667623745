/** The frame of every page of a signed-in person: rail, top bar, banners, the page itself. */
import { useLocalStorage } from "@mantine/hooks";
import { Outlet, useNavigate, useRouterState } from "@tanstack/react-router";
import { useEffect, useRef } from "react";
import { useTranslation } from "react-i18next";
import { useSession } from "@/api/session";
import { preloadPages } from "@/common/lazy-page";
import { Banners } from "./Banners";
import { Palette } from "./Palette";
import { Rail } from "./Rail";
import { TopBar } from "./TopBar";
import { RefreshProvider } from "./use-time-range";
import "./shell.css";

const PRELOAD_AFTER_MS = 1500;

export function Shell() {
  const { t } = useTranslation();
  const [isNarrow, setIsNarrow] = useLocalStorage({
    key: "hannun-rail-narrow",
    defaultValue: false,
    getInitialValueInEffect: false,
  });
  useLeaveWhenSignedOut();
  useFocusOnNewPage();
  useEffect(() => {
    const timer = setTimeout(() => void preloadPages(), PRELOAD_AFTER_MS);
    return () => clearTimeout(timer);
  }, []);
  return (
    <RefreshProvider>
      <a className="skip-link" href="#page">
        {t("shell.skip")}
      </a>
      <div className="shell" data-narrow={isNarrow}>
        <Rail isNarrow={isNarrow} onToggle={() => setIsNarrow(!isNarrow)} />
        <div className="shell-column">
          <TopBar />
          <Banners />
          <main id="page" tabIndex={-1}>
            <Outlet />
          </main>
        </div>
      </div>
      <Palette />
    </RefreshProvider>
  );
}

/**
 * After going to another page the focus is on its heading, unless it is still where it was: a list
 * that opens its rows keeps it.
 */
function useFocusOnNewPage(): void {
  const pathname = useRouterState({ select: (state) => state.resolvedLocation?.pathname });
  const earlier = useRef(pathname);
  useEffect(() => {
    const isNew = earlier.current !== undefined && earlier.current !== pathname;
    earlier.current = pathname;
    const active = document.activeElement;
    const isElsewhere = active === null || active === document.body || active.closest(".rail");
    if (isNew && isElsewhere) {
      const heading = document.querySelector<HTMLElement>("[data-page-heading]");
      (heading ?? document.getElementById("page"))?.focus({ preventScroll: true });
    }
  }, [pathname]);
}

/** Another tab may sign out, and a session may end: then sign in again, and come back here. */
function useLeaveWhenSignedOut(): void {
  const session = useSession();
  const navigate = useNavigate();
  const href = useRouterState({ select: (state) => state.location.href });
  const isSignedOut = session !== undefined && session.user == null;
  // biome-ignore lint/correctness/useExhaustiveDependencies: leaves once, for the place of that moment
  useEffect(() => {
    if (isSignedOut) {
      void navigate({ to: "/sign-in", search: { next: href } });
    }
  }, [isSignedOut]);
}
