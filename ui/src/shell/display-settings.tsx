/**
 * Language, theme, time zone, currency and first day of the week.
 * Order of precedence: the person's document, this browser (localStorage), the organisation's
 * document, what the browser prefers. A change is written to this browser at once and, for a
 * person who is signed in, to their document `display-settings/<user id>`.
 */
import { useMantineColorScheme } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import {
  createContext,
  type ReactNode,
  useCallback,
  useContext,
  useEffect,
  useMemo,
  useState,
} from "react";
import { useUser } from "@/api/session";
import { setLanguage } from "@/i18n";
import { displaySettingsQuery, saveDisplaySettings } from "./display-settings-store";
import {
  type DisplaySettings,
  type ResolvedSettings,
  readStored,
  resolveSettings,
  writeStored,
} from "./display-settings-values";

interface SettingsAccess {
  resolved: ResolvedSettings;
  change: (change: Partial<DisplaySettings>) => Promise<void>;
}

const SettingsContext = createContext<SettingsAccess>({
  resolved: resolveSettings([]),
  change: async () => {},
});

export function DisplaySettingsProvider({ children }: { children: ReactNode }) {
  const user = useUser();
  const { data: saved } = useQuery(displaySettingsQuery(user?.id));
  const [stored, setStored] = useState<DisplaySettings>(readStored);
  const { setColorScheme } = useMantineColorScheme();
  const own = saved?.own?.body;
  const organization = saved?.organization;
  const resolved = useMemo(
    () => resolveSettings([own ?? {}, stored, organization ?? {}]),
    [own, stored, organization],
  );

  useEffect(() => {
    void setLanguage(resolved.language);
  }, [resolved.language]);
  useEffect(() => {
    setColorScheme(resolved.theme === "system" ? "auto" : resolved.theme);
  }, [resolved.theme, setColorScheme]);

  const change = useCallback(
    async (part: Partial<DisplaySettings>) => {
      const next = { ...readStored(), ...part };
      writeStored(next);
      setStored(next);
      if (user) {
        await saveDisplaySettings(user.id, part);
      }
    },
    [user],
  );
  const value = useMemo(() => ({ resolved, change }), [resolved, change]);
  return <SettingsContext.Provider value={value}>{children}</SettingsContext.Provider>;
}

export function useDisplaySettings(): SettingsAccess {
  return useContext(SettingsContext);
}
