/** Metrics as Prometheus reads them, and the dashboard that shows them. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { FakeService } from "../test-support/fake-service.ts";
import { writeMetrics } from "./metrics.ts";

const DASHBOARD = join(import.meta.dirname, "..", "..", "..", "..", "packaging", "grafana", "torrential.json");
const VALUE = /^(?:NaN|[+-]Inf|-?\d+(?:\.\d+)?(?:e[+-]?\d+)?)$/;

/** The text format, version 0.0.4: names to their samples. Throws for what Prometheus would not take. */
function parse(text: string): Map<string, { type: string; samples: number }> {
  expect(text.endsWith("\n")).toBe(true);
  const metrics = new Map<string, { type: string; samples: number }>();
  const series = new Set<string>();
  let help = "";
  for (const line of text.trimEnd().split("\n")) {
    const comment = /^# (HELP|TYPE) ([a-z_][a-z0-9_]*) (.+)$/.exec(line);
    if (comment !== null) {
      const [, kind = "", name = "", rest = ""] = comment;
      if (kind === "HELP") help = name;
      else {
        // One TYPE a metric, before its samples, beside its HELP.
        expect([name, metrics.has(name), ["gauge", "counter"].includes(rest)]).toEqual([help, false, true]);
        metrics.set(name, { type: rest, samples: 0 });
      }
      continue;
    }
    const sample = /^([a-z_][a-z0-9_]*)((?:\{(?:[a-z_]+="(?:[^"\\\n]|\\["\\n])*",?)+\})?) (\S+)$/.exec(line);
    const [, name = "", labels = "", value = ""] = sample ?? [];
    const metric = metrics.get(name);
    expect([line, sample !== null, metric !== undefined, VALUE.test(value)]).toEqual([line, true, true, true]);
    expect(series.has(name + labels)).toBe(false);
    series.add(name + labels);
    if (metric !== undefined) metric.samples += 1;
  }
  return metrics;
}

describe("metrics", () => {
  const text = writeMetrics({ service: new FakeService().asService(), sockets: () => 1, streams: () => 0 });
  const metrics = parse(text);

  it("are what Prometheus reads, counters named as such", () => {
    expect(metrics.size).toBeGreaterThan(20);
    for (const [name, { type, samples }] of metrics) {
      expect([name, samples > 0, type === "counter"]).toEqual([name, true, name.endsWith("_total")]);
    }
  });

  it("are all that the dashboard asks for", () => {
    const asked = new Set(readFileSync(DASHBOARD, "utf8").match(/torrential_[a-z0-9_]+/g));
    expect(asked.size).toBeGreaterThan(10);
    expect([...asked].filter((name) => !metrics.has(name))).toEqual([]);
  });
});
