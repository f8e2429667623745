import { describe, expect, it } from "vitest";
import type { ComparedAttribute } from "../traces-api";
import { chanceText, liftText } from "./comparison-text";

function row(more: Partial<ComparedAttribute>): ComparedAttribute {
  return {
    ...{ key: "k", field: "@k", service: null, value: "v", slow_count: 30, slow_percent: 30 },
    ...{ fast_count: 10, fast_percent: 10, lift: 3 },
    ...{ p_value: 0.01, adjusted_p_value: 0.02, significant: true },
    ...more,
  };
}

describe("a difference in words", () => {
  it("says how many times as frequent a value is among the slow", () => {
    expect(liftText(row({}))).toEqual({ key: "more", times: 3 });
    expect(liftText(row({ lift: 0.25 }))).toEqual({ key: "less", times: 4 });
    expect(liftText(row({ lift: 1.1 })).key).toBe("alike");
  });

  it("says when a value is on one side only, whatever the lift is", () => {
    expect(liftText(row({ fast_count: 0, lift: null })).key).toBe("only_slow");
    expect(liftText(row({ slow_count: 0, lift: 0 })).key).toBe("only_fast");
    expect(liftText(row({ slow_count: 0, fast_count: 0, lift: null })).key).toBe("alike");
  });

  it("finds the lift from the percentages when it is not told", () => {
    expect(liftText(row({ lift: null }))).toEqual({ key: "more", times: 3 });
  });

  it("says how often chance would do the same", () => {
    expect(chanceText(row({ p_value: 0.02 }))).toEqual({ key: "once_in", number: 50 });
    expect(chanceText(row({ p_value: 0.0004 })).key).toBe("rare");
    expect(chanceText(row({ p_value: 0 })).key).toBe("rare");
  });

  it("says that it can be chance when many values were looked at", () => {
    expect(chanceText(row({ p_value: 0.02, significant: false })).key).toBe("can_be");
  });
});
