/**
 * Where a search is written: completion of fields and values, the place of an error underlined,
 * all by keyboard. `/` brings the focus here.
 */
import { ActionIcon, Text, Tooltip } from "@mantine/core";
import { IconSearch, IconX } from "@tabler/icons-react";
import {
  type KeyboardEvent,
  type RefObject,
  useEffect,
  useId,
  useLayoutEffect,
  useRef,
  useState,
} from "react";
import { useTranslation } from "react-i18next";
import { CompletionList } from "./CompletionList";
import { errorSpan } from "./char-columns";
import { accept, nextChoice, type Typed } from "./search-bar-state";
import { type SearchError, searchErrorIn } from "./search-error";
import { type CompletionItem, type SearchSource, useCompletion } from "./use-completion";
import "./search-bar.css";

interface SearchBarProps {
  /** The search that is shown; the text in the field may already be another one. */
  value: string;
  onSubmit: (query: string) => void;
  /** Also told of what is typed and not submitted. */
  onType?: (query: string) => void;
  source: SearchSource;
  /** The error of the question that was asked with `value`. */
  error?: unknown;
  label: string;
  /** A visible label above the field. */
  withLabel?: boolean;
}

/** Searches are longer than this only by mistake; the server refuses them. */
const LENGTH_MAX = 100_000;

function useTyped(props: SearchBarProps, input: RefObject<HTMLInputElement | null>) {
  const { value, onType } = props;
  const [typed, setTyped] = useState<Typed>({ text: value, cursor: value.length });
  const placed = useRef<number | null>(null);
  useEffect(() => setTyped({ text: value, cursor: value.length }), [value]);
  useLayoutEffect(() => {
    if (placed.current !== null) {
      input.current?.setSelectionRange(placed.current, placed.current);
      placed.current = null;
    }
  });
  /** `isPlaced` moves the cursor of the field as well. */
  const change = (next: Typed, isPlaced = false) => {
    placed.current = isPlaced ? next.cursor : null;
    setTyped(next);
    onType?.(next.text);
  };
  return { typed, change, setTyped };
}

function useSearchBar(props: SearchBarProps, input: RefObject<HTMLInputElement | null>) {
  const { typed, change, setTyped } = useTyped(props, input);
  const [isOpen, setIsOpen] = useState(false);
  const [active, setActive] = useState(-1);
  const completion = useCompletion(props.source, typed.text, typed.cursor, isOpen);
  const items = completion?.items ?? [];
  const isShown = isOpen && items.length > 0;
  const close = () => {
    setIsOpen(false);
    setActive(-1);
  };
  const choose = (item: CompletionItem) => {
    if (completion !== undefined) {
      change(accept(completion, item), true);
      setActive(-1);
      setIsOpen(true);
      input.current?.focus();
    }
  };
  const submit = (text: string) => {
    close();
    props.onSubmit(text.trim());
  };
  const type = (text: string, cursor: number) => {
    change({ text, cursor });
    setIsOpen(true);
    setActive(-1);
  };
  const clear = () => {
    change({ text: "", cursor: 0 });
    submit("");
    input.current?.focus();
  };
  const place = (cursor: number) =>
    setTyped((it) => (it.cursor === cursor ? it : { ...it, cursor }));
  const onKeyDown = (event: KeyboardEvent<HTMLInputElement>) => {
    if (event.nativeEvent.isComposing) {
      return;
    }
    const by = { ArrowDown: 1 as const, ArrowUp: -1 as const }[event.key];
    const chosen = isShown ? items[active] : undefined;
    const begun = isShown && isWordBegun(completion) ? items[0] : undefined;
    const completed = event.key === "Tab" && !event.shiftKey ? (chosen ?? begun) : undefined;
    if (by !== undefined) {
      event.preventDefault();
      setIsOpen(true);
      setActive(isShown ? nextChoice(active, by, items.length) : -1);
    } else if (event.key === "Enter") {
      chosen === undefined ? submit(typed.text) : choose(chosen);
    } else if (completed !== undefined) {
      event.preventDefault();
      choose(completed);
    } else if (event.key === "Escape" && isShown) {
      event.stopPropagation();
      close();
    }
  };
  const open = () => setIsOpen(true);
  return { typed, items, isShown, active, open, close, choose, type, clear, place, onKeyDown };
}

