/** Labels are our tags. Transmission keeps them in one comma-separated line, so a comma is refused. */
import { RpcError } from "./errors.ts";

export function checkLabels(labels: readonly string[]): void {
  for (const label of labels) {
    if (label.trim() === "") throw new RpcError("invalid-params", "labels cannot be empty");
    if (label.includes(",")) throw new RpcError("invalid-params", "labels cannot contain comma (,) character");
  }
}
