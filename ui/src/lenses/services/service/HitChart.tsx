/**
 * Points of time and latency. Dragging chooses a box, a click on a point opens its trace; what a
 * pointer does, the inputs and the table below do as well.
 */
import { VisuallyHidden } from "@mantine/core";
import { useEffect, useRef } from "react";
import { useTranslation } from "react-i18next";
import "uplot/dist/uPlot.min.css";
import uPlot from "uplot";
import { type Formats, useFormat } from "@/design/use-format";
import type { HitMap } from "../services-api";
import type { HitBox } from "./hit-box";
import { type HitChartState, hitChartOptions, hitData } from "./hit-chart-options";
import "@/common/time-chart.css";

const HEIGHT = 320;

interface HitChartProps {
  hits: HitMap;
  range: { fromMs: number; toMs: number };
  isLog: boolean;
  box: HitBox | undefined;
  onBox: (box: HitBox) => void;
  /** With the place of the request in `hits`. */
  onOpen: (at: number) => void;
}

export function HitChart(props: HitChartProps) {
  const { hits, range, isLog, box } = props;
  const formats: Formats = useFormat();
  const { t } = useTranslation("services");
  const frame = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot | null>(null);
  const state: HitChartState = { ...props, formats, failedText: t("hits.failed") };
  const latest = useRef(state);
  latest.current = state;

  // biome-ignore lint/correctness/useExhaustiveDependencies: axes are written in other formats
  useEffect(() => {
    const element = frame.current;
    if (element === null) {
      return;
    }
    const built = new uPlot(
      hitChartOptions(latest, element.clientWidth, HEIGHT, isLog),
      hitData(latest.current.hits),
      element,
    );
    plot.current = built;
    const observer = new ResizeObserver(() => {
      if (element.clientWidth > 0) {
        built.setSize({ width: element.clientWidth, height: HEIGHT });
      }
    });
    observer.observe(element);
    return () => {
      observer.disconnect();
      built.destroy();
      plot.current = null;
    };
  }, [isLog, formats]);
  // biome-ignore lint/correctness/useExhaustiveDependencies: the range is read from `latest`
  useEffect(() => {
    plot.current?.setData(hitData(hits));
  }, [hits, range.fromMs, range.toMs]);
  // biome-ignore lint/correctness/useExhaustiveDependencies: the box is read from `latest`
  useEffect(() => {
    plot.current?.redraw(false);
  }, [box]);
  return (
    <>
      <VisuallyHidden>
        {t("hits.summary", {
          shown: formats.count(hits.times_ms.length),
          failures: formats.count(hits.failed.filter((it) => it).length),
        })}
      </VisuallyHidden>
      <div ref={frame} className="time-chart-plot" style={{ height: HEIGHT }} aria-hidden="true" />
    </>
  );
}
