import { TorrentialError } from "@torrential/core";

/** Throws TorrentialError "weight-invalid". */
export function checkWeight(weight: number): void {
  if (!(weight > 0 && weight < Infinity)) {
    throw new TorrentialError("weight-invalid", `a weight must be more than 0, got ${weight}`);
  }
}