export function SearchBar(props: SearchBarProps) {
  const { label } = props;
  const { t } = useTranslation("search-bar");
  const id = useId();
  const input = useRef<HTMLInputElement>(null);
  const bar = useSearchBar(props, input);
  const problem = bar.typed.text === props.value ? searchErrorIn(props.error) : undefined;
  useFocusBySlash(input);
  return (
    <div className="search-bar">
      {props.withLabel === true ? (
        <label className="search-bar-label" htmlFor={`${id}-input`}>
          {label}
        </label>
      ) : null}
      <div className="search-bar-field" data-invalid={problem !== undefined}>
        <IconSearch size={16} className="search-bar-icon" aria-hidden />
        <Field
          id={id}
          label={props.withLabel === true ? undefined : label}
          input={input}
          bar={bar}
          problem={problem}
        />
        {bar.typed.text === "" ? null : (
          <Tooltip label={t("clear")}>
            <ActionIcon
              size="sm"
              variant="subtle"
              color="gray"
              aria-label={t("clear")}
              onClick={bar.clear}
            >
              <IconX size={14} />
            </ActionIcon>
          </Tooltip>
        )}
      </div>
      <CompletionList
        id={id}
        label={t("completions")}
        items={bar.isShown ? bar.items : []}
        active={bar.active}
        onChoose={bar.choose}
      />
      {problem === undefined ? null : (
        <Text id={`${id}-error`} size="sm" className="search-bar-error" role="alert">
          {problem.message}
        </Text>
      )}
    </div>
  );
}

interface FieldProps {
  id: string;
  /** When no visible label names the field. */
  label: string | undefined;
  input: RefObject<HTMLInputElement | null>;
  bar: ReturnType<typeof useSearchBar>;
  problem: SearchError | undefined;
}

function Field({ id, label, input, bar, problem }: FieldProps) {
  const { t } = useTranslation("search-bar");
  const { typed, isShown, active } = bar;
  return (
    <div className="search-bar-text">
      <ErrorMark text={typed.text} problem={problem} input={input} />
      <input
        ref={input}
        id={`${id}-input`}
        type="text"
        role="combobox"
        aria-label={label}
        aria-expanded={isShown}
        aria-controls={`${id}-list`}
        aria-autocomplete="list"
        aria-activedescendant={isShown && active >= 0 ? `${id}-${active}` : undefined}
        aria-invalid={problem !== undefined}
        aria-describedby={problem === undefined ? undefined : `${id}-error`}
        placeholder={t("placeholder")}
        autoComplete="off"
        autoCapitalize="off"
        spellCheck={false}
        maxLength={LENGTH_MAX}
        value={typed.text}
        onChange={(event) => {
          const { value: text, selectionStart } = event.currentTarget;
          bar.type(text, selectionStart ?? text.length);
        }}
        onSelect={(event) => bar.place(event.currentTarget.selectionStart ?? 0)}
        onClick={bar.open}
        onBlur={bar.close}
        onKeyDown={bar.onKeyDown}
      />
    </div>
  );
}

function isWordBegun(completion: { from: number; to: number } | undefined): boolean {
  return completion !== undefined && completion.from < completion.to;
}

/** The same text behind the field, with the place of the error underlined. */
function ErrorMark(props: {
  text: string;
  problem: SearchError | undefined;
  input: RefObject<HTMLInputElement | null>;
}) {
  const { text, problem, input } = props;
  const mirror = useRef<HTMLDivElement>(null);
  const isShown = problem !== undefined;
  useEffect(() => {
    const field = input.current;
    if (!isShown || field === null) {
      return;
    }
    const follow = () => {
      if (mirror.current !== null) {
        mirror.current.scrollLeft = field.scrollLeft;
      }
    };
    follow();
    field.addEventListener("scroll", follow, { passive: true });
    return () => field.removeEventListener("scroll", follow);
  }, [isShown, input]);
  if (problem === undefined) {
    return null;
  }
  const { from, to } = errorSpan(text, problem.position);
  return (
    <div ref={mirror} className="search-bar-mirror" aria-hidden="true">
      {text.slice(0, from)}
      <span className="search-bar-wrong">{text.slice(from, to) || "\u00a0"}</span>
      {text.slice(to)}
    </div>
  );
}

function useFocusBySlash(input: RefObject<HTMLInputElement | null>): void {
  useEffect(() => {
    const onKey = (event: globalThis.KeyboardEvent) => {
      const target = event.target instanceof HTMLElement ? event.target : null;
      const isTyping = target?.closest("input, textarea, select, [contenteditable=true]") != null;
      if (event.key === "/" && !isTyping && !event.ctrlKey && !event.metaKey && !event.altKey) {
        event.preventDefault();
        input.current?.focus();
        input.current?.select();
      }
    };
    document.addEventListener("keydown", onKey);
    return () => document.removeEventListener("keydown", onKey);
  }, [input]);
}
