/** Where the engine's week begins, which knows no wall clock. */

const DAY_MS = 86_400_000;

/**
 * Milliseconds since 1970 from which the week counts so that this instant has its local day and hour: Monday 00:00, but for
 * the hour that summer time gave or took since. Ask again when the offset of the zone may have changed.
 */
export function weekAnchor(at: Date): number {
  const day = (at.getDay() + 6) % 7;
  const ofDay = ((at.getHours() * 60 + at.getMinutes()) * 60 + at.getSeconds()) * 1000 + at.getMilliseconds();
  return at.getTime() - day * DAY_MS - ofDay;
}

/** An instant since 1970 on the monotonic clock of this thread, as the engine counts. */
export function toMonotonic(sinceEpochMs: number): number {
  return sinceEpochMs - Date.now() + performance.now();
}
