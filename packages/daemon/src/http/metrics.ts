/** Metrics for Prometheus, in its text format (version 0.0.4). */
import { TORRENT_STATES } from "@torrential/api";
import type { Service } from "../service/service.ts";

export interface MetricsDeps {
  readonly service: Service;
  readonly sockets: () => number;
  readonly streams: () => number;
}

interface Metric {
  readonly name: string;
  readonly type: "gauge" | "counter";
  readonly help: string;
  readonly samples: readonly Sample[];
}

interface Sample {
  readonly labels?: Readonly<Record<string, string>>;
  readonly value: number;
}

export const METRICS_TYPE = "text/plain; version=0.0.4; charset=utf-8";

export function writeMetrics(deps: MetricsDeps): string {
  return [...sessionMetrics(deps), ...torrentMetrics(deps), ...processMetrics(deps)].map(writeMetric).join("");
}

function sessionMetrics({ service }: MetricsDeps): Metric[] {
  const view = service.session.view();
  const gauge = (name: string, help: string, value: number): Metric => ({
    name,
    type: "gauge",
    help,
    samples: [{ value }],
  });
  const counter = (name: string, help: string, value: number): Metric => ({
    name,
    type: "counter",
    help,
    samples: [{ value }],
  });
  return [
    { name: "info", type: "gauge", help: "The version.", samples: [{ labels: { version: view.version }, value: 1 }] },
    gauge("start_time_seconds", "When the daemon started, since 1970.", view.startedAtMs / 1000),
    gauge("download_bytes_per_second", "Payload down, now.", view.downRate),
    gauge("upload_bytes_per_second", "Payload up, now.", view.upRate),
    counter("downloaded_bytes_total", "Payload down, over all lives.", view.totalDownloadedBytes),
    counter("uploaded_bytes_total", "Payload up, over all lives.", view.totalUploadedBytes),
    counter("wasted_bytes_total", "Payload thrown away since the start.", view.wastedBytes),
    gauge("peers", "Connected peers.", view.peers),
    gauge("dht_nodes", "Nodes in the routing table.", view.dhtNodes),
    gauge("torrents_asleep", "Seeds that nobody is connected to.", view.sleepingTorrents),
    gauge("disk_queue_bytes", "Waiting to be written.", view.diskQueueBytes),
    gauge("buffer_bytes", "Payload in memory.", view.bufferBytes),
    gauge("free_bytes", "Free in the folder for downloads; NaN when it is not there.", view.freeBytes ?? Number.NaN),
    gauge("reachable", "Whether peers reach us; NaN while unknown.", toNumber(view.isReachable)),
    gauge("read_only", "Whether the state folder refuses changes.", toNumber(view.isReadOnly)),
    {
      name: "loop_delay_p99_seconds",
      type: "gauge",
      help: "Event-loop delay, 99th percentile.",
      samples: [
        { labels: { thread: "main" }, value: view.mainLoopP99Ms / 1000 },
        { labels: { thread: "engine" }, value: view.engineLoopP99Ms / 1000 },
      ],
    },
  ];
}

function torrentMetrics({ service }: MetricsDeps): Metric[] {
  const counts = service.torrents.counts();
  return [
    {
      name: "torrents",
      type: "gauge",
      help: "Torrents by state.",
      samples: TORRENT_STATES.map((state) => ({ labels: { state }, value: counts.states[state] ?? 0 })),
    },
    {
      name: "torrents_active",
      type: "gauge",
      help: "Torrents that move payload.",
      samples: [{ value: counts.active }],
    },
  ];
}

function processMetrics({ sockets, streams }: MetricsDeps): Metric[] {
  const memory = process.memoryUsage();
  return [
    { name: "http_sockets", type: "gauge", help: "Connections to the HTTP server.", samples: [{ value: sockets() }] },
    { name: "event_streams", type: "gauge", help: "Open event streams.", samples: [{ value: streams() }] },
    { name: "resident_memory_bytes", type: "gauge", help: "Memory of the process.", samples: [{ value: memory.rss }] },
    {
      name: "heap_used_bytes",
      type: "gauge",
      help: "JavaScript heap of the main thread.",
      samples: [{ value: memory.heapUsed }],
    },
    { name: "cpu_seconds_total", type: "counter", help: "CPU time.", samples: [{ value: readCpuSeconds() }] },
  ];
}

function readCpuSeconds(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
}

function toNumber(flag: boolean | undefined): number {
  return flag === undefined ? Number.NaN : flag ? 1 : 0;
}

function writeMetric({ name, type, help, samples }: Metric): string {
  const full = `torrential_${name}`;
  const lines = samples.map(({ labels, value }) => `${full}${writeLabels(labels)} ${value}\n`);
  return `# HELP ${full} ${help}\n# TYPE ${full} ${type}\n${lines.join("")}`;
}

function writeLabels(labels: Readonly<Record<string, string>> | undefined): string {
  if (labels === undefined) return "";
  const pairs = Object.entries(labels).map(([key, value]) => `${key}="${escapeLabel(value)}"`);
  return `{${pairs.join(",")}}`;
}

function escapeLabel(value: string): string {
  return value.replaceAll("\\", "\\\\").replaceAll('"', '\\"').replaceAll("\n", "\\n");
}
