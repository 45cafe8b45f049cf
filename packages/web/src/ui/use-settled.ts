/** A value once it has stayed the same for a moment, so that nobody is asked about every key that is pressed. */
import { useEffect, useState } from "react";

export function useSettled<T>(value: T, delayMs: number): T {
  const [settled, setSettled] = useState(value);
  useEffect(() => {
    const timer = window.setTimeout(() => setSettled(value), delayMs);
    return () => window.clearTimeout(timer);
  }, [value, delayMs]);
  return settled;
}
