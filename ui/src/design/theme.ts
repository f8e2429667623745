/** Colours, fonts and defaults of the components. */
import { createTheme, type MantineColorsTuple } from "@mantine/core";

/** The one accent: a calm blue-green. Shade 7 on white and 4 on dark pass AA. */
const accent: MantineColorsTuple = [
  "#e8f6f8",
  "#d3e9ee",
  "#a6d3dd",
  "#75bccb",
  "#4fa9bc",
  "#389db3",
  "#2a8aa0",
  "#1b7388",
  "#125f72",
  "#044a5b",
];

const FONTS =
  'system-ui, -apple-system, "Segoe UI", Roboto, "Apple SD Gothic Neo", "Pretendard", ' +
  '"Noto Sans KR", "Noto Sans CJK KR", "Malgun Gothic", sans-serif';
const FONTS_MONOSPACE =
  'ui-monospace, SFMono-Regular, Menlo, Consolas, "D2Coding", "Noto Sans Mono CJK KR", monospace';

export const theme = createTheme({
  primaryColor: "accent",
  primaryShade: { light: 7, dark: 7 },
  colors: { accent },
  fontFamily: FONTS,
  fontFamilyMonospace: FONTS_MONOSPACE,
  defaultRadius: "sm",
  fontSizes: { xs: "12px", sm: "13px", md: "14px", lg: "16px", xl: "18px" },
  headings: { fontFamily: FONTS, fontWeight: "600" },
  respectReducedMotion: true,
  focusRing: "auto",
  cursorType: "pointer",
  components: {
    Tooltip: { defaultProps: { withArrow: true, openDelay: 300 } },
    Badge: { defaultProps: { tt: "none" } },
    Button: { defaultProps: { size: "xs" } },
    TextInput: { defaultProps: { size: "sm" } },
    Select: { defaultProps: { size: "sm", allowDeselect: false } },
  },
});

/** Colours of series in charts: distinct in both themes and for the colour-blind. */
export const SERIES_COLORS = [
  "#2a8aa0",
  "#d9822b",
  "#7a5fc0",
  "#2f9e5b",
  "#c2405a",
  "#8d8a2c",
  "#4a78c9",
  "#9c5a3c",
] as const;
export const ERROR_COLOR = "#d03a3a";
export const WARNING_COLOR = "#c77700";
