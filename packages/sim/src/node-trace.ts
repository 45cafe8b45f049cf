/** What of a session's outputs goes into the trace: everything that another world could notice. */
import { formatEndpoint } from "@torrential/core";
import type { SessionOutput } from "@torrential/engine";
import { hashBytes, type Trace } from "./trace.ts";

export function traceOutput(trace: Trace, now: number, node: string, output: SessionOutput): void {
  switch (output.type) {
    case "connect":
      return trace.record(now, node, "connect", output.connection, output.endpoint.address, output.endpoint.port);
    case "transmit":
      return trace.record(now, node, "transmit", output.connection, output.byteLength, ...output.chunks);
    case "pause-reading":
    case "resume-reading":
    case "close":
      return trace.record(now, node, output.type, output.connection);
    case "disk":
      return trace.record(
        now,
        node,
        `disk ${output.job.type}`,
        output.job.job,
        "piece" in output.job ? output.job.piece : -1,
      );
    case "slab":
      return trace.record(now, node, "slab", output.segment, output.buffer.byteLength);
    case "announce":
      return trace.record(
        now,
        node,
        "announce",
        output.request,
        output.url,
        output.event,
        output.left,
        output.uploaded,
      );
    case "event":
      return trace.record(now, node, "event", JSON.stringify(output.event));
    case "read-done":
      return trace.record(
        now,
        node,
        "read-done",
        output.request,
        output.result.ok ? hashBytes(output.result.bytes) : output.result.message,
      );
    case "dht-announce":
    case "dht-cancel":
      return trace.record(now, node, output.type, output.request);
    case "dht-node":
      return trace.record(now, node, output.type, formatEndpoint(output.endpoint));
    case "scrape":
      return trace.record(now, node, "scrape", output.request, output.url);
    case "local-join":
    case "local-leave":
    case "wake":
      return trace.record(now, node, output.type, output.infoHash);
    case "command-done":
      return trace.record(now, node, output.type, output.request, output.result.ok ? "ok" : output.result.message);
    default:
      return trace.record(now, node, output.type, output.key, "bytes" in output ? output.bytes : undefined);
  }
}
