/** SQL for CodeMirror: highlighting, keywords, and completion from the schema. */
import {
  type CompletionContext,
  type CompletionResult,
  snippetCompletion,
} from "@codemirror/autocomplete";
import { keywordCompletionSource, PostgreSQL, SQLDialect, sql } from "@codemirror/lang-sql";
import type { Extension } from "@codemirror/state";
import type { Schemas } from "@/api/client";
import { completionItems } from "./completion";
import { PLACEHOLDERS } from "./placeholders";

/** As PostgreSQL, with `$from` and the others as variables. */
const DIALECT = SQLDialect.define({ ...PostgreSQL.spec, specialVar: "$" });
const NO_SCHEMA: Schemas["SqlSchema"] = { tables: [], functions: [] };
const TYPES = { table: "class", column: "property", function: "function", placeholder: "variable" };
/** Before keywords, which the dialect has hundreds of. */
const BOOSTS = { table: 2, column: 3, function: 1, placeholder: 4 };

export function sqlExtensions(
  schema: Schemas["SqlSchema"] = NO_SCHEMA,
  placeholderTexts: Record<string, string>,
): Extension[] {
  const fromSchema = (context: CompletionContext): CompletionResult | null => {
    const word = context.matchBefore(/[\w$]*/);
    if (word === null || (word.from === word.to && !context.explicit)) {
      return null;
    }
    const items = completionItems(schema, context.state.doc.toString());
    const placeholders = PLACEHOLDERS.map((name) => ({
      label: `$${name}`,
      type: TYPES.placeholder,
      boost: BOOSTS.placeholder,
      info: placeholderTexts[name] ?? "",
    }));
    const options = items.map((item) => {
      const option = {
        label: item.label,
        type: TYPES[item.kind],
        detail: item.detail,
        info: item.info,
        boost: BOOSTS[item.kind],
      };
      return item.kind === "function" ? snippetCompletion(`${item.label}(\${})`, option) : option;
    });
    return { from: word.from, options: [...placeholders, ...options], validFor: /^[\w$]*$/ };
  };
  return [
    sql({ dialect: DIALECT }).language,
    DIALECT.language.data.of({ autocomplete: fromSchema }),
    DIALECT.language.data.of({ autocomplete: keywordCompletionSource(DIALECT) }),
  ];
}
