/** What the clients of each language can do, as their documentation and code say. */

export const LANGUAGES = ["python", "nodejs", "java", "dotnet", "go", "ruby", "php"] as const;
export type Language = (typeof LANGUAGES)[number];

export const PROBE_TYPES = ["log", "metric", "span"] as const;
export type ProbeType = (typeof PROBE_TYPES)[number];
export const PLACES = ["line", "method"] as const;
export type Place = (typeof PLACES)[number];

/** Names of products, the same in every language of the page. */
export const LANGUAGE_NAMES: Record<Language, string> = {
  python: "Python",
  nodejs: "Node.js",
  java: "Java",
  dotnet: ".NET",
  go: "Go",
  ruby: "Ruby",
  php: "PHP",
};

/** Other names that clients have for themselves. */
const ALIASES = new Map<string, Language>(
  Object.entries({
    node: "nodejs",
    javascript: "nodejs",
    js: "nodejs",
    jvm: "java",
    csharp: "dotnet",
    ".net": "dotnet",
    golang: "go",
  }),
);

export function knownLanguage(name: string | null | undefined): Language | undefined {
  const lower = (name ?? "").toLowerCase();
  return LANGUAGES.find((it) => it === lower) ?? ALIASES.get(lower);
}

export function languageName(name: string): string {
  const known = knownLanguage(name);
  return known === undefined ? name : LANGUAGE_NAMES[known];
}

interface Abilities {
  types: readonly ProbeType[];
  places: readonly Place[];
}

const EVERYTHING: Abilities = { types: PROBE_TYPES, places: PLACES };
const ABILITIES: Partial<Record<Language, Abilities>> = {
  // Its client takes log probes on lines and refuses every other.
  nodejs: { types: ["log"], places: ["line"] },
  go: { types: ["log"], places: ["method"] },
  ruby: { types: ["log"], places: PLACES },
  php: { types: PROBE_TYPES, places: ["method"] },
};

/** A span has a beginning and an end, so it is of a method. */
export function abilitiesOf(language: Language | "", type: ProbeType): Abilities {
  const { types, places } = (language && ABILITIES[language]) || EVERYTHING;
  return { types, places: type === "span" ? ["method"] : places };
}

interface PlaceExamples {
  file: string;
  container: string;
  method: string;
}

/** How each language names a place in its code. */
export const PLACE_EXAMPLES: Record<Language, PlaceExamples> = {
  python: { file: "shop/orders.py", container: "shop.orders", method: "OrderService.place" },
  nodejs: { file: "src/orders.js", container: "", method: "" },
  java: { file: "OrderService.java", container: "com.example.OrderService", method: "place" },
  dotnet: { file: "OrderService.cs", container: "Shop.OrderService", method: "Place" },
  go: {
    file: "orders/service.go",
    container: "example.com/shop/orders",
    method: "(*Service).Place",
  },
  ruby: { file: "app/services/order_service.rb", container: "OrderService", method: "place" },
  php: { file: "src/OrderService.php", container: "App\\OrderService", method: "place" },
};
