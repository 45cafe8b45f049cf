/** A torrent's rates since its details were opened, a sample a second: the daemon keeps those of the session alone so finely. */
import type { RatePoint, Torrent } from "@torrential/api";
import { useEffect, useState } from "react";

const SAMPLES_MAX = 600;

export function useRateSamples({ downRate, upRate, revision }: Torrent): readonly RatePoint[] {
  const [points, setPoints] = useState<readonly RatePoint[]>([]);
  useEffect(() => {
    setPoints((before) => [...before.slice(1 - SAMPLES_MAX), { atMs: Date.now(), downRate, upRate }]);
  }, [downRate, upRate, revision]);
  return points;
}
